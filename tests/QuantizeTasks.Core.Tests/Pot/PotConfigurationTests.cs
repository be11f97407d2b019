using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Pot;

/// <summary>Configurations of the Post-training Optimization Tool as manifests.</summary>
[TestClass]
public sealed class PotConfigurationTests : IDisposable
{
    private const string Simplified = """
        /* What the original's documentation shows: comments and trailing commas. */
        {
            "model": {
                "model_name": "tiny",   // a name
                "model": "model.onnx",
            },
            "engine": { "type": "simplified", "data_source": "images", "layout": "NCHW", "central_fraction": 0.875, "stat_requests_number": 4, },
            "compression": {
                "target_device": "CPU",
                "inplace_statistic": false,
                "algorithms": [
                    { "name": "DefaultQuantization", "params": { "preset": "mixed", "stat_subset_size": 10, "shuffle_data": false } },
                ],
            },
        }
        """;

    private const string Checker = """
        {
          "model": { "model_name": "tiny", "model": "model.onnx" },
          "engine": {
            "launchers": [ { "framework": "dlsdk", "device": "CPU", "adapter": "classification" } ],
            "datasets": [ {
              "name": "a_name",
              "data_source": "images",
              "annotation_conversion": { "converter": "imagenet", "annotation_file": "val.txt", "has_background": true },
              "preprocessing": [
                { "type": "resize", "size": 18, "aspect_ratio_scale": "greater" },
                { "type": "crop", "size": 16 },
                { "type": "bgr_to_rgb" },
                { "type": "normalization", "mean": "123.675,116.28,103.53", "std": [58.624, 57.12, 57.375] }
              ],
              "metrics": [
                { "name": "accuracy@top1", "type": "accuracy", "top_k": 1, "reference": 0.7 },
                { "name": "top2", "type": "accuracy", "top_k": 2 }
              ]
            } ]
          },
          "compression": { "algorithms": [ { "name": "AccuracyAwareQuantization", "params": { "maximal_drop": 0.02, "max_iter_num": 5 } } ] }
        }
        """;

    private readonly PotProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    public void Read_Simplified_IsCalibrationWithImagesAsOpenCvReadsThem()
    {
        var manifest = _project.Read(Simplified);

        Assert.AreEqual(_project.Path("model.onnx"), manifest.Model.Value);
        Assert.AreEqual("tiny.int8.onnx", manifest.Output.Value);
        Assert.IsNull(manifest.Validation);
        Assert.IsFalse(manifest.Compression.IsAccuracyAware);
        Assert.AreEqual("mixed", manifest.Compression.Quantization.Preset!.Value);
        var (line, column) = Place(Simplified, "\"mixed\"");
        Assert.AreEqual(new SourcePosition(_project.Path("pot.json"), line, column), manifest.Compression.Quantization.Preset.Position, "values keep line and column");
        Assert.AreEqual(10, manifest.Compression.Quantization.StatSubsetSize!.Value);
        var source = (ImageSourceSpecification)manifest.Calibration;
        Assert.AreEqual(_project.Path("images"), source.Images.Value);
        Assert.AreEqual("color Bgr; fraction 0.875; resize 16 x 16 Bilinear False; nchw", Steps(source));
    }

    /// <summary>The defaults of the original's algorithms (fast_bias_correction, bias_correction, minmax), which those of a quantize.yaml are not.</summary>
    [TestMethod]
    [DataRow("CPU", "", 2, true)]
    [DataRow("ANY", "\"use_fast_bias\": true", 2, true)]
    [DataRow("CPU", "\"use_fast_bias\": false", 1000, true)]
    [DataRow("GPU", "", 2, false)]
    [DataRow("CPU", "\"base_algorithm\": \"MinMaxQuantization\"", 0, true)]
    public void Read_WithoutThresholdAndSaturationFix_HasTheDefaultsOfTheOriginal(string device, string parameters, double threshold, bool fixes)
    {
        var json = Checker.Replace("\"maximal_drop\": 0.02, \"max_iter_num\": 5", parameters, StringComparison.Ordinal).Replace("\"compression\": {", $"\"compression\": {{ \"target_device\": \"{device}\",", StringComparison.Ordinal);
        var quantization = _project.Read(json).Compression.Quantization;

        Assert.AreEqual(threshold, quantization.Threshold!.Value);
        Assert.AreEqual(fixes ? SaturationFix.FirstLayer : (SaturationFix?)null, quantization.SaturationFix?.Value);
    }

