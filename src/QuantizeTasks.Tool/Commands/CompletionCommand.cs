using System.CommandLine;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>completion</c>: a script that makes a shell complete commands, options and their values. It asks the tool itself, so it never falls behind.</summary>
internal sealed class CompletionCommand
{
    public const string Examples = """
        Examples:
          # For this bash, and for every later one
          eval "$(dotnet quantize completion bash)"
          dotnet quantize completion bash >> ~/.bashrc

          # For PowerShell
          dotnet quantize completion pwsh | Out-String | Invoke-Expression
        """;

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal) { ["bash"] = "bash.sh", ["zsh"] = "zsh.sh", ["fish"] = "fish.fish", ["pwsh"] = "pwsh.ps1" };

    public CompletionCommand(ToolContext context)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        Command = new Command("completion", "Print a script that makes a shell complete commands, options and values.") { shell };
        Command.SetAction(parsed =>
        {
            context.Out.Write(Script(parsed.GetValue(shell)!));
            return ExitCodes.Success;
        });
    }

    public Command Command { get; }

    internal static string Script(string shell)
    {
        using var stream = typeof(CompletionCommand).Assembly.GetManifestResourceStream($"QuantizeTasks.Tool.Completion.{Scripts[shell]}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
