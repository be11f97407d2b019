using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>
/// The float model with the reductions of the observed tensors as its only outputs (POT's <c>inplace_statistics</c>): a handful of numbers leave
/// the runtime for each tensor instead of the tensor, and what no observed tensor depends on is not computed.
/// </summary>
/// <param name="Bytes">The model.</param>
/// <param name="Outputs">For each observation, in order: the names of its minimum, its maximum and its means.</param>
internal sealed record ObservedModel(byte[] Bytes, ImmutableArray<(string Minimum, string Maximum, string Means)> Outputs)
{
    /// <summary>From this version on the axes of ReduceMean are an input (ONNX operator ReduceMean, version 18).</summary>
    private const int AxesAreInput = 18;

    public static ObservedModel Create(OnnxModel model, IReadOnlyList<Observation> observations)
    {
        var copy = model.Clone();
        var graph = copy.Graph;
        var outputs = ImmutableArray.CreateBuilder<(string, string, string)>(observations.Count);
        var names = new List<string>(observations.Count * 3);
        foreach (var observation in observations)
        {
            var minimum = Reduce(graph, "ReduceMin", observation.Tensor);
            var maximum = Reduce(graph, "ReduceMax", observation.Tensor);
            var means = Mean(graph, observation, copy.Opset);
            outputs.Add((minimum, maximum, means));
            names.AddRange([minimum, maximum, means]);
        }
        graph.Proto.Output.Clear();
        // An output without a type is allowed to ONNX Runtime, which fills in what it infers.
        graph.Proto.Output.AddRange(names.Select(name => new ValueInfoProto { Name = name }));
        return new(copy.ToBytes(), outputs.MoveToImmutable());
    }

    private static string Reduce(OnnxGraph graph, string operatorType, string tensor)
    {
        var output = graph.UniqueName($"{tensor}/{operatorType}");
        graph.Add(NodeAttributes.Node(operatorType, output, [tensor], output).With("keepdims", 0L));
        return output;
    }

    private static string Mean(OnnxGraph graph, Observation observation, long opset)
    {
        if (observation.ChannelAxis is not { } channelAxis)
            return Reduce(graph, "ReduceMean", observation.Tensor);
        long[] axes = [.. Enumerable.Range(0, observation.Rank).Where(axis => axis != channelAxis).Select(axis => (long)axis)];
        var output = graph.UniqueName($"{observation.Tensor}/ReduceMean");
        if (opset < AxesAreInput)
        {
            graph.Add(NodeAttributes.Node("ReduceMean", output, [observation.Tensor], output).With("keepdims", 0L).With("axes", axes));
            return output;
        }
        var constant = graph.UniqueName($"{output}/axes");
        graph.AddInitializer(TensorData.Int64s(constant, axes, axes.Length));
        graph.Add(NodeAttributes.Node("ReduceMean", output, [observation.Tensor, constant], output).With("keepdims", 0L));
        return output;
    }
}