    [TestMethod]
    [DataRow("", 2, 1000)]
    [DataRow(", \"threshold\": 5", 5, 5)]
    public void Read_TuneHyperparams_TriesEitherBiasCorrectionWithTheDefaultOfTheOriginal(string threshold, double fast, double full)
    {
        var settings = _project.Read(Checker.Replace("\"maximal_drop\": 0.02", "\"maximal_drop\": 0.02, \"tune_hyperparams\": true" + threshold, StringComparison.Ordinal)).Compression;
        var trials = SettingsGrid.Spaces(settings)[1].Select(change => change.Of(settings).Quantization).ToArray();
        CollectionAssert.AreEqual(new[] { (true, fast), (false, full) }, trials.Select(t => (t.UseFastBias, t.Threshold!.Value)).ToArray());
    }

    [TestMethod]
    public void Read_LayerwiseConfigs_KeepTheirNames()
    {
        var json = Simplified.Replace("\"preset\": \"mixed\"", "\"layerwise_configs\": [ { \"conv/fq_weights_1\": { \"granularity\": \"pertensor\" } } ]", StringComparison.Ordinal);
        var config = _project.Read(json).Compression.Quantization.LayerwiseConfigs.Single();

        Assert.AreEqual(("conv/fq_weights_1", "pertensor"), (config.Name.Value, config.Settings.Granularity!.Value));
        var (line, column) = Place(json, "\"conv/fq_weights_1\"");
        Assert.AreEqual((line, column), (config.Name.Position.Line, config.Name.Position.Column));
    }

    [TestMethod]
    public void Read_WithoutParamsAndDevice_HasTheDefaultsOfTheOriginal()
    {
        var start = Simplified.IndexOf(", \"params\"", StringComparison.Ordinal);
        var json = Simplified[..start] + Simplified[(Simplified.IndexOf('}', start) + 1)..];
        var quantization = _project.Read(json.Replace("\"target_device\": \"CPU\",", "", StringComparison.Ordinal)).Compression.Quantization;

        Assert.AreEqual((2.0, SaturationFix.FirstLayer), (quantization.Threshold!.Value, quantization.SaturationFix!.Value));
    }

    [TestMethod]
    public void Read_ThresholdAndSaturationFixThatAreGiven_AreTaken()
    {
        var quantization = _project.Read(Simplified.Replace("\"preset\": \"mixed\",", "\"threshold\": 3.5, \"saturation_fix\": \"no\",", StringComparison.Ordinal)).Compression.Quantization;

        Assert.AreEqual((3.5, SaturationFix.No), (quantization.Threshold!.Value, quantization.SaturationFix!.Value));
    }

    [TestMethod]
    public void Read_SimplifiedWithAListAndAGrayModelOfAnotherLayout_FollowsTheModel()
    {
        PotProject.Model(1, channelsLast: true).Save(_project.Path("model.onnx"));
        _project.Write("images/list.txt", "i03.png\ni01.png\n");
        var source = (ImageSourceSpecification)_project.Read(Simplified.Replace("\"layout\": \"NCHW\", ", "", StringComparison.Ordinal).Replace("\"images\"", "\"images/list.txt\"", StringComparison.Ordinal)).Calibration;

        Assert.AreEqual("color Gray; fraction 0.875; resize 16 x 16 Bilinear False; nhwc", Steps(source));
        var loader = QuantizeTasks.Data.DataSource.Open(source);
        Assert.AreEqual("i03.png i01.png", string.Join(' ', Enumerable.Range(0, loader.Count).Select(i => loader.Load(i).Name)));
    }

