using System.Collections.Immutable;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// SmoothQuant (Xiao et al. 2022, section 4): the outliers of an activation sit in few channels and widen the one scale that all share. Part of their range is moved into the weights
/// of the matrix products that read it: X W = (X / s) (s W), s = max |X|^alpha / max |W|^(1 - alpha) for each channel, exact in float. The division must cost nothing, so it goes into what makes
/// the activation (<see cref="ScaleAbsorber"/>). Where nothing can take it the activation is left alone: a Mul of its own would be a float operator between int8 kernels, with a
/// conversion on either side.
/// </summary>
internal static class SmoothQuant
{
    /// <summary>Smaller maxima are noise, and factors of them would be wild (the paper's own code has the same bound).</summary>
    private const double SmallestMaximum = 1e-5;

    /// <summary>The activations that quantized matrix products read, in graph order.</summary>
    public static ImmutableArray<string> Candidates(PreparedModel prepared, QuantizerPlacement placement) =>
        [.. placement.Layers.Where(l => l.OperatorType is "MatMul" or "Gemm" && l.Weights is { Input: 1 } && prepared.Tensors.Rank(l.Inputs[0]) is >= 2).Select(l => l.Inputs[0]).Distinct(StringComparer.Ordinal)];

    /// <summary>What has to be known of the candidates.</summary>
    public static ImmutableArray<Observation> Observe(PreparedModel prepared, ImmutableArray<string> candidates) =>
        Observation.Merge(candidates.Select(tensor => Observation.Of(tensor, prepared.Tensors.Rank(tensor)!.Value, Maximum(prepared, tensor))));

    /// <summary>Moves ranges from the candidates into the weights behind them.</summary>
    /// <param name="prepared">The float model; a copy is rewritten.</param>
    /// <param name="candidates">Tensors that <see cref="Candidates"/> gave.</param>
    /// <param name="statistics">What <see cref="Observe"/> asks for.</param>
    /// <param name="alpha">How much of the range moves: 0 none of the activation's, 1 all.</param>
    /// <returns>The rewritten model (the same when nothing changed), and why some activations were left alone, by name.</returns>
    public static (PreparedModel Prepared, ImmutableSortedDictionary<string, string> Skipped) Apply(PreparedModel prepared, ImmutableArray<string> candidates, CalibrationStatistics statistics, double alpha)
    {
        var rewritten = prepared with { Model = prepared.Model.Clone() };
        var graph = rewritten.Model.Graph;
        var layers = graph.Nodes.Select(n => ScalableLayer.Of(graph, n, prepared.Tensors)).OfType<ScalableLayer>().ToDictionary(l => l.Name, StringComparer.Ordinal);
        var absorber = new ScaleAbsorber(graph, prepared.Tensors, layers.Values.ToDictionary(l => l.Output, StringComparer.Ordinal));
        var skipped = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var tensor in candidates)
        {
            var readers = graph.Consumers(tensor).Select(n => layers.GetValueOrDefault(n.Name)).ToArray();
            var axis = prepared.Tensors.Rank(tensor)!.Value - 1;
            if (graph.IsOutput(tensor) || readers.Any(r => r is null || r.Input != tensor || r.InputAxis != axis))
            {
                skipped[tensor] = "not only matrix products with weights of their own read it";
                continue;
            }
            if (absorber.Find(tensor, readers[0]!.Inputs, out var obstacle) is not { } edits)
            {
                skipped[tensor] = obstacle;
                continue;
            }
            var factors = Factors(statistics[tensor][Maximum(prepared, tensor)].Maxima, Largest(readers!), alpha);
            foreach (var edit in edits)
                edit(factors);
            foreach (var reader in readers)
                reader!.MultiplyInputs(factors);
        }
        var isChanged = skipped.Count < candidates.Length && ScalableLayer.TryStore(graph, [.. layers.Values.Where(l => l.IsChanged)]);
        return (isChanged ? rewritten : prepared, skipped.ToImmutable());
    }

    /// <summary>s for each channel.</summary>
    public static double[] Factors(IReadOnlyList<double> activations, double[] weights, double alpha) =>
        [.. weights.Select((w, c) => activations[c] < SmallestMaximum || w < SmallestMaximum ? 1 : Math.Pow(activations[c], alpha) / Math.Pow(w, 1 - alpha))];

    private static double[] Largest(ScalableLayer[] readers)
    {
        var largest = readers[0].InputMagnitudes();
        foreach (var reader in readers.Skip(1))
            largest = [.. largest.Zip(reader.InputMagnitudes(), Math.Max)];
        return largest;
    }

    private static Reduction Maximum(PreparedModel prepared, string tensor) => Reduction.AbsoluteMaximum.Along(prepared.Tensors.Rank(tensor)!.Value - 1);
}
