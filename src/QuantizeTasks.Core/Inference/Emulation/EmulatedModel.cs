using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Inference.Emulation;

/// <summary>
/// An int8 model as x64 without VNNI computes it: the operators of the optimized graph that multiply unsigned by signed bytes are computed as <see cref="SaturatingPairs"/>
/// says, and ONNX Runtime runs everything else. Operators whose weights cannot saturate stay with the runtime, since there both compute the same.
/// </summary>
internal sealed class EmulatedModel : IModelRunner
{
    private readonly IReadOnlyList<TensorInfo> _inputs;
    private readonly ImmutableArray<(ModelSession? Session, EmulatedOperator? Operator)> _steps;
    private readonly Dictionary<EmulatedOperator, long[]> _counts;

    private EmulatedModel(IReadOnlyList<TensorInfo> inputs, IReadOnlyList<TensorInfo> outputs, ImmutableArray<EmulationStep> steps, string name)
    {
        (_inputs, Outputs) = (inputs, outputs);
        _steps = [.. steps.Select(s => (s.Part is { } part ? ModelSession.Create(part, name, Unoptimized) : null, s.Operator))];
        _counts = steps.Where(s => s.Operator is not null).ToDictionary(s => s.Operator!, _ => new long[2]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Outputs { get; }

    /// <summary>What the emulated operators saturated in all runs so far, in graph order.</summary>
    public ImmutableArray<SaturationCount> Counts =>
        [.. _counts.Select(c => new SaturationCount(OptimizedGraph.OriginalName(c.Key.Node.Name), c.Key.WeightPairs.Risky, c.Key.WeightPairs.All, Interlocked.Read(ref c.Value[0]), Interlocked.Read(ref c.Value[1])))];

    private static SessionSettings Unoptimized => new() { OptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };

    /// <summary>Prepares a model.</summary>
    /// <param name="open">Opens the model in ONNX Runtime with these settings.</param>
    /// <param name="name">What a message calls it.</param>
    /// <param name="everything">Also emulates operators whose weights cannot saturate.</param>
    /// <exception cref="QuantizeException">The runtime rejects the model, or it has an operator that is not emulated.</exception>
    public static EmulatedModel Create(Func<SessionSettings, ModelSession> open, string name, bool everything = false)
    {
        var (optimized, inputs, outputs) = OptimizedGraph.Read(open);
        var types = Types(optimized, name);
        var operators = optimized.Graph.Nodes.Select(node => EmulatedOperator.For(node, optimized.Graph, types)).OfType<EmulatedOperator>()
            .Where(o => everything || o.WeightPairs.Risky > 0).ToArray();
        return new EmulatedModel(inputs, outputs, EmulationPlan.Make(optimized, operators, types), name);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var info in _inputs)
            tensors[info.Name] = inputs.TryGetValue(info.Name, out var tensor) || (_inputs.Count == 1 && inputs.TryGetValue("", out tensor)) ? tensor
                : throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The data has no tensor for the model's input '{info.Name}'.");
        foreach (var (session, step) in _steps)
        {
            if (session is not null)
            {
                foreach (var (name, tensor) in session.Run(tensors))
                    tensors[name] = tensor;
                continue;
            }
            var (output, pairs, saturated) = step!.Run(tensors);
            tensors[step.Node.Output[0]] = output;
            Interlocked.Add(ref _counts[step][0], pairs);
            Interlocked.Add(ref _counts[step][1], saturated);
        }
        return Outputs.ToDictionary(o => o.Name, o => tensors.TryGetValue(o.Name, out var output) ? output
            : throw new QuantizeException(DiagnosticCodes.NotEmulated, $"The output '{o.Name}' does not depend on an input of the model, which the emulation does not provide for."));
    }

    public void Dispose()
    {
        foreach (var (session, _) in _steps)
            session?.Dispose();
    }

    /// <summary>Element types of all tensors, as the runtime infers them.</summary>
    private static Func<string, DataType?> Types(OnnxModel model, string name)
    {
        var probe = model.Clone().Proto;
        probe.Graph.Output.Clear();
        probe.Graph.Output.AddRange(probe.Graph.Node.SelectMany(n => n.Output).Where(o => o.Length > 0).Select(o => new ValueInfoProto { Name = o }));
        using var session = ModelSession.Create(new OnnxModel(probe, name).ToBytes(), name, Unoptimized);
        var types = session.Inputs.Concat(session.Outputs).ToDictionary(i => i.Name, i => (DataType)ElementTypes.DataTypeOf(i.ElementType), StringComparer.Ordinal);
        foreach (var initializer in model.Graph.Initializers)
            types[initializer.Name] = (DataType)initializer.DataType;
        return tensor => types.TryGetValue(tensor, out var type) ? type : null;
    }
}