    [TestMethod]
    public void Read_AccuracyChecker_IsValidationWithMetrics()
    {
        var manifest = _project.Read(Checker);

        var source = (ImageSourceSpecification)manifest.Validation!;
        Assert.AreSame(manifest.Validation, manifest.Calibration);
        Assert.AreEqual("color Bgr; resize shorter 18 Bilinear False; crop 16 x 16; color Rgb; normalize 123.675 116.28 103.53 / 58.624 57.12 57.375; nchw", Steps(source));
        Assert.AreEqual((AnnotationFormat.ImageNet, _project.Path("val.txt"), 1), (source.Annotations!.Format, source.Annotations.Path.Value, source.Annotations.FirstClass));
        CollectionAssert.AreEqual(new[] { "accuracy@top1", "accuracy@top2" }, manifest.Metrics.Select(m => m.Name.Value).ToArray());
        Assert.AreEqual(0.02, manifest.Compression.Accuracy.MaximalDrop!.Value);
        Assert.AreEqual(5, manifest.Compression.Accuracy.MaxIterNum);
        Assert.AreEqual(3L, QuantizeTasks.Data.DataSource.Open(source).Load(2).Label!.As<long>()[0], "class 2 of the list behind a background class");
    }

    [TestMethod]
    public void Read_CheckerInAFileOfAnotherFolder_ResolvesPathsFromThere()
    {
        _project.Write("ac/tiny.yml", """
            models:
              - name: tiny
                launchers:
                  - framework: openvino
                    adapter: { type: classification, classification_output: y }
                datasets:
                  - name: x
                    data_source: ../images
                    reader: pillow_imread
                    annotation_conversion: { converter: imagenet, annotation_file: ../val.txt }
                    preprocessing:
                      - { type: resize, dst_width: 16, dst_height: 16, resize_realization: pillow, interpolation: BICUBIC }
                      - type: normalization
                        mean: imagenet
                    metrics:
                      - type: accuracy
            """);
        var engine = Checker[Checker.IndexOf("\"engine\"", StringComparison.Ordinal)..Checker.IndexOf("\"compression\"", StringComparison.Ordinal)];
        var manifest = _project.Read(Checker.Replace(engine, "\"engine\": { \"type\": \"accuracy_checker\", \"config\": \"ac/tiny.yml\" },", StringComparison.Ordinal));

        var source = (ImageSourceSpecification)manifest.Validation!;
        Assert.AreEqual(_project.Path("images"), source.Images.Value);
        Assert.AreEqual("color Rgb; resize 16 x 16 Bicubic True; normalize 104.00699 116.66877 122.67892 / 1 1 1; nchw", Steps(source));
        Assert.AreEqual("y", manifest.Metrics.Single().Parameters["output"].Value);
        CollectionAssert.AreEqual(new[] { _project.Path("ac", "tiny.yml") }, manifest.Includes.ToArray());
        CollectionAssert.Contains(RunInputs.Files(manifest).ToArray(), _project.Path("ac", "tiny.yml"));
        CollectionAssert.Contains(RunInputs.Files(manifest).ToArray(), _project.Path("val.txt"));
    }

