using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// POT's ActivationChannelAlignment: between two convolutions with nothing in between, channels of very different ranges share one scale. Their ranges are made alike by moving a
/// factor, and their middles to zero by moving an offset, from the first convolution's weights and bias into the second's: exact in float
/// (openvino/tools/pot/algorithms/quantization/channel_alignment; equalization as in Nagel et al. 2019, section 4.1).
/// POT also takes a MatMul as the first of the two; in ONNX its channels are on the last axis, where a convolution has none.
/// </summary>
internal static class ChannelAlignment
{
    /// <summary>The share of values on either side that a channel's range leaves out.</summary>
    private const double Outside = 1e-4;

    private static readonly Reduction Low = Reduction.Quantile(Outside).Along(1);
    private static readonly Reduction High = Reduction.Quantile(1 - Outside).Along(1);

    private const double SmallestFactor = 0.01;
    private const double LargestFactor = 100;

    /// <summary>The tensors between such convolutions that are quantized.</summary>
    public static ImmutableArray<string> Candidates(PreparedModel prepared, QuantizerPlacement placement)
    {
        var quantized = placement.Quantizers.SelectMany(q => q.Tensors).ToHashSet(StringComparer.Ordinal);
        return [.. prepared.Model.Graph.Nodes.Select(consumer => Pair(prepared, consumer)).Where(pair => pair is not null && quantized.Contains(pair.Value.Producer.Output)).Select(pair => pair!.Value.Producer.Output)];
    }

    /// <summary>What has to be known of the candidates.</summary>
    public static ImmutableArray<Observation> Observe(PreparedModel prepared, ImmutableArray<string> candidates) =>
        Observation.Merge(candidates.Select(tensor => Observation.Of(tensor, prepared.Tensors.Rank(tensor) ?? 0, Low, High)));

    /// <summary>Rewrites the pairs around the candidates, in graph order.</summary>
    /// <param name="prepared">The float model; a copy is rewritten.</param>
    /// <param name="candidates">Tensors that <see cref="Candidates"/> gave.</param>
    /// <param name="statistics">What <see cref="Observe"/> asks for.</param>
    /// <returns>The rewritten model, and the names of the convolutions whose weights took up the factors.</returns>
    public static (PreparedModel Prepared, ImmutableSortedSet<string> Rescaled) Apply(PreparedModel prepared, ImmutableArray<string> candidates, CalibrationStatistics statistics)
    {
        var rewritten = prepared with { Model = prepared.Model.Clone() };
        var graph = rewritten.Model.Graph;
        var rescaled = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        // A convolution can be the second of one pair and the first of the next; statistics of the next stay valid, as its output does not change.
        foreach (var tensor in candidates)
        {
            var (low, high) = (Medians(statistics[tensor][Low]), Medians(statistics[tensor][High]));
            var (producer, consumer) = Pair(rewritten, graph.Consumers(tensor)[0])!.Value;
            Shift(producer, consumer, [.. low.Zip(high, (l, h) => (l + h) / 2)]);
            if (Factors([.. low.Zip(high, (l, h) => h - l)]) is { } factors)
            {
                producer.DivideOutputs(factors);
                consumer.MultiplyInputs(factors);
            }
            if (ScalableLayer.TryStore(graph, producer, consumer))
                rescaled.Add(consumer.Name);
        }
        return (rewritten, rescaled.ToImmutable());
    }

    /// <summary>The factors that bring ranges to the median of those that are not empty; null when all are.</summary>
    public static double[]? Factors(double[] ranges)
    {
        double[] positive = [.. ranges.Where(r => r > 0).Order()];
        if (positive.Length == 0)
            return null;
        var median = (positive[(positive.Length - 1) / 2] + positive[positive.Length / 2]) / 2;
        return [.. ranges.Select(r => r > 0 ? Math.Clamp(r / median, SmallestFactor, LargestFactor) : 1)];
    }

    private static double[] Medians(SampleSeries series) => [.. Enumerable.Range(0, series.Channels).Select(c => OrderStatistics.Quantile(series.Values(c), 0.5))];

    private static void Shift(ScalableLayer producer, ScalableLayer consumer, double[] middles)
    {
        for (var c = 0; c < middles.Length; c++)
            producer.Bias[c] -= middles[c];
        for (var i = 0; i < consumer.Weights.Length; i++)
            consumer.Bias[consumer.OutputOf(i)] += consumer.Weights[i] * middles[consumer.InputOf(i)];
    }

    private static (ScalableLayer Producer, ScalableLayer Consumer)? Pair(PreparedModel prepared, NodeProto node)
    {
        var graph = prepared.Model.Graph;
        if (!IsPlain(node) || graph.Producer(node.Input[0]) is not { OpType: "Conv" } before || before.Int("group", 1) != 1 || LinearLayer.SoleReader(graph, node.Input[0]) is null
            || ScalableLayer.Of(graph, before, prepared.Tensors) is not { } producer || ScalableLayer.Of(graph, node, prepared.Tensors) is not { } consumer)
            return null;
        return producer.Outputs == consumer.Inputs ? (producer, consumer) : null;
    }

    /// <summary>A convolution of one group that sees its input as it is, everywhere alike: an offset moves through it only without padding.</summary>
    private static bool IsPlain(NodeProto node) => node.OpType == "Conv" && node.Domain is "" or "ai.onnx" && node.Int("group", 1) == 1
        && node.Text("auto_pad", "NOTSET") is "NOTSET" or "VALID" && AreAll(node, "pads", 0) && AreAll(node, "strides", 1) && AreAll(node, "dilations", 1);

    private static bool AreAll(NodeProto node, string attribute, long value) => node.Ints(attribute)?.All(v => v == value) ?? true;
}
