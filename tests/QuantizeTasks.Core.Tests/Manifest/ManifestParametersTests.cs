using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>The parameters of the algorithms: their defaults, and that each that is written arrives.</summary>
[TestClass]
public sealed class ManifestParametersTests
{
    private const string Minimal = """
        model: models/m.onnx
        data: { validation: { images: val } }
        metrics: [{ name: accuracy@top1 }]
        """;

    /// <summary>What the Post-training Optimization Tool uses where a configuration says nothing (null: as the device or another parameter decides), and what goes beyond it off.</summary>
    private static DefaultQuantizationParameters PostTrainingOptimizationTool { get; } = new()
    {
        Preset = null,
        StatSubsetSize = null,
        StatBatchSize = null,
        ShuffleData = false,
        Seed = 0,
        InplaceStatistics = true,
        UseFastBias = true,
        ApplyForAllNodes = false,
        Threshold = null,
        SaturationFix = null,
        Ignored = new IgnoredOperators(false, [], [], [], []),
        RangeEstimator = null,
        Weights = new QuantizerSettings(null, null, null, null, null, null),
        Activations = new QuantizerSettings(null, null, null, null, null, null),
        LayerwiseConfigs = [],
        UseLayerwiseTuning = null,
        DumpIntermediateModel = false,
        ChannelAlignment = true,
        CrossLayerEqualization = false,
        SmoothQuantAlpha = null,
        WeightsOnly = false,
    };

    [TestMethod]
    public void Parse_Minimal_HasTheDocumentedDefaults()
    {
        var manifest = ManifestTexts.Read(Minimal);
        Assert.AreEqual(ManifestTexts.File, manifest.Path);
        Assert.AreEqual(InFolder("models", "m.onnx"), manifest.Model.Value);
        Assert.AreEqual("models/m.int8.onnx", manifest.Output.Value);
        Assert.AreSame(manifest.Validation, manifest.Calibration);
        var compression = manifest.Compression;
        Assert.IsTrue(compression.IsAccuracyAware);
        Assert.AreEqual("ANY", compression.TargetDevice.Value);
        Assert.IsNull(compression.ModelType);
        Assert.AreEqual(PostTrainingOptimizationTool, compression.Quantization);
        Assert.AreEqual(Preference.Speed, compression.Prefer);
        Assert.AreEqual(ModelFormat.Qdq, compression.Format);
        Assert.AreEqual(0.01, compression.Accuracy.MaximalDrop!.Value);
        Assert.AreEqual("the default", compression.Accuracy.MaximalDrop.Source);
        Assert.AreEqual(DropType.Absolute, compression.Accuracy.DropType);
        Assert.AreEqual(int.MaxValue, compression.Accuracy.MaxIterNum);
        Assert.AreEqual(300, compression.Accuracy.RankingSubsetSize);
        Assert.AreEqual(0.5, compression.Accuracy.MetricSubsetRatio);
        Assert.IsTrue(compression.Accuracy.UsePrevIfDropIncrease);
        Assert.AreEqual((false, 0.6), (compression.Accuracy.AnnotationFree, compression.Accuracy.AnnotationConfidence));
    }

