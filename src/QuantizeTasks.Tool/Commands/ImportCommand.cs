using System.CommandLine;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>import</c>: the quantize.yaml that says the same as a configuration of the Post-training Optimization Tool.</summary>
internal sealed class ImportCommand
{
    public const string Examples = """
        Examples:
          # Look at it first; paths are relative to the current folder
          dotnet quantize import pot.json

          # Write it beside the project and go on with it
          dotnet quantize import pot.json -o quantize.yaml
          dotnet quantize run quantize.yaml
        """;

    private readonly Argument<string> _configuration = new("configuration") { Description = "A configuration of the Post-training Optimization Tool, such as pot.json." };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "The manifest to write. Default: standard output.", HelpName = "FILE" };
    private readonly Option<bool> _force = new("--force", "-f") { Description = "Overwrite a manifest that exists." };
    private readonly ToolContext _context;

    public ImportCommand(ToolContext context)
    {
        _context = context;
        Command = new Command("import", "Write the quantize.yaml that says the same as a configuration of OpenVINO's Post-training Optimization Tool.") { _configuration, _output, _force };
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var view = new PlainView(_context.Out, _context.Error, showsProgress: false, showsSummary: false);
        return new Guard(view, _context.Error, showsStackTraces: false).Run(() =>
        {
            var output = parsed.GetValue(_output) is { } file ? _context.Absolute(file) : null;
            if (output is not null && !parsed.GetValue(_force) && File.Exists(output))
            {
                _context.Error.WriteLine($"error: '{output}' exists. --force overwrites it.");
                return ExitCodes.Usage;
            }
            var text = ManifestFile.ImportPot(_context.Absolute(parsed.GetValue(_configuration)!), output is null ? _context.WorkingDirectory : Path.GetDirectoryName(output)!);
            if (output is null)
                _context.Out.Write(text);
            else
                AtomicFile.Write(output, Encoding.UTF8.GetBytes(text));
            return ExitCodes.Success;
        }, "Cancelled.");
    }
}
