using System.Text.RegularExpressions;
using QuantizeTasks.Tool;

namespace QuantizeTasks.Tests;

/// <summary>What every command says of files that are not what it needs: a code, the documented exit code, nothing on standard output, no stack trace.</summary>
[TestClass]
public sealed class WrongFileTests
{
    [TestMethod]
    [DataRow("run WRONG.yaml --json --lock-file none", 2)]
    [DataRow("rank WRONG.yaml --json", 2)]
    [DataRow("import WRONG.json", 2)]
    [DataRow("pot -c WRONG.json", 2)]
    [DataRow("evaluate models/mobilenet.onnx WRONG.yaml --json", 2)]
    [DataRow("inspect WRONG.onnx --json", 3)]
    [DataRow("inspect models/mobilenet.onnx --data WRONG.yaml --json", 2)]
    [DataRow("init WRONG.onnx -y -o -", 3)]
    [DataRow("compare WRONG.onnx WRONG.onnx --json", 3)]
    [DataRow("compare models/mobilenet.onnx models/mobilenet.onnx --data WRONG.yaml --json", 2)]
    [DataRow("bench WRONG.onnx WRONG.onnx --json", 3)]
    public void Command_WrongFile_EndsWithItsCodeAndNothingElse(string command, int expected)
    {
        using var tool = new ToolRun();
        tool.Variables["QUANTIZE_CACHE_DIRECTORY"] = tool.PathOf("cache");
        foreach (var ending in (string[])["yaml", "json", "onnx"])
        {
            Directory.CreateDirectory(tool.PathOf("folder." + ending));
            tool.Write("empty." + ending, "");
            tool.Write("text." + ending, "hello world\n");
            File.WriteAllBytes(tool.PathOf("noise." + ending), Noise());
        }
        foreach (var wrong in (string[])["nowhere", "folder", "empty", "text", "noise"])
            Check(command.Replace("WRONG", wrong, StringComparison.Ordinal), expected, tool);
    }

    private static void Check(string command, int expected, ToolRun tool)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var exitCode = CommandLine.Run(command.Split(' '), QuantizerEngine.Create(), tool.Context with { Out = output, Error = error });
        Assert.AreEqual(expected, exitCode, $"{command}: {error}");
        Assert.AreEqual("", output.ToString(), command);
        Assert.MatchesRegex(new Regex("error QTZ[0-9]{4}: "), error.ToString(), command);
        Assert.DoesNotContain("   at ", error.ToString(), command);
        Assert.DoesNotContain("denied", error.ToString(), $"{command}: a folder in the place of a file is no matter of rights");
    }

    private static byte[] Noise()
    {
        var bytes = new byte[3000];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
