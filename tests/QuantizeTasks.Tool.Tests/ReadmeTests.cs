using System.Text.RegularExpressions;

namespace QuantizeTasks.Tests;

/// <summary>What the README shows of a run is what the sample's run says.</summary>
[TestClass]
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");

    [TestMethod]
    public void Readme_SuccessfulBuild_IsWhatTheSampleSays()
    {
        using var sample = new Sample();
        var (exitCode, output, error) = sample.Run();
        Assert.AreEqual(0, exitCode, error);
        AssertShown(Shown("quantized gauge.onnx"), output);
    }

    [TestMethod]
    public void Readme_FailingBuild_IsWhatTheSampleSaysWithTheBudgetNamed()
    {
        using var sample = new Sample();
        foreach (var (parameter, number) in Values().Matches(Readme).Select(m => (m.Groups[1].Value, m.Groups[2].Value)))
            sample.Set(parameter, number);
        var (exitCode, _, error) = sample.Run();
        Assert.AreEqual(4, exitCode, error);
        AssertShown(Shown("quantize.yaml("), error.Split('\n').Single(l => l.Contains("QTZ2001", StringComparison.Ordinal)).Replace(sample.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));
    }

    /// <summary>The line in a block of its own, up to where it is cut off.</summary>
    private static string Shown(string beginning) => Readme.Split('\n').Single(l => l.StartsWith(beginning, StringComparison.Ordinal)).Split("...")[0];

    /// <summary>Times differ from run to run, and which layers harm most and by how much with the processor; the float model's error does not.</summary>
    private static void AssertShown(string shown, string actual)
    {
        actual = actual[..Math.Min(actual.Length, shown.Length + 40)];
        if (actual.StartsWith(shown, StringComparison.Ordinal))
            return;
        Assert.StartsWith(Shape(shown), Shape(actual), $"README: {shown}\nnow: {actual}");
        Assert.AreEqual(FloatError().Match(shown).Value, FloatError().Match(actual).Value, actual);
    }

    private static string Shape(string line) => Number().Replace(LayerName().Replace(Faster().Replace(line, "RATIO"), "LAYER"), "N");

    [GeneratedRegex(@"`(maximal_drop|max_iter_num): ([\d.]+)`")]
    private static partial Regex Values();

    [GeneratedRegex(@"\(float 0\.\d+|\(0\.\d+ ->")]
    private static partial Regex FloatError();

    [GeneratedRegex(@"(predicted )?[\d.]+x (faster|slower)")]
    private static partial Regex Faster();

    [GeneratedRegex(@"/[\w/]+")]
    private static partial Regex LayerName();

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Number();

    /// <summary>A copy of the sample that the README is about.</summary>
    private sealed partial class Sample : IDisposable
    {
        public Sample()
        {
            var source = Path.Combine(Repository.Root, "samples", "GaugeReader");
            foreach (var path in (string[])["quantize.yaml", "models/gauge.onnx", "data/val.csv", .. Files(source, "data/val"), .. Files(source, "data/calib")])
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, path))!);
                File.Copy(Path.Combine(source, path), Path.Combine(Folder, path));
            }
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("readme-").FullName;

        private string Manifest => Path.Combine(Folder, "quantize.yaml");

        public void Set(string parameter, string number)
        {
            var text = File.ReadAllText(Manifest);
            Assert.Contains(parameter, text);
            File.WriteAllText(Manifest, Regex.Replace(text, $@"{parameter}: [\d.]+", $"{parameter}: {number}"));
        }

        public (int ExitCode, string Out, string Error) Run() =>
            ToolProcess.Run("run", Manifest, "-o", Path.Combine(Folder, "bin"), "--cache-directory", Path.Combine(Folder, "cache"), "--lock-file", "none");

        public void Dispose() => Directory.Delete(Folder, recursive: true);

        private static IEnumerable<string> Files(string source, string folder) => Directory.EnumerateFiles(Path.Combine(source, folder)).Select(f => $"{folder}/{Path.GetFileName(f)}");
    }
}
