using System.Security.Cryptography;
using System.Text;

namespace QuantizeTasks.Reporting.Html;

/// <summary>The report's own style and script, embedded in the assembly and written into every report.</summary>
internal static class Assets
{
    /// <summary>The style sheet.</summary>
    public static string Style { get; } = Read("report.css");

    /// <summary>The script: sorting and filtering the table. Without it the report is complete, only not sortable.</summary>
    public static string Script { get; } = Read("report.js");

    /// <summary>
    /// A policy under which nothing is loaded and only this script runs (Content Security Policy Level 3, section 2.3.1, hash sources). Escaping keeps
    /// foreign names from becoming markup; this is the second line.
    /// </summary>
    public static string Policy { get; } =
        $"default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{Hash(Style)}'; script-src '{Hash(Script)}'";

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Read(string name)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream("QuantizeTasks.Reporting." + name)
            ?? throw new InvalidOperationException($"The embedded file {name} is missing.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // One kind of line break: browsers hash the text as they parse it, with line feeds only.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