    [TestMethod]
    public void Read_DatasetsForOptimizationAndEvaluation_AreCalibrationAndValidation()
    {
        var dataset = Checker[Checker.IndexOf("\"datasets\": [ {", StringComparison.Ordinal)..(Checker.IndexOf("} ]\n  },", StringComparison.Ordinal) + 3)];
        var manifest = _project.Read(Checker.Replace(dataset, """
            "datasets": {
              "preprocessing": [ { "type": "auto_resize" } ],
              "optimization": { "data_source": "images" },
              "evaluation": { "data_source": "images", "reader": { "type": "opencv_imread", "reading_flag": "gray" }, "annotation_conversion": { "converter": "imagenet", "annotation_file": "val.txt" }, "metrics": [ { "type": "accuracy" } ] }
            }
            """, StringComparison.Ordinal));
        Assert.AreEqual("color Gray; resize 16 x 16 Bilinear False; nchw", Steps((ImageSourceSpecification)manifest.Validation!));
        Assert.AreEqual("color Bgr; resize 16 x 16 Bilinear False; nchw", Steps((ImageSourceSpecification)manifest.Calibration));
        Assert.IsNull(((ImageSourceSpecification)manifest.Calibration).Annotations);
    }

    [TestMethod]
    public void Read_Csv_IsTheTableOfLabels()
    {
        _project.Write("val.csv", "file,label,slice\n" + string.Concat(Enumerable.Range(0, PotProject.Images).Select(i => $"{PotProject.Name(i)},{i % 4},{(i < 3 ? "night" : "day")}\n")));
        var source = (ImageSourceSpecification)_project.Read(Checker.Replace("""{ "converter": "imagenet", "annotation_file": "val.txt", "has_background": true }""", """{ "converter": "csv", "annotation_file": "val.csv" }""", StringComparison.Ordinal)).Validation!;
        Assert.AreEqual((_project.Path("val.csv"), null), (source.Labels!.Value, source.Annotations));
        var sample = QuantizeTasks.Data.DataSource.Open(source).Load(2);
        Assert.AreEqual((2L, "night"), (sample.Label!.As<long>()[0], sample.Slice));
    }

    [TestMethod]
    public void Read_MetricsOfTheAlgorithm_ChooseAmongThoseOfTheEngine()
    {
        var manifest = _project.Read(Checker.Replace("\"maximal_drop\"", "\"metrics\": [ { \"name\": \"top2\", \"baseline_value\": 0.75 } ], \"maximal_drop\"", StringComparison.Ordinal));
        var metric = manifest.Metrics.Single();
        Assert.AreEqual(("accuracy@top2", 0.75), (metric.Name.Value, metric.BaselineValue!.Value));
    }

    /// <summary>Types whose samples have no value of their own, and recommendations: what the original ranks by then.</summary>
    [TestMethod]
    [DataRow("cmc", "cosine", null)]
    [DataRow("spearman_correlation_coef", "cosine", null)]
    [DataRow("ndcg", "log_loss", "logits")]
    [DataRow("accuracy", null, null)]
    public void Read_TypeOfAMetric_SaysWhatRanksInItsPlace(string type, string? ranking, string? scores)
    {
        var metric = _project.Read(Checker.Replace("\"maximal_drop\"", $"\"metrics\": [ {{ \"name\": \"top2\", \"type\": \"{type}\" }} ], \"maximal_drop\"", StringComparison.Ordinal)).Metrics.Single();
        Assert.AreEqual("accuracy@top2", metric.Name.Value);
        Assert.AreEqual(ranking, metric.RankingMetric?.Name.Value);
        Assert.AreEqual(scores, metric.RankingMetric?.Parameters.GetValueOrDefault("scores")?.Value);
    }

    [TestMethod]
    public void Read_Overrides_TakeThePlaceOfTheConfigurationsValues()
    {
        PotProject.Model(1).Save(_project.Path("gray.onnx"));
        var manifest = _project.Read(Simplified, overrides: new ManifestOverrides([new("preset", "performance", "option --preset"), new("model", _project.Path("gray.onnx"), "option --model")]));
        Assert.AreEqual("performance", manifest.Compression.Quantization.Preset!.Value);
        StringAssert.StartsWith(Steps((ImageSourceSpecification)manifest.Calibration), "color Gray");
    }

