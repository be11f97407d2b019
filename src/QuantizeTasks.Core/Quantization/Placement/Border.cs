using System.Collections.Immutable;
using QuantizeTasks.Onnx;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>A tensor that somebody may have to convert because some of the operators around it run in int8 and others in float.</summary>
/// <param name="Producer">The candidate that makes it; null when a float operator or the caller of the model does.</param>
/// <param name="GivesFloats">True when the producer's int8 kernel can give floats itself.</param>
/// <param name="Readers">The candidates that read it.</param>
/// <param name="HasFloatReader">True when it is an output of the model or others than candidates read it.</param>
/// <param name="Quantize">What quantizing it costs.</param>
/// <param name="Dequantize">What dequantizing it costs.</param>
internal sealed record Border(string? Producer, bool GivesFloats, ImmutableArray<string> Readers, bool HasFloatReader, long Quantize, long Dequantize)
{
    /// <summary>The borders by the tensors' names.</summary>
    public static ImmutableSortedDictionary<string, Border> Find(OnnxGraph graph, Candidates candidates, CostModel costs)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        var producers = new Dictionary<string, (string Name, bool GivesFloats)>(StringComparer.Ordinal);
        var readers = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var layer in candidates.Layers)
        {
            foreach (var node in layer.Nodes)
                owners[node] = layer.Name;
            Connect(layer.Name, layer.Inputs, [layer.Output], !layer.NeedsQuantizedOutput);
        }
        foreach (var agnostic in candidates.AgnosticOperators)
        {
            owners[agnostic.Name] = agnostic.Name;
            Connect(agnostic.Name, agnostic.Inputs, agnostic.Outputs, false);
        }
        return producers.Keys.Union(readers.Keys).ToImmutableSortedDictionary(t => t, At, StringComparer.Ordinal);

        void Connect(string name, ImmutableArray<string> inputs, ImmutableArray<string> outputs, bool givesFloats)
        {
            foreach (var input in inputs)
                (readers.TryGetValue(input, out var list) ? list : readers[input] = []).Add(name);
            foreach (var output in outputs)
                producers[output] = (name, givesFloats);
        }

        Border At(string tensor)
        {
            var (producer, givesFloats) = producers.TryGetValue(tensor, out var known) ? known : (null, false);
            return new(producer, givesFloats, [.. readers.GetValueOrDefault(tensor) ?? []],
                graph.IsOutput(tensor) || graph.Consumers(tensor).Any(consumer => !owners.ContainsKey(consumer.Name)), costs.Quantize(tensor), costs.Dequantize(tensor));
        }
    }

    /// <summary>What the conversions cost that it takes. It is quantized once, by whoever reads it in int8, and dequantized once when anybody reads floats.</summary>
    public long Cost(IReadOnlySet<string> int8)
    {
        var isMadeInInt8 = Producer is not null && int8.Contains(Producer);
        var quantize = !isMadeInInt8 && Readers.Any(int8.Contains);
        var dequantize = isMadeInInt8 && !GivesFloats && (HasFloatReader || !Readers.All(int8.Contains));
        return (quantize ? Quantize : 0) + (dequantize ? Dequantize : 0);
    }
}
