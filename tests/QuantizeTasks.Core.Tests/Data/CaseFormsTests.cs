using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using QuantizeTasks.Data;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Metrics;

namespace QuantizeTasks.Tests.Data;

/// <summary>The same real data in another form gives the same samples, and so the same results.</summary>
[TestClass]
public sealed class CaseFormsTests : IDisposable
{
    private const int Samples = 60;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>PNG files with a csv, as IDX files, as bitmaps with a list, and as JSON lines with the values in them.</summary>
    [TestMethod]
    public void Evaluate_Cifar10InEveryForm_GivesTheSameValue()
    {
        var (images, labels) = (Cases.PathOf("cifar10_resnet8", "val"), Cases.PathOf("cifar10_resnet8", "val.csv"));
        var reference = DataSource.Open(Sources.Images(images, labels));
        WriteIdx(reference);
        WriteBitmaps(reference);
        WriteJsonLines(reference);
        WriteArrays(reference);
        var preprocess = $$"""preprocess: [{ layout: {{(LayoutIsChannelsFirst() ? "nchw" : "nhwc")}} }]""";

        var expected = Accuracy(Sources.Images(images, labels), Samples);
        Console.WriteLine($"accuracy {expected:R} on {Samples} samples");
        foreach (var form in (string[])
        [
            $"idx: images.idx.gz\n    labels: labels.idx\n    {preprocess}",
            $"images: bitmaps/list.txt\n    labels: bitmaps/labels.csv\n    {preprocess}",
            "jsonl: rows.jsonl\n    label: class\n    columns: { input: pixels }",
            "tensors: { input: x.npy }\n    labels: y.idx.npy",
        ])
            Assert.AreEqual(expected, Accuracy(Source(form.Replace("{ input:", $"{{ {InputName()}:", StringComparison.Ordinal)), Samples), form);
    }

    /// <summary>The whole product on two forms of one data set: the same int8 bytes and the same verdict.</summary>
    [TestMethod]
    public void Run_Cifar10AsIdx_WritesTheSameModel()
    {
        var (images, labels) = (Cases.PathOf("cifar10_resnet8", "val"), Cases.PathOf("cifar10_resnet8", "val.csv"));
        WriteIdx(DataSource.Open(Sources.Images(images, labels)));
        var preprocess = $$"""preprocess: [{ layout: {{(LayoutIsChannelsFirst() ? "nchw" : "nhwc")}} }]""";
        WriteBitmaps(DataSource.Open(Sources.Images(images, labels)));

        var (one, other) = (Run("idx", $"idx: images.idx.gz\n    labels: labels.idx\n    {preprocess}"), Run("bmp", $"images: bitmaps/list.txt\n    labels: bitmaps/labels.csv\n    {preprocess}"));

        Assert.AreEqual(RunStatus.WithinBudget, one.Status);
        Assert.AreEqual(one.Output!.Sha256, other.Output!.Sha256);
        CollectionAssert.AreEqual(one.Metrics.Select(m => (m.Baseline, m.Quantized)).ToArray(), other.Metrics.Select(m => (m.Baseline, m.Quantized)).ToArray());
    }

    private RunReport Run(string name, string source) => QuantizationPipeline.Run(Manifest(source),
        new RunOptions { OutputDirectory = _folder.File(name), ReportDirectory = _folder.File(name, "report"), CacheDirectory = _folder.File(name, "cache"), MeasureLatency = false }, new Progress<RunEvent>(), CancellationToken.None);

    private DataSourceSpecification Source(string source) => Manifest(source).Validation!;

    private QuantizationManifest Manifest(string source)
    {
        File.WriteAllText(_folder.File("quantize.yaml"), $$"""
            model: {{Cases.Model("cifar10_resnet8")}}
            data:
              validation:
                {{source}}
            metrics: [{ name: accuracy@top1, maximal_drop: 0.2 }]
            compression:
              algorithms: [{ name: DefaultQuantization, params: { stat_subset_size: 20 } }]
            """);
        return ManifestReader.Read(_folder.File("quantize.yaml"));
    }

    private static double Accuracy(DataSourceSpecification source, int samples)
    {
        var metric = Specifications.Create("accuracy@top1");
        var loader = DataSource.Open(source);
        using var session = ModelSession.Open(Cases.Model("cifar10_resnet8"), new SessionSettings { Threads = 1 });
        return metric.Aggregate([.. SampleStream.Read(loader, [.. Enumerable.Range(0, samples)], 2, CancellationToken.None)
            .Select(sample => metric.Observe(new MetricInput(session.Run(sample.Inputs), session.Outputs[0].Name, sample.Label, null, sample.Name)))]);
    }

