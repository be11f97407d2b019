using System.Globalization;

namespace QuantizeTasks.FakeTool;

/// <summary>
/// The manifest's <c>model:</c> and <c>output:</c>, and its comments <c># fake: VERB ARGUMENTS</c>:
/// <c>error|warning CODE LINE COLUMN TEXT</c>, <c>crash</c>, <c>exit CODE</c>, <c>deliver-nothing</c>, <c>keep-equal-files</c>, <c>sleep MS</c>, <c>input PATH-OR-GLOB</c>, <c>print LINE</c>.
/// </summary>
internal sealed class Script
{
    private readonly List<(string Verb, string Arguments)> _steps = [];

    public string Model { get; private set; } = "models/net.onnx";

    public string Output { get; private set; } = "models/net.int8.onnx";

    public bool Crash => _steps.Any(step => step.Verb == "crash");

    public bool DeliverNothing => _steps.Any(step => step.Verb == "deliver-nothing");

    public bool KeepsEqualFiles => _steps.Any(step => step.Verb == "keep-equal-files");

    public int ExitCode => Number("exit");

    public int SleepMilliseconds => Number("sleep");

    public IEnumerable<string> Inputs => Arguments("input");

    public IEnumerable<string> Print => Arguments("print");

    public static Script Read(string manifest)
    {
        var script = new Script();
        foreach (var line in File.ReadLines(manifest))
        {
            if (line.StartsWith("# fake: ", StringComparison.Ordinal))
                script._steps.Add(line["# fake: ".Length..].Split(' ', 2) is [var verb, var rest] ? (verb, rest) : (line["# fake: ".Length..], ""));
            else if (line.StartsWith("model: ", StringComparison.Ordinal))
                script.Model = line["model: ".Length..];
            else if (line.StartsWith("output: ", StringComparison.Ordinal))
                script.Output = line["output: ".Length..];
        }
        return script;
    }

    public IEnumerable<Diagnostic> Diagnostics(string manifest) =>
        from step in _steps
        where step.Verb is "error" or "warning"
        let parts = step.Arguments.Split(' ', 4)
        select new Diagnostic("diagnostic", step.Verb, parts[0], parts[3], manifest, int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));

    private IEnumerable<string> Arguments(string verb) => _steps.Where(step => step.Verb == verb).Select(step => step.Arguments);

    private int Number(string verb) => Arguments(verb).Select(a => int.Parse(a, CultureInfo.InvariantCulture)).FirstOrDefault();
}

internal sealed record Diagnostic(string Kind, string Severity, string Code, string Message, string File, int Line, int Column);
