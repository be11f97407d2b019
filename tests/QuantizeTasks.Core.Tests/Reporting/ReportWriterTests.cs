using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Reporting;

[TestClass]
public sealed class ReportWriterTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("report-").FullName;

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Write_NewFolder_WritesBothFilesAndNamesTheHtml()
    {
        var folder = Path.Combine(_folder, "a", "b");
        var report = ReportWriter.Write(SampleReports.WithinBudget() with { Report = null }, folder);

        Assert.AreEqual(Path.Combine(folder, "report.html"), report.Report);
        StringAssert.StartsWith(File.ReadAllText(report.Report!), "<!DOCTYPE html>");
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "report.json")));
        Assert.AreEqual(report.Report, json.RootElement.GetProperty("report").GetString());
        Assert.HasCount(2, Directory.GetFileSystemEntries(folder));
    }

    [TestMethod]
    public void Write_Twice_ReplacesAndGivesTheSameBytes()
    {
        ReportWriter.Write(SampleReports.BudgetExceeded(), _folder);
        var first = ReportWriter.Write(SampleReports.WithinBudget(), _folder);
        var bytes = File.ReadAllBytes(first.Report!);
        ReportWriter.Write(SampleReports.WithinBudget(), _folder);
        CollectionAssert.AreEqual(bytes, File.ReadAllBytes(first.Report!));
    }

    [TestMethod]
    public void Write_FolderIsAFile_SaysSoWithACode()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        var error = Assert.ThrowsExactly<QuantizeException>(() => ReportWriter.Write(SampleReports.WithinBudget(), file));
        Assert.AreEqual(DiagnosticCodes.OutputNotWritable, error.Diagnostics[0].Code);
    }
}