    private static string InputName()
    {
        using var session = ModelSession.Open(Cases.Model("cifar10_resnet8"));
        return session.Inputs[0].Name;
    }

    private static bool LayoutIsChannelsFirst() => DataSource.Open(CaseSources.Validation("cifar10_resnet8")).Load(0).Inputs[""].Shape[1] == 3;

    /// <summary>The pixels as bytes, [32, 32, 3], and the label of a sample of the case.</summary>
    private static (byte[] Pixels, long Label) Pixels(IDataLoader loader, int index)
    {
        var sample = loader.Load(index);
        var values = sample.Inputs[""].As<float>();
        var pixels = new byte[values.Length];
        for (var i = 0; i < 1024; i++)
            for (var c = 0; c < 3; c++)
                pixels[(3 * i) + c] = (byte)(sample.Inputs[""].Shape[1] == 3 ? values[(c * 1024) + i] : values[(3 * i) + c]);
        return (pixels, sample.Label!.As<long>()[0]);
    }

    private void WriteIdx(IDataLoader loader)
    {
        using var images = new GZipStream(File.Create(_folder.File("images.idx.gz")), CompressionLevel.Fastest);
        images.Write([0, 0, 8, 4, 0, 0, 0, Samples, 0, 0, 0, 32, 0, 0, 0, 32, 0, 0, 0, 3]);
        using var labels = File.Create(_folder.File("labels.idx"));
        labels.Write([0, 0, 8, 1, 0, 0, 0, Samples]);
        for (var i = 0; i < Samples; i++)
        {
            var (pixels, label) = Pixels(loader, i);
            images.Write(pixels);
            labels.WriteByte((byte)label);
        }
    }

    private void WriteBitmaps(IDataLoader loader)
    {
        Directory.CreateDirectory(_folder.File("bitmaps"));
        using var list = new StreamWriter(_folder.File("bitmaps", "list.txt"));
        using var labels = new StreamWriter(_folder.File("bitmaps", "labels.csv"));
        labels.WriteLine("file,label");
        for (var i = 0; i < Samples; i++)
        {
            var (pixels, label) = Pixels(loader, i);
            // Names in another order than the samples: the list decides.
            var name = $"{(i * 37) % 1000:D3}.bmp";
            list.WriteLine(name);
            labels.WriteLine($"{name},{label}");
            var file = new byte[54 + pixels.Length];
            "BM"u8.CopyTo(file);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), 32);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), -32);
            file[26] = 1;
            file[28] = 24;
            for (var p = 0; p < pixels.Length; p += 3)
                (file[54 + p], file[55 + p], file[56 + p]) = (pixels[p + 2], pixels[p + 1], pixels[p]);
            File.WriteAllBytes(_folder.File("bitmaps", name), file);
        }
    }

    private void WriteJsonLines(IDataLoader loader)
    {
        using var rows = new StreamWriter(_folder.File("rows.jsonl"));
        for (var i = 0; i < Samples; i++)
        {
            var sample = loader.Load(i);
            var values = sample.Inputs[""].As<float>();
            var (outer, middle, inner) = (sample.Inputs[""].Shape[1], sample.Inputs[""].Shape[2], sample.Inputs[""].Shape[3]);
            var lists = Enumerable.Range(0, outer).Select(a => $"[{string.Join(',', Enumerable.Range(0, middle).Select(b => $"[{string.Join(',', values.Skip(((a * middle) + b) * inner).Take(inner).Select(v => v.ToString(CultureInfo.InvariantCulture)))}]"))}]");
            rows.WriteLine($"{{\"pixels\": [{string.Join(',', lists)}], \"class\": {sample.Label!.As<long>()[0]}}}");
        }
    }

    private void WriteArrays(IDataLoader loader)
    {
        var samples = Enumerable.Range(0, Samples).Select(loader.Load).ToList();
        NpyFile.Write(_folder.File("x.npy"), samples.SelectMany(s => s.Inputs[""].As<float>()).ToArray(), [Samples, .. samples[0].Inputs[""].Shape.Skip(1)]);
        NpyFile.Write(_folder.File("y.idx.npy"), samples.Select(s => (float)s.Label!.As<long>()[0]).ToArray(), Samples);
    }
}
