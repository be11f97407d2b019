using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Storage;
using QuantizeTasks.Tests.Data;

namespace QuantizeTasks.Tests.Recomputation;

/// <summary>What identifies a computation changes with everything that it depends on: each bit of each file, each leaf of each setting.</summary>
[TestClass]
public sealed class FingerprintTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void DataSource_EverySettingOfEverySource_ChangesTheFingerprint()
    {
        var sources = SourcesOfEveryKind();
        var kinds = typeof(DataSourceSpecification).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(DataSourceSpecification)) && t != typeof(PluginSourceSpecification));
        CollectionAssert.AreEquivalent(kinds.ToArray(), sources.Select(s => s.GetType()).Distinct().ToArray(), "a kind of source without an example here");
        foreach (var source in sources)
            // Annotations are the labels, and an image set is for another format of them; the manifest's reader refuses both.
            AssertAllDiffer(source, s => DataSource.Fingerprint((DataSourceSpecification)s), except: source is ImageSourceSpecification { Annotations: { } annotations } ? ["ImageSourceSpecification.Labels", .. annotations.Format == AnnotationFormat.Masks ? [] : (string[])["ImageSourceSpecification.Annotations.ImageSet"]] : []);
    }

    [TestMethod]
    public void DataSource_EveryBitOfEveryFile_ChangesTheFingerprint()
    {
        foreach (var source in SourcesOfEveryKind())
        {
            var original = DataSource.Fingerprint(source);
            foreach (var file in FilesOf(source))
                ForEachBit(file, () => Fingerprint(() => DataSource.Fingerprint(source)), original, most: 100);
            Assert.AreEqual(original, DataSource.Fingerprint(source), "as it was");
        }
    }

    [TestMethod]
    public void DataSource_AnyFileIsWritten_TheWatchSeesIt()
    {
        foreach (var source in SourcesOfEveryKind())
            foreach (var file in FilesOf(source))
            {
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
                var watch = DataSource.Watch(source);
                Assert.AreEqual(DataSource.Fingerprint(source), watch.Identity);
                Assert.IsTrue(watch.LooksUnchanged() && watch.IsUnchanged(), $"{source}: nothing was written");
                File.WriteAllBytes(file, File.ReadAllBytes(file));
                Assert.IsFalse(watch.LooksUnchanged(), $"{source}: {file}");
            }
    }

    [TestMethod]
    public void PreprocessSteps_EverySetting_ChangesTheText()
    {
        var at = Sources.Here;
        PreprocessStep[] steps =
        [
            new ResizeStep(at, 8, null, null, ResizeMethod.Bilinear, true), new ResizeStep(at, null, 8, 8, ResizeMethod.Bilinear, true), new CenterCropStep(at, 4, 4), new CentralFractionStep(at, 0.5),
            new PadToStep(at, 8, 8, 0.1f), new ColorStep(at, ColorOrder.Rgb), new DivideStep(at, 255.1f), new NormalizeStep(at, [0.1f, 0.2f, 0.3f], [1, 2, 3]), new LayoutStep(at, true),
        ];
        CollectionAssert.AreEquivalent(typeof(PreprocessStep).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(PreprocessStep))).ToArray(), steps.Select(s => s.GetType()).Distinct().ToArray(), "a step without an example here");
        foreach (var step in steps)
            AssertAllDiffer(step, s => PreprocessText.Of([(PreprocessStep)s]));
        Assert.AreNotEqual(PreprocessText.Of([steps[^1], steps[^3]]), PreprocessText.Of([steps[^3], steps[^1]]));
    }

    [TestMethod]
    public void Runtime_EveryProperty_ChangesTheFingerprint() =>
        AssertAllDiffer(new RuntimeIdentity("package", "1.2.3", "x64", "linux-x64") { Binaries = "abc" }, runtime =>
        {
            using var builder = new FingerprintBuilder("test/1");
            return builder.AddRuntime((RuntimeIdentity)runtime).Finish();
        }, except: "RuntimeIdentity.Origin");

    [TestMethod]
    public void Runtime_Binaries_AreThoseThatAreLoaded()
    {
        Assert.AreEqual(64, RuntimeLibrary.Identity.Binaries.Length);
        Assert.AreNotEqual(RuntimeBinaries.Fingerprint(null), RuntimeBinaries.Fingerprint(Path.GetFullPath(typeof(FingerprintTests).Assembly.Location)));
        Assert.AreNotEqual(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([])), RuntimeBinaries.Fingerprint(null), "nothing was found");
    }

    [TestMethod]
    public void Model_EveryBit_ChangesTheFingerprint()
    {
        var path = _folder.File("model.onnx");
        TestModels.Opset(13).Input("x", 1, 2).Floats("w", [1, 2, 3, 4], 2, 2).Node("MatMul", ["x", "w"], ["y"]).Output("y").Build().Save(path);
        ForEachBit(path, () => Fingerprint(() => ModelFile.Read(path).Fingerprint), ModelFile.Read(path).Fingerprint, most: int.MaxValue);
    }

    [TestMethod]
    [DynamicData(nameof(MetricOptions))]
    public void Metric_EveryOption_ChangesTheDefinition(string name, string needed, string option, string value)
    {
        var (without, with) = (Metric(name, needed).Definition, Metric(name, $"{needed} {option}={value}").Definition);
        Assert.AreNotEqual(without, with);
    }

    [TestMethod]
    public void MetricOptions_OfEveryMetric_AreListed()
    {
        CollectionAssert.AreEquivalent(MetricFactory.Names.Where(n => !n.StartsWith("accuracy", StringComparison.Ordinal)).ToArray(), MetricOptions.Select(o => o[0]).Distinct().Where(n => n != "accuracy@top1").ToArray());
        var all = MetricFactory.Names.Select(name => Metric(name, MetricOptions.FirstOrDefault(o => o[0] == name)?[1] ?? "").Definition).ToArray();
        Assert.HasCount(all.Length, all.Distinct().ToArray(), "two metrics with one definition");
    }

    private static IEnumerable<string[]> MetricOptions
    {
        get
        {
            (string Name, string Needed, string Options)[] metrics =
            [
                ("accuracy@top1", "", ""), ("agreement", "", "axis=1 threshold=0.25"), ("cosine", "", ""), ("mae", "", ""), ("r2", "", ""), ("sqnr", "", ""),
                ("rmse", "", "average=pooled"), ("roc_auc", "", "scores=logits"), ("log_loss", "scores=logits", "scores=probabilities"),
                ("kl", "scores=logits", "scores=probabilities axis=2"), ("psnr", "data_range=255", "data_range=1 crop_border=3 layout=nhwc"), ("ssim", "data_range=255", "data_range=1 layout=nhwc"),
                ("mean_iou", "classes=3", "classes=4 axis=2 ignore=255 threshold=0.25 ignore_predicted=true average=seen predictions=classes"), ("dice", "classes=3", "classes=4 axis=2 ignore=255 threshold=0.25"),
                ("mean_accuracy", "classes=3", "classes=4 axis=2 ignore=255 threshold=0.25"), ("pixel_accuracy", "classes=3", "classes=4 axis=2 ignore=255 threshold=0.25"),
                ("perplexity", "scores=logits", "scores=probabilities shift=1 ignore=0"),
                ("precision", "", "average=micro threshold=0.25"), ("recall", "", "average=micro threshold=0.25"), ("f1", "", "average=micro threshold=0.25"), ("f1", "average=binary", "positive=2"),
                ("map", "", "overlap_threshold=0.25 include_boundaries=false ignore_difficult=false allow_multiple_matches_per_ignored=false integral=11point score_threshold=0.1 nms=0.4 pre_nms_top_k=10 keep_top_k=7 clip=true box_format=yxyx coordinates=pixels"),
                ("map", "nms=0.4", "nms_classes=together nms_method=diou nms_boundaries=true"),
                ("map", "decoding=yolo classes=3", "classes=4 objectness=false score_activation=sigmoid multi_label=false background=0"), ("coco_precision", "", "max_detections=7 score_threshold=0.1 nms=0.4 keep_top_k=7 clip=true"),
                ("wer", "", "decode=greedy blank=1 ignore=0 end=2 separator=3 characters=abc"), ("cer", "", "decode=greedy blank=1 ignore=0 end=2 characters=abc"),
                ("exact_match", "", "decode=ctc blank=1 ignore=0 end=2 characters=abc end_output=z"), ("token_f1", "", "decode=ctc blank=1 ignore=0 end=2 characters=abc end_output=z"),
            ];
            return metrics.SelectMany(m => $"{m.Options} output=other".Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(o => new[] { m.Name, m.Needed, o.Split('=')[0], o.Split('=')[1] }));
        }
    }

    private static IMetric Metric(string name, string options)
    {
        var parameters = options.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(o => o.Split('='))
            .Aggregate(ImmutableSortedDictionary<string, Located<object>>.Empty, (all, o) => all.SetItem(o[0], new Located<object>(long.TryParse(o[1], out var number) ? number : o[1], Sources.Here)));
        return MetricFactory.Create(new MetricSpecification(Sources.At(name), null, parameters));
    }

    private static void AssertAllDiffer(object original, Func<object, string> fingerprint, params string[] except)
    {
        var expected = fingerprint(original);
        var count = 0;
        foreach (var (what, changed) in Mutations.Of(original).Where(m => !except.Any(e => m.What.StartsWith(e, StringComparison.Ordinal))))
        {
            count++;
            Assert.AreNotEqual(expected, Fingerprint(() => fingerprint(changed)), what);
        }
        Assert.IsGreaterThan(0, count);
    }

    /// <summary>An input that cannot be used is noticed, too.</summary>
    private static string Fingerprint(Func<string> compute)
    {
        try
        {
            return compute();
        }
        catch (QuantizeException e)
        {
            return e.Message;
        }
    }

    private static void ForEachBit(string path, Func<string> fingerprint, string original, int most)
    {
        var bytes = File.ReadAllBytes(path);
        var step = Math.Max(1, bytes.Length * 8 / most);
        for (var bit = 0; bit < bytes.Length * 8; bit += step)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, bytes);
            Assert.AreNotEqual(original, fingerprint(), $"bit {bit} of {path}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>A source of every kind, with as many settings given as go together.</summary>
    /// <summary>Globs stand for the files in a folder.</summary>
    private static string[] FilesOf(DataSourceSpecification source) =>
        [.. DataSource.Files(source).SelectMany(path => path.Contains('*', StringComparison.Ordinal) ? Directory.EnumerateFiles(path[..(path.IndexOf('*', StringComparison.Ordinal) - 1)], "*", SearchOption.AllDirectories) : [path]).Distinct()];

    private DataSourceSpecification[] SourcesOfEveryKind()
    {
        var at = Sources.Here;
        Located<string> Written(string name, string text)
        {
            var path = _folder.File(name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            return Sources.At(path);
        }
        Located<string> Copied(string name, string fixture)
        {
            var path = _folder.File(name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(Fixture.PathOf(fixture), path, overwrite: true);
            return Sources.At(path);
        }
        var subset = new SubsetSpecification(new Located<int>(1, at), 3);
        ImmutableArray<PreprocessStep> steps = [new DivideStep(at, 3), new LayoutStep(at, true)];
        Copied("folders/a/1.png", "rgb.png");
        Copied("folders/b/2.png", "rgb.png");
        Copied("images/1.png", "rgb.png");
        Copied("images/2.png", "rgb.png");
        Copied("masks/1.png", "mask8.png");
        Copied("masks/2.png", "mask4.png");
        Written("tests/test_data_set_0/input_0.pb", "tensor");
        Written("tests/test_data_set_0/output_0.pb", "answer");
        Written("sounds/1.wav", "sound");
        return
        [
            new ImageSourceSpecification(at, Sources.At(_folder.File("images")), Written("labels.csv", "file,label,slice\n1.png,0,day\n2.png,1,night\n"), Sources.At("x"), steps) { Subset = subset },
            new ImageSourceSpecification(at, Sources.At(_folder.File("folders")), Sources.At("folders"), null, steps),
            new ImageSourceSpecification(at, Sources.At(_folder.File("images")), null, null, steps)
            {
                Annotations = new AnnotationSpecification(AnnotationFormat.ImageNet, Written("val.txt", "1.png 0\n2.png 1\n"), null, [], 0, false),
            },
            new ImageSourceSpecification(at, Sources.At(_folder.File("images")), null, null, steps)
            {
                Annotations = new AnnotationSpecification(AnnotationFormat.Masks, Sources.At(_folder.File("masks")), Written("set.txt", "1\n2\n"), [], 0, false) { Colors = [0, 0x800000], FollowsImage = true },
            },
            new TensorSourceSpecification(at, ImmutableSortedDictionary<string, Located<string>>.Empty.Add("x", Copied("x.npy", "array-i8.npy")), Copied("y.npy", "array-i4.npy")) { Subset = subset },
            new TableSourceSpecification(at, Written("rows.csv", "a,b,c,d\n1,2,3,day\n"), false, ImmutableSortedDictionary<string, ImmutableArray<Located<string>>>.Empty.Add("x", [Sources.At("a"), Sources.At("b")]),
                ImmutableSortedDictionary<string, Located<string>>.Empty.Add("x", Sources.At("float32")), new RowAnnotations([Sources.At("c")], Sources.At("d"))) { Subset = subset },
            new TextSourceSpecification(at, Written("texts.csv", "text,pair,label\nhello,world,1\n"),
                new TokenizerSpecification(Sources.At("gpt2"), Written("vocabulary.json", "{}"), new Located<int>(8, at))
                {
                    Merges = Written("merges.txt", "a b\n"), LowerCase = false, Text = Sources.At("text"), Pair = Sources.At("pair"), Inputs = ("ids", "mask", "segments"), PadId = 1, Type = "int32", AddBos = true, AddEos = true, Fairseq = true,
                },
                new RowAnnotations([Sources.At("label")], null)),
            new IdxSourceSpecification(at, Written("images.idx", "idx"), Copied("labels.npy", "array-i4.npy"), Sources.At("x"), steps),
            new AudioSourceSpecification(at, Sources.At(_folder.File("sounds")), Written("sounds.csv", "file,label\n1.wav,0\n"), Sources.At("x"), new WaveformSpecification(new Located<int>(8000, at), new Located<int>(100, at), true)),
            new OnnxTestDataSourceSpecification(at, Sources.At(_folder.File("tests")), [Sources.At("x"), Sources.At("z")], 0),
            new RandomSourceSpecification(at, ImmutableSortedDictionary<string, ImmutableArray<int>>.Empty.Add("x", [1, 3]), ImmutableSortedDictionary<string, Located<string>>.Empty.Add("x", Sources.At("float32")), 5, 1, 0, 1),
        ];
    }
}