    [TestMethod]
    public void Read_ManifestInJsonForm_IsAManifest()
    {
        var manifest = _project.Read("""
            { "model": "model.onnx", // as in quantize.yaml
              "data": { "validation": { "images": "images", "annotations": { "imagenet": "val.txt" }, "preprocess": [ { "resize": { "width": 16, "height": 16 } } ] } },
              "metrics": [ { "name": "accuracy@top1" } ], }
            """, "quantize.json");
        Assert.AreEqual("accuracy@top1", manifest.Metrics.Single().Name.Value);
    }

    [TestMethod]
    [DataRow("\"model.onnx\",", "\"model.xml\",", DiagnosticCodes.OpenVinoModel, "torch.onnx.export", "\"model.xml\"")]
    [DataRow("\"model.onnx\",", "\"model.onnx\", \"weights\": \"model.bin\",", DiagnosticCodes.PotKeyUnsupported, "an ONNX model holds its weights", "\"model.bin\"")]
    [DataRow("\"model.onnx\",", "\"model.onnx\", \"cascade\": [ { \"name\": \"p\", \"model\": \"pnet.onnx\" }, { \"name\": \"r\", \"model\": \"rnet.onnx\" } ],", DiagnosticCodes.PotKeyUnsupported, "names it: pnet.onnx, then rnet.onnx", "[ { \"name\"")]
    [DataRow("\"data_source\"", "\"data_sources\"", DiagnosticCodes.PotKeyUnsupported, "Did you mean 'data_source'?", "\"data_sources\"")]
    [DataRow("\"layout\": \"NCHW\"", "\"layout\": \"NCWH\"", DiagnosticCodes.PotKeyUnsupported, "Did you mean 'NCHW'?", "\"NCWH\"")]
    [DataRow("\"simplified\"", "\"data_free\"", DiagnosticCodes.PotKeyUnsupported, "accuracy_checker, simplified", "\"data_free\"")]
    [DataRow("\"preset\": \"mixed\"", "\"perset\": \"mixed\"", DiagnosticCodes.UnknownKey, "Did you mean 'preset'?", "\"perset\"")]
    [DataRow("\"central_fraction\": 0.875", "\"central_fraction\": 1.5", DiagnosticCodes.ValueOutOfRange, "central_fraction", "1.5")]
    [DataRow("\"DefaultQuantization\"", "\"AccuracyAwareQuantization\"", DiagnosticCodes.MissingKey, "has no metric", "\"AccuracyAware")]
    [DataRow("\"target_device\": \"CPU\"", "\"target_device\": \"TPU\"", DiagnosticCodes.UnknownName, "target_device", "\"TPU\"")]
    [DataRow("\"compression\": {", "\"compresion\": {", DiagnosticCodes.PotKeyUnsupported, "Did you mean 'compression'?", "\"compresion\"")]
    public void Read_Mistake_IsReportedWhereItStands(string old, string replacement, string code, string message, string at)
    {
        var text = Simplified.Replace(old, replacement, StringComparison.Ordinal);
        var errors = _project.Errors(text);
        var error = errors.FirstOrDefault(e => e.Code == code && e.Position is { } p && (p.Line, p.Column) == Place(text, at));
        Assert.IsNotNull(error, string.Join('\n', errors));
        StringAssert.Contains(error.Message, message);
    }