    [TestMethod]
    public void Parse_EveryParameter_IsRead()
    {
        var manifest = ManifestTexts.Read("""
            model: /abs/m.onnx
            output: int8\m.onnx
            data:
              validation: { images: "data/*.png", labels: labels.csv, input: image }
              calibration: { tensors: { b: c.npz#x/../y, a: a.npy }, labels: c.npz#labels }
            metrics:
              - { name: psnr, baseline_value: 31.5, params: { data_range: 1, crop_border: 2.5, clip: true, mode: 'no', sizes: [1, 2] } }
              - { name: mae, baseline_value: 0 }
            compression:
              target_device: CPU
              model_type: transformer
              algorithms:
                - name: AccuracyAwareQuantization
                  params:
                    preset: accuracy
                    stat_subset_size: 7
                    shuffle_data: true
                    seed: -3
                    weights: { granularity: pertensor }
                    ignored: { scope: [conv_1, 'x y'], operations: [{ type: Mul }, { type: Add }] }
                    maximal_drop: -1e-3
                    drop_type: relative
                    max_iter_num: 0
                    ranking_subset_size: 11
                    metric_subset_ratio: .25
                    use_prev_if_drop_increase: false
                    search: greedy
                    ranking: racing
                    time_limit: 1h30m
            """);
        Assert.AreEqual(Path.GetFullPath("/abs/m.onnx"), manifest.Model.Value);
        Assert.AreEqual("int8/m.onnx", manifest.Output.Value);
        var images = (ImageSourceSpecification)manifest.Validation!;
        Assert.AreEqual(InFolder("data", "*.png"), images.Images.Value);
        Assert.AreEqual(InFolder("labels.csv"), images.Labels!.Value);
        Assert.AreEqual("image", images.Input!.Value);
        var tensors = (TensorSourceSpecification)manifest.Calibration;
        CollectionAssert.AreEqual(new[] { "a", "b" }, tensors.Tensors.Keys.ToArray());
        Assert.AreEqual(InFolder("a.npy"), tensors.Tensors["a"].Value);
        Assert.AreEqual(InFolder("c.npz") + "#x/../y", tensors.Tensors["b"].Value, "a member's name is not a path");
        Assert.AreEqual(InFolder("c.npz") + "#labels", tensors.Labels!.Value);

        Assert.AreEqual("psnr", manifest.Metrics[0].Name.Value);
        Assert.AreEqual(31.5, manifest.Metrics[0].BaselineValue!.Value);
        var options = manifest.Metrics[0].Parameters;
        Assert.AreEqual(1L, options["data_range"].Value);
        Assert.AreEqual(2.5, options["crop_border"].Value);
        Assert.AreEqual(true, options["clip"].Value);
        Assert.AreEqual("no", options["mode"].Value);
        CollectionAssert.AreEqual(new object[] { 1L, 2L }, (ImmutableArray<object>)options["sizes"].Value);

        var compression = manifest.Compression;
        Assert.AreEqual("CPU", compression.TargetDevice.Value);
        Assert.AreEqual("transformer", compression.ModelType!.Value);
        Assert.AreEqual("mixed", compression.Quantization.Preset!.Value);
        Assert.AreEqual(7, compression.Quantization.StatSubsetSize!.Value);
        Assert.IsTrue(compression.Quantization.ShuffleData);
        Assert.AreEqual(-3, compression.Quantization.Seed);
        Assert.AreEqual("pertensor", compression.Quantization.Weights.Granularity!.Value);
        CollectionAssert.AreEqual(new[] { "conv_1", "x y" }, compression.Quantization.Ignored.Scope.Select(s => s.Value).ToArray());
        CollectionAssert.AreEqual(new[] { "Mul", "Add" }, compression.Quantization.Ignored.Operations.Select(o => o.Type.Value).ToArray());
        Assert.AreEqual(-0.001, compression.Accuracy.MaximalDrop!.Value);
        Assert.IsNull(compression.Accuracy.MaximalDrop.Source);
        Assert.AreEqual(new SourcePosition(ManifestTexts.File, 21, 23), compression.Accuracy.MaximalDrop.Position);
        Assert.AreEqual(DropType.Relative, compression.Accuracy.DropType);
        Assert.AreEqual(0, compression.Accuracy.MaxIterNum);
        Assert.AreEqual(SearchStrategy.Greedy, compression.Accuracy.Search);
        Assert.AreEqual(RankingMethod.Racing, compression.Accuracy.Ranking);
        Assert.AreEqual(TimeSpan.FromMinutes(90), compression.Accuracy.TimeLimit);
        Assert.AreEqual(11, compression.Accuracy.RankingSubsetSize);
        Assert.AreEqual(0.25, compression.Accuracy.MetricSubsetRatio);
        Assert.IsFalse(compression.Accuracy.UsePrevIfDropIncrease);
    }

