using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Errors;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization;

[TestClass]
public sealed class AutomaticRangesTests
{
    private static readonly string[] Estimators = ["default", "minmax", "percentile", "mse", "entropy"];

    /// <summary>Each estimator is quantized and compared on its own; with so few samples nothing is decided on a part of them.</summary>
    [TestMethod]
    [DataRow("residual")]
    [DataRow("outliers")]
    public void Auto_AmongAllEstimators_IsMseOrWhatIsClearlyBetter(string kind)
    {
        Func<TestModels> create = kind == "residual" ? FusionTests.Residual : Outliers;
        foreach (var preset in (string[])["performance", "mixed"])
        {
            var chosen = new QuantizedTestModel(create(), With("auto", preset), samples: 8);
            var errors = Estimators.ToDictionary(estimator => estimator, estimator => Error(chosen, new QuantizedTestModel(create(), With(estimator, preset), samples: 8)));
            var (best, least) = errors.MinBy(pair => pair.Value);
            Assert.AreEqual(least < 0.8 * errors["mse"] ? best : "mse", chosen.Calibrated.Automatic!.Estimator, string.Join("; ", errors));
            Assert.AreEqual(errors[chosen.Calibrated.Automatic.Estimator], Error(chosen, chosen));
        }
    }

    /// <summary>A rare large value decides the output, so that no estimator may clip it, whatever it costs the others.</summary>
    [TestMethod]
    public void Auto_OutliersThatMatter_AreNotClipped()
    {
        var model = new QuantizedTestModel(Outliers(), With("auto", "performance"), samples: 8);
        Assert.AreNotEqual("mse", model.Calibrated.Automatic!.Estimator);
        Assert.IsLessThan(0.8 * Error(model, new QuantizedTestModel(Outliers(), With("mse", "performance"), samples: 8)), Error(model, model));
    }

    [TestMethod]
    [DataRow("performance")]
    [DataRow("mixed")]
    public void Auto_PresetNamed_KeepsIt(string preset)
    {
        var chosen = new QuantizedTestModel(FusionTests.Residual(), With("auto", preset), samples: 8).Calibrated.Automatic!;
        Assert.AreEqual(preset, chosen.Preset);
    }

    [TestMethod]
    public void Auto_MoreSamplesThanTheFirstFew_IsTheBestOfTheFinalistsAndAlwaysTheSame()
    {
        var settings = With("auto", preset: null);
        var first = new QuantizedTestModel(FusionTests.Residual(), settings, samples: 20);
        var again = DefaultQuantization.Calibrate(first.Prepared, first.Placement, settings, new DirectPasses(first.Samples, settings.Quantization, workers: 3));
        Assert.AreEqual(first.Calibrated.Automatic, again.Automatic);
        CollectionAssert.AreEqual(first.Variants.Build(Configuration.FullyQuantized).Message, DefaultQuantization.Quantize(again, settings, first.Passes).Build(Configuration.FullyQuantized).Message);
    }

    [TestMethod]
    public void Quantize_EstimatorNamedOnAnAutomaticModel_IsThatEstimator()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), With("auto", "performance"), samples: 8);
        foreach (var estimator in Estimators)
            CollectionAssert.AreEqual(new QuantizedTestModel(FusionTests.Residual(), With(estimator, "performance"), samples: 8).Variants.Build(Configuration.FullyQuantized).Message,
                DefaultQuantization.Quantize(model.Calibrated, With(estimator, "performance"), model.Passes).Build(Configuration.FullyQuantized).Message, estimator);
    }

    /// <summary>One channel of many holds values a hundred times as large, and the last layer listens to it alone.</summary>
    private static TestModels Outliers()
    {
        var weights = new float[64 * 64];
        var random = new Random(9);
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)(random.NextDouble() - 0.5) * (i % 64 == 0 ? 6 : 1) * 0.3f;
        var last = new float[64 * 64];
        for (var i = 0; i < 64; i++)
            last[i] = 1 + (i * 0.01f);
        return TestModels.Opset(13).Input("x", 64, 64).Floats("w1", weights, 64, 64).Floats("w2", last, 64, 64)
            .Named("m1", "MatMul", ["x", "w1"], ["h"]).Node("Relu", ["h"], ["r"]).Named("m2", "MatMul", ["r", "w2"], ["y"]).Output("y");
    }

    private static double Error(QuantizedTestModel reference, QuantizedTestModel model)
    {
        var passes = new DirectPasses(model.Samples, Settings.Of().Quantization);
        return OutputError.Measure(passes, reference.Calibrated.Prepared.Model.Serialize(), model.Variants.Build(Configuration.FullyQuantized), 8);
    }

    private static CompressionSettings With(string estimator, string? preset)
    {
        var settings = Settings.Of(preset ?? "performance");
        return settings with
        {
            Quantization = settings.Quantization with
            {
                Preset = preset is null ? null : settings.Quantization.Preset,
                Activations = settings.Quantization.Activations with { RangeEstimator = new(new(estimator, Settings.Position), null, null) },
            },
        };
    }
}