    [TestMethod]
    [DataRow("\"converter\": \"imagenet\"", "\"converter\": \"imagenet2012\"", "Did you mean 'imagenet'?")]
    [DataRow("\"type\": \"crop\"", "\"type\": \"corner_crop\"", "The preprocessing 'corner_crop' is not supported")]
    [DataRow("\"size\": 16 }", "\"size\": 16, \"max_square\": true }", "The key 'max_square' in 'datasets[0].preprocessing[1] (crop)' is not supported")]
    [DataRow("\"aspect_ratio_scale\": \"greater\"", "\"aspect_ratio_scale\": \"frcnn_keep_aspect_ratio\"", "supported: greater, fit_to_window")]
    [DataRow("\"size\": 18", "\"size\": 18, \"interpolation\": \"CUBIC\"", "'datasets[0].preprocessing[0] (resize).interpolation' is 'CUBIC'; supported: linear, area.")]
    [DataRow("\"type\": \"accuracy\", \"top_k\": 2", "\"type\": \"hit_ratio\"", "The metric 'hit_ratio' is not supported")]
    [DataRow("\"adapter\": \"classification\"", "\"adapter\": \"reid\"", "'launchers[0].adapter.type' is 'reid'")]
    [DataRow("\"name\": \"a_name\"", "\"subsample_size\": \"10%\"", "'datasets[0].subsample_size' must be a whole number")]
    [DataRow("\"type\": \"accuracy\", \"top_k\": 2", "\"type\": \"map\"", "The adapter 'classification' is not supported with boxes")]
    [DataRow("\"type\": \"accuracy\", \"top_k\": 2", "\"type\": \"mean_iou\"", "needs masks: 'annotation_conversion' with 'voc_segmentation'")]
    [DataRow("\"bgr_to_rgb\"", "\"rgb_to_gray\"", "finds an image whose channels are bgr")]
    [DataRow("\"maximal_drop\"", "\"metrics\": [ { \"name\": \"acuracy@top1\" } ], \"maximal_drop\"", "Did you mean 'accuracy@top1'?")]
    [DataRow("\"maximal_drop\": 0.02", "\"tune_hyperparams\": \"no\"", "tune_hyperparams")]
    [DataRow("\"maximal_drop\"", "\"metrics\": [ { \"name\": \"top2\", \"baseline_value\": 0.75 }, { \"name\": \"accuracy@top1\" } ], \"maximal_drop\"", "'baseline_value' is given for 1 of 2 metrics")]
    [DataRow("\"maximal_drop\"", "\"metrics\": [], \"maximal_drop\"", "no metric to measure")]
    public void Read_WhatIsNotSupported_IsNamed(string old, string replacement, string message)
    {
        var errors = _project.Errors(Checker.Replace(old, replacement, StringComparison.Ordinal));
        Assert.IsTrue(errors.Any(e => e.Message.Contains(message, StringComparison.Ordinal)), string.Join('\n', errors));
        Assert.IsTrue(errors.All(e => e.Position is { Line: > 0 }));
    }

    [TestMethod]
    public void Read_PipelineOfTheOriginal_CannotLeaveTheImagesFolder()
    {
        _project.Write("val.txt", "../model.onnx 1\n");
        var error = Assert.ThrowsExactly<QuantizeException>(() => QuantizeTasks.Data.DataSource.Open(_project.Read(Checker).Validation!));
        Assert.AreEqual(DiagnosticCodes.DataNotFound, error.Diagnostics.Single().Code);
    }

    private static (int Line, int Column) Place(string text, string needle)
    {
        var before = text[..text.IndexOf(needle, StringComparison.Ordinal)].Split('\n');
        return (before.Length, before[^1].Length + 1);
    }

    private static string Steps(ImageSourceSpecification source) => string.Join("; ", source.Preprocess.Select(s => s switch
    {
        ColorStep c => $"color {c.Color}",
        CentralFractionStep f => FormattableString.Invariant($"fraction {f.Fraction}"),
        ResizeStep { Shorter: { } shorter } r => $"resize shorter {shorter} {r.Method} {r.Antialias}",
        ResizeStep r => $"resize {r.Width} x {r.Height} {r.Method} {r.Antialias}",
        CenterCropStep c => $"crop {c.Width} x {c.Height}",
        NormalizeStep n => FormattableString.Invariant($"normalize {string.Join(' ', n.Mean.Select(v => FormattableString.Invariant($"{v}")))} / {string.Join(' ', n.Std.Select(v => FormattableString.Invariant($"{v}")))}"),
        LayoutStep l => l.ChannelsFirst ? "nchw" : "nhwc",
        _ => s.ToString(),
    }));
}