    [TestMethod]
    public void Parse_EveryParameterOfDefaultQuantization_IsRead()
    {
        var compression = ManifestTexts.Read("""
            model: m.onnx
            data: { calibration: { images: c } }
            compression:
              target_device: CPU
              prefer: measured
              format: qoperator
              dump_intermediate_model: true
              algorithms:
                - name: DefaultQuantization
                  params:
                    preset: symmetric
                    stat_batch_size: 8
                    inplace_statistics: false
                    use_fast_bias: false
                    apply_for_all_nodes: true
                    threshold: 5.5
                    saturation_fix: all
                    ignored:
                      skip_model: true
                      patterns: ['conv_\d+']
                      operations: [{ type: Conv, attributes: { group: 2, auto_pad: VALID, kernel_shape: [3, 3], alpha: 0.5, flag: true } }]
                      subgraphs: [{ inputs: [a, b], outputs: [c] }]
                    range_estimator: { preset: quantile }
                    weights:
                      bits: 8
                      mode: asymmetric
                      granularity: pertensor
                      level_low: -100
                      level_high: 101
                      range_estimator: { min: { type: quantile, outlier_prob: 0.25 }, max: { type: abs_quantile, clipping_value: 3, granularity: pertensor } }
                    activations:
                      bits: 16
                      mode: symmetric
                      granularity: perchannel
                      level_low: -32768
                      level_high: 32767
                      range_estimator: { preset: mse, max: { type: max, aggregator: hl_estimator } }
                    use_layerwise_tuning: true
                    channel_alignment: false
                    cross_layer_equalization: true
                    smooth_quant: 0.5
                    weights_only: true
            """).Compression;
        Assert.AreEqual((Preference.Measured, ModelFormat.QOperator), (compression.Prefer, compression.Format));
        var read = compression.Quantization;
        Assert.AreEqual("performance", read.Preset!.Value);
        Assert.AreEqual(8, read.StatBatchSize!.Value);
        Assert.AreEqual(
            (false, false, true, true, true, false, true, true, SaturationFix.All),
            (read.InplaceStatistics, read.UseFastBias, read.ApplyForAllNodes, read.DumpIntermediateModel, read.UseLayerwiseTuning, read.ChannelAlignment, read.CrossLayerEqualization, read.WeightsOnly, read.SaturationFix!.Value));
        Assert.AreEqual((5.5, 0.5), (read.Threshold!.Value, read.SmoothQuantAlpha!.Value));

        Assert.IsTrue(read.Ignored.SkipModel);
        Assert.AreEqual(@"conv_\d+", read.Ignored.Patterns.Single().Value);
        var attributes = read.Ignored.Operations.Single().Attributes;
        Assert.AreEqual((2L, "VALID", 0.5, true), (attributes["group"].Value, attributes["auto_pad"].Value, attributes["alpha"].Value, attributes["flag"].Value));
        CollectionAssert.AreEqual(new object[] { 3L, 3L }, (ImmutableArray<object>)attributes["kernel_shape"].Value);
        var subgraph = read.Ignored.Subgraphs.Single();
        CollectionAssert.AreEqual(new[] { "a", "b" }, subgraph.Inputs.Select(i => i.Value).ToArray());
        Assert.AreEqual("c", subgraph.Outputs.Single().Value);

        Assert.AreEqual("quantile", read.RangeEstimator!.Preset!.Value);
        Assert.AreEqual((8, "asymmetric", "pertensor", -100, 101), Fields(read.Weights));
        var (low, high) = (read.Weights.RangeEstimator!.Min!, read.Weights.RangeEstimator.Max!);
        Assert.AreEqual(("quantile", 0.25), (low.Type!.Value, low.OutlierProbability!.Value));
        Assert.AreEqual(("abs_quantile", 3.0, "pertensor"), (high.Type!.Value, high.ClippingValue!.Value, high.Granularity!.Value));
        Assert.AreEqual((16, "symmetric", "perchannel", -32768, 32767), Fields(read.Activations));
        Assert.AreEqual("mse", read.Activations.RangeEstimator!.Preset!.Value);
        Assert.AreEqual(("max", "hl_estimator"), (read.Activations.RangeEstimator.Max!.Type!.Value, read.Activations.RangeEstimator.Max.Aggregator!.Value));
        Assert.IsNull(read.Activations.RangeEstimator.Min);
    }

    private static (int, string, string, int, int) Fields(QuantizerSettings settings) =>
        (settings.Bits!.Value, settings.Mode!.Value, settings.Granularity!.Value, settings.LevelLow!.Value, settings.LevelHigh!.Value);

