using System.Text.Json;

namespace QuantizeTasks.Tests;

/// <summary>The tool with another ONNX Runtime than its own, as a process: a process has one.</summary>
[TestClass]
public sealed class RuntimePathTests
{
    private static readonly string Acquired = Path.Combine(Repository.Root, "artifacts", "onnxruntime", "node_modules", "com.github.asus4.onnxruntime", "Plugins", "Linux", "x64", "libonnxruntime.so");

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Version_OtherRuntime_IsTheOneThatIsLoaded(bool withApi)
    {
        using var folder = Folder(withApi ? typeof(Microsoft.ML.OnnxRuntime.InferenceSession).Assembly.Location : null);

        var (exitCode, output, error) = ToolProcess.Run("version", "--json", "--onnxruntime-path", folder.Path);

        Assert.AreEqual(0, exitCode, error);
        var runtime = JsonDocument.Parse(output).RootElement.GetProperty("runtime");
        Assert.AreEqual("1.29.0", runtime.GetProperty("version").GetString());
        Assert.StartsWith("Microsoft.ML.OnnxRuntime sha256:", runtime.GetProperty("package").GetString());
        Assert.AreEqual(withApi, runtime.GetProperty("origin").GetString()!.EndsWith($" with {Path.Combine(folder.Path, "Microsoft.ML.OnnxRuntime.dll")}", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Version_ApiThatIsNone_SaysWhatItLacks()
    {
        using var folder = Folder(typeof(JsonDocument).Assembly.Location);
        var (_, output, _) = ToolProcess.Run("version", "--onnxruntime-path", folder.Path);
        StringAssert.Contains(output, "QTZ3011");
        StringAssert.Contains(output, "BFloat16");
    }

    [TestMethod]
    public void Version_Bundled_IsTheToolsOwn()
    {
        var (_, output, _) = ToolProcess.Run("version", "--json", "--onnxruntime-path", "bundled");
        Assert.AreEqual("the quantizer's own", JsonDocument.Parse(output).RootElement.GetProperty("runtime").GetProperty("origin").GetString());
    }

    private static TemporaryRuntime Folder(string? api)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(Acquired))
            Assert.Inconclusive("NOT TESTED: a second version of ONNX Runtime is at hand only where npm brought it, on linux-x64.");
        var folder = new TemporaryRuntime();
        File.Copy(Acquired, Path.Combine(folder.Path, "libonnxruntime.so"));
        if (api is not null)
            File.Copy(api, Path.Combine(folder.Path, "Microsoft.ML.OnnxRuntime.dll"));
        return folder;
    }

    private sealed class TemporaryRuntime : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("tool-runtime-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
