using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// Runs a model from its front to its back, layer after layer, while biases that were passed are being corrected. What later layers read of the part that
/// is passed is kept for every sample, so that no layer runs more than about twice; where it would be too much to keep, the run starts further in front.
/// </summary>
internal sealed class CorrectedPrefix(TensorCatalogue tensors, OnnxModel model, int samples, ICalibrationPasses passes)
{
    /// <summary>Bytes that may be kept for all samples together.</summary>
    public long Budget { get; init; } = 256L << 20;

    /// <summary>What is kept: for each sample the tensors that lead over the cut. Null at the front of the model.</summary>
    private Dictionary<string, Tensor>[]? _kept;

    /// <summary>The mean of each output channel of a layer. Layers have to come in topological order.</summary>
    public double[] Means(LayerOutput output)
    {
        var graph = model.Graph;
        var means = output.AddMeans(model);
        string[] live = [.. Live(output)];
        var keeps = live.Sum(t => (long)Elements(t)) * sizeof(float) * samples <= Budget;
        // Copies, because what is kept may be the very tensor that the run starts from.
        var copies = keeps ? live.ToDictionary(t => t, Copy, StringComparer.Ordinal) : [];
        string[] wanted = [means, .. copies.Values];
        var kept = new List<Dictionary<string, Tensor>>();
        var result = ChannelMeans.Of(Keep(), [means], [output])[0];
        if (keeps)
            _kept = [.. kept];
        foreach (var name in wanted)
            graph.Remove(graph.Producer(name)!);
        return result;

        IEnumerable<IReadOnlyDictionary<string, Tensor>> Keep()
        {
            foreach (var outputs in Run(wanted))
            {
                if (keeps)
                    kept.Add(copies.ToDictionary(c => c.Key, c => outputs[c.Value], StringComparer.Ordinal));
                yield return outputs;
            }
        }
    }

    /// <summary>Gives a layer another bias.</summary>
    public void SetBias(LayerOutput output, double[] bias)
    {
        var node = model.Graph.Producer(output.Tensor)!;
        var input = node.OpType == "Add" ? node.Input.IndexOf(output.Layer.Weights!.Bias) : 2;
        Weights.SetOrAdd(model.Graph, node, input, [.. bias.Select(b => (float)b)]);
    }

    private IEnumerable<IReadOnlyDictionary<string, Tensor>> Run(string[] outputs)
    {
        var starts = _kept is null ? [.. model.Graph.Inputs] : _kept[0].Keys.ToHashSet(StringComparer.Ordinal);
        var part = SubModel.Between(model, [.. Reached(outputs, starts).Order(StringComparer.Ordinal)], outputs, tensors.Find).Serialize();
        return _kept is null ? passes.Run(part, samples) : FromKept(part);
    }

    private IEnumerable<IReadOnlyDictionary<string, Tensor>> FromKept(SerializedModel part)
    {
        using var session = ModelSession.Create(part, model.Name);
        foreach (var inputs in _kept!)
            yield return session.Run(inputs);
    }

    /// <summary>The tensors made before a layer (or fed) that the layer or a node behind it reads.</summary>
    private SortedSet<string> Live(LayerOutput output)
    {
        var graph = model.Graph;
        var made = graph.Inputs.ToHashSet(StringComparer.Ordinal);
        var isBehind = false;
        var live = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            isBehind |= node.Name == output.Layer.Name;
            if (isBehind)
                live.UnionWith(OnnxGraph.Reads(node).Where(made.Contains));
            else
                made.UnionWith(node.Output.Where(o => o.Length > 0));
        }
        return live;
    }

    /// <summary>Those of the starts that some tensors depend on, without looking behind any start.</summary>
    private HashSet<string> Reached(string[] outputs, HashSet<string> starts)
    {
        var (reached, seen, waiting) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal), new Stack<string>(outputs));
        while (waiting.TryPop(out var tensor))
        {
            if (!seen.Add(tensor))
                continue;
            if (starts.Contains(tensor))
                reached.Add(tensor);
            else if (model.Graph.Producer(tensor) is { } node)
                foreach (var read in OnnxGraph.Reads(node))
                    waiting.Push(read);
        }
        return reached;
    }

    private string Copy(string tensor)
    {
        var name = model.Graph.UniqueName($"{tensor}/kept");
        model.Graph.Add(NodeAttributes.Node("Identity", name, [tensor], name));
        return name;
    }

    /// <summary>An open extent counts as one: a run is on one sample.</summary>
    private long Elements(string tensor) => tensors.Shape(tensor)?.Aggregate(1L, (product, extent) => product * Math.Max(extent, 1)) ?? Budget;
}