    [TestMethod]
    [DataRow("GNA", "mixed", "accuracy")]
    [DataRow("GNA3", "mixed", "accuracy")]
    [DataRow("GNA", "asymmetric", "accuracy")]
    [DataRow("VPU", "accuracy", "accuracy")]
    [DataRow("VPU", "mixed", "mixed")]
    [DataRow("GPU", "accuracy", "mixed")]
    [DataRow("ANY", "accuracy", "mixed")]
    public void Parse_PresetForOtherDevices_IsWhatItMeansThere(string device, string written, string meant) => Assert.AreEqual(meant, ManifestTexts.Read(
        $"model: m.onnx\ndata: {{ calibration: {{ images: v }} }}\ncompression: {{ target_device: {device}, algorithms: [{{ name: DefaultQuantization, params: {{ preset: {written} }} }}] }}").Compression.Quantization.Preset!.Value);

    /// <summary>Presets and their older names, and what a CPU makes of them (POT's configuration reader).</summary>
    [TestMethod]
    [DataRow("performance", "performance")]
    [DataRow("symmetric", "performance")]
    [DataRow("mixed", "mixed")]
    [DataRow("accuracy", "mixed")]
    [DataRow("asymmetric", "mixed")]
    public void Parse_PresetForTheCpu_IsWhatItMeansThere(string written, string meant) =>
        Assert.AreEqual(meant, ManifestTexts.Read(ManifestTexts.Fill("params", "preset: " + written)).Compression.Quantization.Preset!.Value);

    [TestMethod]
    public void Parse_ParametersThatSpellOutDefaults_AreAccepted() => _ = ManifestTexts.Read(ManifestTexts.Fill("params", """
        preset: performance
                use_fast_bias: true
                saturation_fix: first_layer
                tune_hyperparams: false
                convert_to_mixed_preset: false
                annotation_free: false
                annotation_conf_threshold: 0.60
                base_algorithm: DefaultQuantization
                stat_batch_size: 1
                inplace_statistics: true
                dump_intermediate_model: false
                apply_for_all_nodes: false
                threshold: 2
                use_layerwise_tuning: false
                range_estimator: { preset: default }
                weights: { bits: 8, mode: symmetric, granularity: perchannel, level_low: -127, level_high: 127, range_estimator: { preset: default } }
                activations: { bits: 8, mode: symmetric, granularity: pertensor, range_estimator: { preset: default } }
                ignored: { skip_model: false, scope: [], operations: [] }
        """));

    [TestMethod]
    public void Parse_BaseAlgorithmMinMax_CorrectsNothing()
    {
        var quantization = ManifestTexts.Read(ManifestTexts.Fill("params", "base_algorithm: MinMaxQuantization")).Compression.Quantization;
        Assert.AreEqual((false, 0.0), (quantization.ChannelAlignment, quantization.Threshold!.Value));
    }

    [TestMethod]
    public void Parse_Trials_AreOffUnlessAskedFor()
    {
        var defaults = ManifestTexts.Read(Minimal).Compression.Accuracy;
        Assert.AreEqual((false, false), (defaults.ConvertToMixedPreset, defaults.TuneHyperparams));
        var asked = ManifestTexts.Read(ManifestTexts.Fill("params", "convert_to_mixed_preset: true\n        tune_hyperparams: true")).Compression.Accuracy;
        Assert.AreEqual((true, true), (asked.ConvertToMixedPreset, asked.TuneHyperparams));
    }

    [TestMethod]
    public void Parse_DefaultQuantization_HasABudgetOnlyWhenItSaysSo()
    {
        Assert.IsNull(ManifestTexts.Read(ManifestTexts.Fill("algorithms", "[{ name: DefaultQuantization }]")).Compression.Accuracy.MaximalDrop);
        Assert.AreEqual(0.1, ManifestTexts.Read(ManifestTexts.Fill("algorithms", "[{ name: DefaultQuantization, params: { maximal_drop: 0.1 } }]")).Compression.Accuracy.MaximalDrop!.Value);
    }

    private static string InFolder(params string[] parts) => Path.Combine([ManifestTexts.Folder, .. parts]);
}
