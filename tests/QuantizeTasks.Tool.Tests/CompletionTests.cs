using System.ComponentModel;
using System.Diagnostics;

namespace QuantizeTasks.Tests;

/// <summary>The scripts in the shells that they are for.</summary>
[TestClass]
public sealed class CompletionTests
{
    [TestMethod]
    [DataRow("dotnet-quantize exp", "explain")]
    [DataRow("dotnet quantize exp", "explain")]
    [DataRow("dotnet quantize run --max", "--max-iter-num --maximal-drop")]
    [DataRow("dotnet quantize run quantize.yaml --log-format ", "msbuild text")]
    [DataRow("dotnet quantize run quantize.yaml --log-format=m", "msbuild")]
    [DataRow("dotnet quantize explain QTZ100", "QTZ1001 QTZ1002 QTZ1003 QTZ1004 QTZ1005 QTZ1006 QTZ1007 QTZ1008 QTZ1009")]
    [DataRow("dotnet quantize run ", "")] // so that bash goes on to files
    [DataRow("dotnet build --conf", "other:--conf")] // whoever completed dotnet before
    public void Bash_Line_OffersWhatFits(string line, string expected)
    {
        using var folder = new Shim();
        Assert.AreEqual(expected, folder.Run("bash", ["--norc", "--noprofile", "-c", """
            other() { COMPREPLY=("other:$2"); }
            complete -F other dotnet
            eval "$(dotnet-quantize completion bash)"
            eval "$(dotnet-quantize completion bash)"   # twice, as when a profile is loaded again
            COMP_LINE="$1" COMP_POINT=${#1}
            # As bash does: it takes words apart at = too.
            COMP_WORDS=(${1//=/ = }); [[ "$1" == *" " ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _dotnet_quantize "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
            """, "bash", line]));
    }

    [TestMethod]
    [DataRow("dotnet-quantize exp", "explain")]
    [DataRow("dotnet quantize run --max", "--max-iter-num --maximal-drop")]
    public void Fish_Line_OffersWhatFits(string line, string expected)
    {
        using var folder = new Shim();
        Assert.AreEqual(expected, folder.Run("fish", ["--no-config", "-c", $"dotnet-quantize completion fish | source; complete -C '{line}' | sort | tr '\\n' ' '"]));
    }

    [TestMethod]
    public void Zsh_Script_LoadsAndRegisters()
    {
        using var folder = new Shim();
        Assert.AreEqual("_dotnet_quantize _dotnet_quantize", folder.Run("zsh", ["-f", "-c", "autoload -U compinit; compinit -u -D; source <(dotnet-quantize completion zsh); print ${_comps[dotnet]} ${_comps[dotnet-quantize]}"]));
    }

    [TestMethod]
    [DataRow("bash")]
    [DataRow("zsh")]
    [DataRow("fish")]
    [DataRow("pwsh")]
    public void Completion_Shell_SaysHowToLoadIt(string shell)
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("completion", shell), tool.Error);
        StringAssert.Contains(tool.Out, $"dotnet quantize completion {shell}");
        StringAssert.Contains(tool.Out, "[suggest:");
        Assert.DoesNotContain("\r", tool.Out);
    }

    /// <summary>A folder with a <c>dotnet-quantize</c> that is this build's, first on the path.</summary>
    private sealed class Shim : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("shim-").FullName;

        public Shim()
        {
            if (OperatingSystem.IsWindows())
            {
                Assert.Inconclusive("NOT TESTED: the shells are looked for on Unix only.");
                return;
            }
            var path = Path.Combine(_folder, "dotnet-quantize");
            File.WriteAllText(path, $"#!/bin/sh\nexec '{Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"}' exec '{Path.Combine(AppContext.BaseDirectory, "dotnet-quantize.dll")}' \"$@\"\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        public string Run(string shell, string[] arguments)
        {
            var start = new ProcessStartInfo(shell, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
            start.Environment["PATH"] = _folder + ":" + start.Environment["PATH"];
            try
            {
                using var process = Process.Start(start)!;
                var error = process.StandardError.ReadToEndAsync();
                var output = process.StandardOutput.ReadToEnd().Trim();
                process.WaitForExit();
                Assert.AreEqual("", error.Result);
                return output;
            }
            catch (Win32Exception)
            {
                Assert.Inconclusive($"NOT TESTED: there is no {shell} here.");
                throw;
            }
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
