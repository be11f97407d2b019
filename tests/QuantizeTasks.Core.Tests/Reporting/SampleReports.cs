using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests;

/// <summary>Made-up records of runs, of the shapes that real ones have.</summary>
internal static class SampleReports
{
    /// <summary>A depthwise network that needed eleven steps: 54 layers, 4 of them in float.</summary>
    public static RunReport WithinBudget()
    {
        string[] reverted = ["features.1.conv.0", "features.1.conv.2", "features.0.0", "features.17.conv.1"];
        double[] drops = [0.431, 0.113, 0.042, 0.019, 0.024, 0.011, 0.0083, 0.0091, 0.0062, 0.0055, 0.0035];
        return new RunReport
        {
            Status = RunStatus.WithinBudget,
            Manifest = "/repo/app/quantize.yaml",
            Model = new ModelRecord("/repo/app/models/mobilenet.onnx", Digits('a'), 13, 13_964_571),
            Output = new OutputRecord("/repo/app/bin/models/mobilenet.int8.onnx", Digits('b'), 4_107_215),
            Metrics = [new MetricRecord("accuracy@top1", true, 0.719, 0.7155, 0.288, 0.0035, 0.005, "absolute", true, 1000)],
            Layers = new LayerRecord(54, 50, [.. reverted], Layers(reverted)) { ErrorSamples = 8 },
            Ranges = new RangesRecord("mixed", "minmax", true, [new("performance", "mse", 8, 0.021), new("performance", "minmax", 8, 0.013), new("performance", "mse", 64, 0.022), new("performance", "minmax", 64, 0.014), new("mixed", "minmax", 64, 0.012)]),
            Tensors = [.. Enumerable.Range(0, 54).Select(Tensor)],
            Network = Network(reverted),
            Iterations = 10,
            Evaluations = new EvaluationRecord(163, 21_400, 8_200),
            Selection = new SelectionRecord("CPU", "measured", ["features.0.0", "features.1.conv.0"], 7400, 3300, 7.95, 3.6),
            Latency = new LatencyRecord(7.91, 3.64, 0.46, 1),
            Runtime = new RuntimeRecord("Microsoft.ML.OnnxRuntime", "1.29.0", "x64-avx512-vnni"),
            Timings = [new("prepare", 0.61), new("baseline", 9.4), new("calibrate", 4.02), new("quantize", 1.3), new("rank", 31.7), new("search", 44.9), new("latency", 2.2), new("publish", 0.05)],
            Search = [.. drops.Select((drop, i) => new IterationRecord(i, i == 0 ? "everything in int8" : $"{Name(i)} to float", [.. reverted.Take(i)], [drop], i is not (4 or 7)))],
            SearchDetails = new SearchRecord
            {
                Strategy = "fast",
                End = "withinBudget",
                Effort = new SearchEffortRecord(58, 5_300, 76.6, 70.1, 58, 20_200),
                Changed = [.. reverted.Select((layer, i) => new ChangedGroupRecord(layer, [layer], "float", 0.1 / (i + 1), i == 3, 120 - i, i, "channel 7 of its input 'x' is an outlier: 38 times the median channel"))],
                Ranking = [.. reverted.Select((layer, i) => new RankingRecord(i + 1, layer, [layer], 0.7 - (0.1 * i), 128, 0.8 - (0.2 * i), 0.02, "float"))],
                Frontier = [new FrontierRecord(0, 0, [0.431], 1), new FrontierRecord(10, 4, [0.0035], 0.93)],
            },
            Report = "/repo/app/bin/quantize-report/mobilenet.int8/report.html",
        };
    }

    /// <summary>The same network after 30 of 30 iterations, 2.4 points below a budget of 0.5.</summary>
    public static RunReport BudgetExceeded()
    {
        var report = WithinBudget();
        return report with
        {
            Status = RunStatus.BudgetExceeded,
            Output = null,
            Latency = null,
            Metrics = [report.Metrics[0] with { Quantized = 0.695, Drop = 0.024, WithinBudget = false }],
            Iterations = 30,
            BestSoFar = "/repo/app/bin/quantize-report/mobilenet.int8/best.onnx",
        };
    }

    /// <summary>A regression model in which lower is better.</summary>
    public static RunReport Gauge() => WithinBudget() with
    {
        Manifest = "/repo/app/gauge.quantize.yaml",
        Model = new ModelRecord("/repo/app/gauge.onnx", Digits('c'), 17, 340_000),
        Output = new OutputRecord("/repo/app/bin/gauge.int8.onnx", Digits('d'), 100_000),
        Metrics = [new MetricRecord("mae", false, 0.0121, 0.0123, 0.0153, 0.0002, 0.0006, "absolute", true, 400)],
        Layers = new LayerRecord(18, 16, ["head.0", "head.2"], []),
        Latency = new LatencyRecord(2.1, 1.0, 0.476, 1),
        Search = [],
        Report = "/repo/app/bin/quantize-report/gauge.int8/report.html",
    };

