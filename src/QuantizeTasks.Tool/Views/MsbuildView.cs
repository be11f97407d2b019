using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tool.Views;

/// <summary>
/// One JSON object a line, which the MSBuild task turns into errors, warnings and messages:
/// <c>{"kind":"diagnostic","severity":...,"code":...,"message":...,"file":...,"line":...,"column":...}</c> or <c>{"kind":"message","importance":...,"text":...}</c>.
/// </summary>
internal sealed class MsbuildView(TextWriter output) : IRunView
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock _gate = new();

    public T Follow<T>(Func<IProgress<RunEvent>, T> work) => work(new SynchronousProgress(Handle));

    public void Show(Diagnostic diagnostic)
    {
        if (diagnostic.Severity == DiagnosticSeverity.Information)
        {
            Message("normal", diagnostic.ToString());
            return;
        }
        Line(TextOf(diagnostic));
    }

    /// <summary>The line of a warning or an error.</summary>
    public static string TextOf(Diagnostic diagnostic) => Text(json =>
    {
        json.WriteString("kind", "diagnostic");
        json.WriteString("severity", diagnostic.Severity == DiagnosticSeverity.Error ? "error" : "warning");
        json.WriteString("code", diagnostic.Code);
        json.WriteString("message", diagnostic.Message);
        if (diagnostic.Position is not { } position)
            return;
        json.WriteString("file", position.File);
        json.WriteNumber("line", position.Line);
        json.WriteNumber("column", position.Column);
    });

    public void Note(string text) => Message("normal", text);

    // A missed budget is an error already; saying it again at the same loudness would bury it.
    public void Conclude(RunReport report) => Message(report.Status is RunStatus.BudgetExceeded or RunStatus.NotEnoughEvidence ? "normal" : "high", Summary.Line(report));

    private void Handle(RunEvent runEvent)
    {
        if (runEvent is DiagnosticRaised raised)
            Show(raised.Diagnostic);
        else if (EventText.Of(runEvent) is { } line)
            Message("low", line);
    }

    private void Message(string importance, string text) => Line(Text(json =>
    {
        json.WriteString("kind", "message");
        json.WriteString("importance", importance);
        json.WriteString("text", text);
    }));

    private static string Text(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private void Line(string text)
    {
        lock (_gate)
        {
            output.WriteLine(text);
            output.Flush();
        }
    }
}
