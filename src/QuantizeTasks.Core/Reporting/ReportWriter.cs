using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting.Html;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Reporting;

/// <summary>Puts the record of a run on disk.</summary>
public static class ReportWriter
{
    /// <summary>The file for machines.</summary>
    public const string JsonName = "report.json";

    /// <summary>The file for people.</summary>
    public const string HtmlName = "report.html";

    /// <summary>Writes <c>report.json</c> and <c>report.html</c> into a folder, which is made if need be; each file is whole or the old one.</summary>
    /// <param name="report">The run.</param>
    /// <param name="directory">The folder.</param>
    /// <returns>The report with <see cref="RunReport.Report"/> set to the absolute path of the HTML file.</returns>
    /// <exception cref="QuantizeException">A file cannot be written (QTZ6002).</exception>
    public static RunReport Write(RunReport report, string directory)
    {
        var folder = Path.GetFullPath(directory);
        var written = report with { Report = Path.Combine(folder, HtmlName) };
        AtomicFile.Write(Path.Combine(folder, JsonName), ReportJson.Serialize(written));
        AtomicFile.Write(Path.Combine(folder, HtmlName), Encoding.UTF8.GetBytes(ReportPage.Render(written)));
        return written;
    }
}