    /// <summary>A report in which every text that comes from outside is hostile.</summary>
    public static RunReport Hostile()
    {
        const string evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;</style></title></table>";
        var report = WithinBudget();
        return report with
        {
            Manifest = $"/repo/{evil}.yaml",
            Model = report.Model with { Path = $"/repo/{evil}.onnx", Sha256 = evil },
            Output = report.Output! with { Path = $"/repo/{evil}.int8.onnx", Sha256 = evil },
            Metrics = [report.Metrics[0] with { Name = evil, DropType = evil }],
            Layers = new LayerRecord(2, 1, [evil], [new LayerDetail(evil, evil, evil, evil + "group", 1, 0.5, evil), new LayerDetail("b", "Conv", "int8", "b", 2, 0.25, "fine")]),
            Runtime = new RuntimeRecord(evil, evil, evil),
            Ranges = new RangesRecord(evil, evil, true, [new(evil, evil, 8, 0.1)]),
            Tensors = [new TensorRecord(evil, evil, 0.1, 3, -1, 2) { Values = new HistogramRecord(-1, 2, 0, 0.1, [1, 2, 3]) }],
            Network = [new NetworkNode(evil, evil, evil, []), new NetworkNode("b", "Conv", "int8", [0])],
            Saturation = [new SaturationRecord(evil, 1, 2, 3, 1)],
            SearchDetails = new SearchRecord
            {
                Strategy = evil, End = evil, Effort = new SearchEffortRecord(1, 1, 1, 1, 1, 1), NextSteps = [evil],
                Changed = [new ChangedGroupRecord(evil, [evil], evil, 0.1, true, 1, 1, evil)], Ranking = [new RankingRecord(1, evil, [evil], 1, 1, 1, 1, evil)],
            },
            Limits = [new LimitRecord(evil, 1, 1, false)],
            Timings = [new(evil, 1)],
            Search = [new IterationRecord(0, evil, [evil], [0.4], true), new IterationRecord(1, evil, [evil], [0.003], false)],
            BestSoFar = evil,
        };
    }

    private static ImmutableArray<LayerDetail> Layers(string[] reverted) =>
        [.. Enumerable.Range(0, 54).Select(i =>
        {
            var name = Name(i);
            var isFloat = reverted.Contains(name);
            return new LayerDetail(name, i == 53 ? "Gemm" : "Conv", isFloat ? "float" : "int8", i % 7 == 3 ? Name(i - 1) : name,
                i < 24 ? Rank(i) : null, i < 24 ? Math.Round(0.72 - (0.011 * Rank(i)), 4) : null,
                isFloat ? "returned to float by the search: the drop fell from 1.9 to 1.1 points" : "within budget in int8")
            {
                FloatUs = 130 + i, Int8Us = 60 + i, Input = TensorName(i), WeightDecibels = 36.5 + (i % 9), LocalDecibels = isFloat ? 9.5 : 28.5 + (i % 13), AccumulatedDecibels = 24.5 - (i % 7),
            };
        }),
        new LayerDetail("head/flatten", "Flatten", "skipped", null, null, null, "moves data only"),
        new LayerDetail("head/softmax", "Softmax", "skipped", null, null, null, "ONNX Runtime has no int8 kernel that is faster")];

    private static string TensorName(int layer) => layer == 0 ? "input" : Name(layer - 1) + "/output";

    /// <summary>Every second tensor comes from a Relu: never negative, and half of it zeros.</summary>
    private static TensorRecord Tensor(int i)
    {
        var (low, high) = (i % 2 == 0 ? 0 : -2.5, 3.5 + (0.25 * (i % 5)));
        ImmutableArray<long> counts = [.. Enumerable.Range(0, 48).Select(bin => (long)(10000 * Math.Exp(-0.02 * Math.Pow(bin - (i % 2 == 0 ? 0 : 20), 2))))];
        return new TensorRecord(TensorName(i), "uint8", (high - low) / 255, i % 2 == 0 ? 0 : 106, low, high) { Values = new HistogramRecord(1.25 * low, 1.25 * high, i % 2 == 0 ? 0.5 : 0, 0.0004, counts) };
    }

    /// <summary>A chain with a skip connection around every third convolution, and the head.</summary>
    private static ImmutableArray<NetworkNode> Network(string[] reverted)
    {
        var nodes = new List<NetworkNode>();
        for (var (i, last, before) = (0, -1, -1); i < 54; i++)
        {
            nodes.Add(new NetworkNode(Name(i), i == 53 ? "Gemm" : "Conv", reverted.Contains(Name(i)) ? "float" : "int8", last < 0 ? [] : [last]));
            last = nodes.Count - 1;
            if (i % 3 == 0 && i < 53)
            {
                if (before >= 0)
                    nodes.Add(new NetworkNode(Name(i) + "/add", "Add", i % 2 == 0 ? "int8" : "skipped", [before, last]));
                last = nodes.Count - 1;
                before = last;
            }
        }
        nodes.Add(new NetworkNode("head/flatten", "Flatten", "passes", [nodes.Count - 1]));
        nodes.Add(new NetworkNode("head/softmax", "Softmax", "skipped", [nodes.Count - 1]));
        return [.. nodes];
    }

    // 7 and 24 share no divisor, so this is a permutation of 1..24.
    private static int Rank(int layer) => (layer * 7 % 24) + 1;

    private static string Name(int layer) => layer switch
    {
        0 => "features.0.0",
        53 => "classifier.1",
        _ => string.Create(CultureInfo.InvariantCulture, $"features.{(layer + 2) / 3}.conv.{(layer + 2) % 3}"),
    };

    private static string Digits(char digit) => new(digit, 64);
}
