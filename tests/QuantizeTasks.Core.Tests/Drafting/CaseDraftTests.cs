using System.Text;
using System.Text.RegularExpressions;
using QuantizeTasks.Drafting;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Drafting;

/// <summary>What is drafted for a real model runs once its data are filled in, here on a few samples of each case.</summary>
[TestClass]
public sealed partial class CaseDraftTests
{
    private const int Samples = 24;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Run_DraftWithData_GivesAVerdict(string name)
    {
        var source = Cases.Folder(name);
        using var folder = new TemporaryFolder();
        FewSamples(source, folder);
        var text = DraftText.Of(ManifestDraft.Of(Cases.Model(name)), folder.Path);
        StringAssert.Contains(text, "FILL IN");
        // What somebody would fill in, and nothing else.
        var labels = Directory.GetFiles(folder.Path).Select(f => Path.GetFileName(f)!).FirstOrDefault(f => f is "val.csv" or "val_masks.npy" or "val_labels.npy");
        text = text.Replace("path/to/images", "val").Replace("path/to/input.npy", "val_input.npy");
        text = Placeholder().Replace(text, $"labels: {labels}");
        Assert.DoesNotContain("path/to", text);
        var path = folder.File("quantize.yaml");
        File.WriteAllText(path, text);

        var manifest = ManifestReader.Read(path, new ManifestOverrides([new ManifestOverride("max_iter_num", "0", "the test")]));
        var options = new RunOptions { OutputDirectory = folder.File("out"), ReportDirectory = folder.File("report"), CacheDirectory = folder.File("cache"), Workers = 2, MeasureLatency = false };
        var report = QuantizationPipeline.Run(manifest, options, new Progress<RunEvent>(), default);
        Assert.IsTrue(report.Status is RunStatus.WithinBudget or RunStatus.BudgetExceeded, report.Status.ToString());
        Assert.IsGreaterThan(0, report.Layers.Quantized + report.Layers.Reverted.Length);
        var metric = report.Metrics.Single();
        // The figures of the cases on all samples: 0.35, 0.66, 0.80, 0.97 and 23 dB. A wrong layout or wrong classes would be far below.
        // This one takes values from 0 to 255, which nobody can know without trying.
        if (name != "cifar10_resnet8")
            Assert.IsGreaterThan(metric.Name == "psnr" ? 15 : metric.Name == "mean_iou" ? 0.1 : 0.4, metric.Baseline);
    }

    /// <summary>What the cases' own manifests say: values as they are, (x - 127.5) / 127.5, and (x - 128) / 127, to which that is nearest.</summary>
    [TestMethod]
    [DataRow("cifar10_resnet8", "none")]
    [DataRow("fer2013_minixception", "symmetric")]
    [DataRow("imagenet_mobilenetv2", "symmetric")]
    public void Choose_ImagesAndLabels_FindsTheNormalization(string name, string expected)
    {
        var draft = ManifestDraft.Of(Cases.Model(name)).WithImages(Cases.PathOf(name, "val"));
        Assert.AreEqual(Cases.PathOf(name, "val.csv"), draft.Labels);
        Assert.IsTrue(draft.IsComplete);
        var chosen = NormalizationTrial.Choose(draft, default);
        Assert.AreEqual(expected, chosen.Normalization.Value.Name, chosen.Normalization.Reason);
        StringAssert.StartsWith(chosen.Normalization.Reason, "the best on 64 samples by accuracy@top1: ");
    }

    public static IEnumerable<string> Names => Cases.All;

    /// <summary>The first samples of a case.</summary>
    private static void FewSamples(string source, TemporaryFolder folder)
    {
        if (Directory.Exists(Path.Combine(source, "val")))
        {
            Directory.CreateDirectory(folder.File("val"));
            foreach (var image in Directory.GetFiles(Path.Combine(source, "val")).Order(StringComparer.Ordinal).Take(Samples))
                File.CreateSymbolicLink(folder.File("val", Path.GetFileName(image)), image);
        }
        foreach (var array in Directory.GetFiles(source, "val*.npy"))
            File.WriteAllBytes(folder.File(Path.GetFileName(array)), FirstRows(File.ReadAllBytes(array)));
        if (File.Exists(Path.Combine(source, "val.csv")))
            File.WriteAllLines(folder.File("val.csv"), File.ReadLines(Path.Combine(source, "val.csv")).Take(1).Concat(File.ReadLines(Path.Combine(source, "val.csv")).Skip(1).Order(StringComparer.Ordinal).Take(Samples)));
    }

    /// <summary>An npy file with a smaller first extent: the header says so in text, and the rows lie one after the other (numpy.lib.format, version 1.0).</summary>
    private static byte[] FirstRows(byte[] npy)
    {
        var length = 10 + npy[8] + (npy[9] << 8);
        var header = Encoding.ASCII.GetString(npy, 0, length);
        var shape = FirstExtent().Match(header);
        var (rows, kept) = (int.Parse(shape.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 0);
        kept = Math.Min(Samples, rows);
        var edited = header[..shape.Groups[1].Index] + kept.ToString(System.Globalization.CultureInfo.InvariantCulture).PadRight(shape.Groups[1].Length) + header[(shape.Groups[1].Index + shape.Groups[1].Length)..];
        var bytes = npy.AsSpan(0, length + ((npy.Length - length) / rows * kept)).ToArray();
        Encoding.ASCII.GetBytes(edited.AsSpan(10), bytes.AsSpan(10));
        return bytes;
    }

    [GeneratedRegex(@"'shape': \((\d+)")]
    private static partial Regex FirstExtent();

    [GeneratedRegex(@"labels: path/to/\S+")]
    private static partial Regex Placeholder();
}
