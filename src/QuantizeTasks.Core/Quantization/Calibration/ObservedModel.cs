using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>
/// The float model with the reductions of the observed tensors as its only outputs (POT's <c>inplace_statistics</c>): a handful of numbers leave
/// the runtime for each tensor instead of the tensor, and what no observed tensor depends on is not computed. For a quantile or a histogram the tensor itself is an output.
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="Outputs">Its outputs, in order.</param>
internal sealed record ObservedModel(OnnxModel Model, ImmutableArray<ObservedOutput> Outputs)
{
    /// <summary>From this version on the axes of a reduction are an input (ONNX operators ReduceMean, ReduceMin and ReduceMax, version 18).</summary>
    private const int AxesAreInput = 18;

    /// <param name="model">The float model; not changed.</param>
    /// <param name="observations">The tensors.</param>
    /// <param name="isInPlace">False to take whole tensors out of the runtime in any case.</param>
    public static ObservedModel Create(OnnxModel model, ImmutableArray<Observation> observations, bool isInPlace)
    {
        var copy = model.Clone();
        var outputs = ImmutableArray.CreateBuilder<ObservedOutput>();
        for (var i = 0; i < observations.Length; i++)
        {
            var observation = observations[i];
            var inside = isInPlace ? [.. observation.Reductions.Where(IsInPlace)] : ImmutableArray<Reduction>.Empty;
            // The runtime's minimum and maximum may pass over a NaN; a mean never does.
            if (isInPlace && !inside.Any(r => r.Kind == ReductionKind.Mean))
                inside = inside.Add(Reduction.Mean);
            foreach (var reduction in inside)
                outputs.Add(new(Reduce(copy.Graph, observation, reduction, copy.Opset), i, reduction));
            if (!isInPlace || observation.NeedsWholeTensor)
                outputs.Add(new(Whole(copy.Graph, observation.Tensor), i, null));
        }
        copy.Graph.Proto.Output.Clear();
        // An output without a type is allowed to ONNX Runtime, which fills in what it infers.
        copy.Graph.Proto.Output.AddRange(outputs.Select(output => new ValueInfoProto { Name = output.Name }));
        return new(copy, outputs.ToImmutable());
    }

    /// <summary>True for what the runtime reduces. An absolute maximum follows from minimum and maximum.</summary>
    public static bool IsInPlace(Reduction reduction) => reduction.Kind is ReductionKind.Minimum or ReductionKind.Maximum or ReductionKind.Mean;

    private static string Reduce(OnnxGraph graph, Observation observation, Reduction reduction, long opset)
    {
        var type = reduction.Kind switch
        {
            ReductionKind.Minimum => "ReduceMin",
            ReductionKind.Maximum => "ReduceMax",
            _ => "ReduceMean",
        };
        var output = graph.UniqueName($"{observation.Tensor}/{type}");
        var node = NodeAttributes.Node(type, output, [observation.Tensor], output).With("keepdims", 0L);
        if (reduction.Axis is { } channels)
        {
            long[] axes = [.. Enumerable.Range(0, observation.Rank).Where(axis => axis != channels).Select(axis => (long)axis)];
            if (opset < AxesAreInput)
                node.With("axes", axes);
            else
            {
                var constant = graph.UniqueName($"{output}/axes");
                graph.AddInitializer(TensorData.Int64s(constant, axes, axes.Length));
                node.Input.Add(constant);
            }
        }
        graph.Add(node);
        return output;
    }

    /// <summary>A copy, because an input of the model cannot be its output as well, and neither can a tensor twice.</summary>
    private static string Whole(OnnxGraph graph, string tensor)
    {
        var output = graph.UniqueName($"{tensor}/Identity");
        graph.Add(NodeAttributes.Node("Identity", output, [tensor], output));
        return output;
    }
}

/// <summary>An output of an <see cref="ObservedModel"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Observation">Index of the observation that it is of.</param>
/// <param name="Reduction">What it is of the tensor; null for the tensor itself.</param>
internal sealed record ObservedOutput(string Name, int Observation, Reduction? Reduction);
