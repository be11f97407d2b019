using System.Collections.Concurrent;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>The weights of a recurrent operator as its int8 kernel takes them: (directions, input, gates) where ONNX has (directions, gates, input), with a scale for each gate of each direction.</summary>
/// <param name="graph">The float model.</param>
/// <param name="names">Names for what is added.</param>
/// <param name="isHalfRange">True where products of the kernel would saturate: only half of the integers are used.</param>
internal sealed class RecurrentConstants(OnnxGraph graph, TensorNames names, bool isHalfRange)
{
    private readonly ConcurrentDictionary<string, (TensorProto Values, TensorProto Scales, TensorProto ZeroPoints)> _known = new(StringComparer.Ordinal);

    /// <summary>The integers, their scales and their zero points, which are 0.</summary>
    public (TensorProto Values, TensorProto Scales, TensorProto ZeroPoints) Of(string tensor) => _known.GetOrAdd(tensor, Encode);

    private (TensorProto, TensorProto, TensorProto) Encode(string name)
    {
        graph.TryGetConstant(name, out var tensor);
        var values = tensor!.ToFloats();
        var (directions, gates, inputs) = ((int)tensor!.Dims[0], (int)tensor.Dims[1], (int)tensor.Dims[2]);
        var (integers, scales, levels) = (new sbyte[values.Length], new float[directions * gates], QuantizerLevels.Of(8, isNarrow: true));
        for (var direction = 0; direction < directions; direction++)
        {
            var magnitudes = new float[gates];
            for (var gate = 0; gate < gates; gate++)
                for (var input = 0; input < inputs; input++)
                    magnitudes[gate] = Math.Max(magnitudes[gate], Math.Abs(values[(((direction * gates) + gate) * inputs) + input]));
            var chosen = WeightScale.Symmetric(magnitudes, levels);
            for (var gate = 0; gate < gates; gate++)
            {
                var scale = isHalfRange ? WeightScale.HalfRange(chosen[gate]) : chosen[gate];
                scales[(direction * gates) + gate] = scale.Scale;
                for (var input = 0; input < inputs; input++)
                    integers[(((direction * inputs) + input) * gates) + gate] = (sbyte)WeightScale.Quantize(values[(((direction * gates) + gate) * inputs) + input], scale, levels);
            }
        }
        var stored = names.Derive(name, "recurrent_int8");
        return (TensorData.Int8s(stored, integers, directions, inputs, gates), TensorData.Floats(names.Derive(stored, "scale"), scales, directions, gates),
            TensorData.Int8s(names.Derive(stored, "zero_point"), new sbyte[scales.Length], directions, gates));
    }
}
