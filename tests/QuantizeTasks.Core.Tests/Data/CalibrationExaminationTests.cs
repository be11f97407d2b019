using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Runs;

namespace QuantizeTasks.Tests.Data;

/// <summary>Data with one fault each, and without.</summary>
[TestClass]
public class CalibrationExaminationTests
{
    private const int Length = 192;

    [TestMethod]
    public void Of_OrdinaryData_HasNothingToSay()
    {
        for (var seed = 0; seed < 50; seed++)
            Assert.AreEqual("", Codes(Samples(32, seed), Samples(32, seed + 1000)));
    }

    [TestMethod]
    public void Of_FewSamples_IsWarnedOf()
    {
        Assert.AreEqual(DiagnosticCodes.CalibrationTooSmall, Codes(Samples(7, 1)));
        Assert.AreEqual("", Codes(Samples(8, 1)));
    }

    [TestMethod]
    public void Of_OneClass_IsWarnedOfUnlessThereIsNoOther()
    {
        var one = Samples(20, 1, classes: 1);

        Assert.AreEqual(DiagnosticCodes.CalibrationSingleClass, Codes(one));
        Assert.AreEqual(DiagnosticCodes.CalibrationSingleClass, Codes(one, Samples(20, 2)));
        Assert.AreEqual("", Codes(one, Samples(20, 2, classes: 1)));
        Assert.AreEqual("", Codes([.. one.Select(s => new Sample(s.Name, s.Inputs))]), "no labels");
    }

    [TestMethod]
    public void Of_Repetitions_AreWarnedOf()
    {
        var few = Samples(10, 1);
        var random = new Random(3);
        // Neighbouring frames: the same but for a little noise.
        Sample Frame(Sample s) => new(s.Name, new Dictionary<string, Tensor> { ["x"] = Tensor.Create(Array.ConvertAll(s.Inputs["x"].As<float>(), v => v + (random.NextSingle() * 0.004f)), 1, Length) }, s.Label);

        Assert.AreEqual(DiagnosticCodes.CalibrationDuplicates, Codes([.. few, .. few.Select(Frame)]));
        Assert.AreEqual(DiagnosticCodes.CalibrationDuplicates, Codes([.. few, .. few, .. few]));
        Assert.AreEqual("", Codes([.. Samples(16, 4), .. few.Take(6), .. few.Take(6)]), "fewer than half");
    }

    [TestMethod]
    public void Of_EmptySamples_AreWarnedOf()
    {
        var samples = Samples(20, 1).ToList();
        for (var i = 0; i < 4; i++)
            samples[i] = new Sample("black", new Dictionary<string, Tensor> { ["x"] = Tensor.Create(new float[Length].Select(_ => i / 9f).ToArray(), 1, Length) }, samples[i].Label);

        Assert.AreEqual(DiagnosticCodes.CalibrationConstant, Codes(samples));
        Assert.AreEqual("", Codes([.. samples.Skip(3)]), "one of 17 is less than a tenth");
    }

    [TestMethod]
    [DataRow(255f, 0f)]
    [DataRow(1 / 255f, 0f)]
    [DataRow(1f, 4f)]
    [DataRow(0.2f, 0f)]
    public void Of_OtherScale_IsWarnedOf(float scale, float shift)
    {
        Sample Changed(Sample s) => new(s.Name, new Dictionary<string, Tensor> { ["x"] = Tensor.Create(Array.ConvertAll(s.Inputs["x"].As<float>(), v => (v * scale) + shift), 1, Length) }, s.Label);
        var calibration = Samples(32, 1).Select(Changed).ToList();

        Assert.AreEqual(DiagnosticCodes.CalibrationDiffers, Codes(calibration, Samples(32, 2)));
        Assert.AreEqual("", Codes(calibration), "nothing to compare with");
        Assert.AreEqual("", Codes(calibration, [.. Samples(32, 2).Select(Changed)]));
    }

    [TestMethod]
    public void Of_Tokens_HaveNoScale()
    {
        static Sample Tokens(int i, int scale) => new($"{i}", new Dictionary<string, Tensor> { ["ids"] = Tensor.Create(Enumerable.Range(0, 64).Select(t => (long)((i * 31) + t) * scale).ToArray(), 1, 64) });

        Assert.AreEqual("", Codes([.. Enumerable.Range(0, 20).Select(i => Tokens(i, 1))], [.. Enumerable.Range(0, 20).Select(i => Tokens(i, 1000))]));
        Assert.AreEqual(DiagnosticCodes.CalibrationDuplicates, Codes([.. Enumerable.Range(0, 20).Select(i => Tokens(i % 2, 1))]));
    }

    /// <summary>The data of real models, whose users calibrated them well: no false alarm.</summary>
    [TestMethod]
    [DataRow("cifar10_resnet8")]
    [DataRow("imagenet_mobilenetv2")]
    [DataRow("fer2013_minixception")]
    [DataRow("speechcmd_kwt1")]
    [DataRow("superres_x3")]
    [DataRow("coco_espnetv2_seg")]
    public void Examine_RealData_HasNothingToSayAndIsQuick(string name)
    {
        var manifest = ManifestReader.Read(Cases.PathOf(name, "quantize.yaml"));
        _ = CalibrationDoctor.Examine(manifest, 0, CancellationToken.None);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var findings = CalibrationDoctor.Examine(manifest, 0, CancellationToken.None);
        Console.WriteLine($"{name}: {clock.ElapsedMilliseconds} ms");

        Assert.IsEmpty(findings, string.Join('\n', findings));
        Assert.IsEmpty(CalibrationDoctor.Examine(manifest with { CheckCalibration = false, Calibration = null! }, 0, CancellationToken.None));
    }

    [TestMethod]
    public void Examine_RealDataNormalizedInOnePlaceOnly_IsWarnedOf()
    {
        var manifest = ManifestReader.Read(Cases.PathOf("fer2013_minixception", "quantize.yaml"));
        var calibration = (ImageSourceSpecification)manifest.Calibration;
        var findings = CalibrationDoctor.Examine(manifest with { Calibration = calibration with { Preprocess = [.. calibration.Preprocess.Where(s => s is not (NormalizeStep or DivideStep))] } }, 0, CancellationToken.None);

        Assert.AreEqual(DiagnosticCodes.CalibrationDiffers, string.Join(' ', findings.Select(f => f.Code)), string.Join('\n', findings));
        Assert.AreEqual(DiagnosticSeverity.Warning, findings[0].Severity);
    }

    private static string Codes(IReadOnlyList<Sample> calibration, IReadOnlyList<Sample>? validation = null) => string.Join(' ',
        CalibrationExamination.Of(calibration.Count, [.. calibration.Select(SampleSummary.Of)], [.. (validation ?? []).Select(SampleSummary.Of)], Sources.Here).Select(f => f.Code));

    /// <summary>Smooth signals of random shape with values from 0 to 1.</summary>
    private static List<Sample> Samples(int count, int seed, int classes = 4)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                var (frequency, phase, height) = (random.Next(1, 12), random.NextSingle() * 6, 0.3f + (random.NextSingle() * 0.7f));
                var values = Enumerable.Range(0, Length).Select(t => height * (0.5f + (0.5f * MathF.Sin((frequency * t / 30f) + phase)))).ToArray();
                return new Sample($"{i}", new Dictionary<string, Tensor> { ["x"] = Tensor.Create(values, 1, Length) }, Tensor.Create<long>([i % classes]));
            }),
        ];
    }
}
