using System.CommandLine;
using System.Runtime.InteropServices;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>version</c>: what a report of a defect should say about the program and the machine.</summary>
internal sealed class VersionCommand
{
    public const string Examples = """
        Examples:
          # For a bug report
          dotnet quantize version

          # For a script
          dotnet quantize version --json
        """;

    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly Engine _engine;
    private readonly ToolContext _context;

    public VersionCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        Command = new Command("version", "Print the versions of the tool, of ONNX Runtime and of .NET.") { _json };
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var (runtime, problem) = Runtime();
        if (parsed.GetValue(_json))
            _context.Out.Write(ResultJson.Document(json =>
            {
                json.WriteString("version", _engine.Version);
                if (runtime is null)
                    json.WriteNull("runtime");
                else
                    ResultJson.WriteRuntime(json, runtime);
                json.WriteString("dotnet", Environment.Version.ToString());
                json.WriteString("platform", RuntimeInformation.RuntimeIdentifier);
            }));
        else
        {
            _context.Out.WriteLine($"dotnet-quantize {_engine.Version}");
            _context.Out.WriteLine(runtime is null ? $"no ONNX Runtime: {problem}" : $"{runtime.Package} {runtime.Version} on {runtime.Isa}");
            _context.Out.WriteLine($".NET {Environment.Version} on {RuntimeInformation.RuntimeIdentifier}");
        }
        return ExitCodes.Success;
    }

    // Who asks for the version may be looking for the reason why the runtime is not found.
    private (RuntimeRecord? Runtime, string? Problem) Runtime()
    {
        try
        {
            return (_engine.Runtime(), null);
        }
        catch (QuantizeException e)
        {
            return (null, e.Diagnostics[0].ToString());
        }
    }
}
