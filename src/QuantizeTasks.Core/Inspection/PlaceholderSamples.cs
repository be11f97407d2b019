using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;

namespace QuantizeTasks.Inspection;

/// <summary>
/// Random inputs that let a model be quantized without data, to see which kernels run. Ranges come from a real run, so what is never negative stays so; nothing else about them means
/// anything. Integers are 0, those of a mask 1, since one of zeros hides everything, and a softmax over nothing is no number; open extents are 1.
/// </summary>
internal sealed class PlaceholderSamples : IDataLoader
{
    private readonly Dictionary<string, Tensor> _inputs = new(StringComparer.Ordinal);

    /// <param name="model">The float model.</param>
    /// <exception cref="QuantizeException">An input is of a type that no data can have.</exception>
    public PlaceholderSamples(OnnxModel model)
    {
        using var session = ModelSession.Create(model);
        var random = new Random(0);
        foreach (var input in session.Inputs)
        {
            int[] shape = [.. input.Shape.Select(extent => Math.Max(1, extent))];
            var length = shape.Aggregate(1L, (product, extent) => product * extent);
            if (length > Array.MaxLength)
                throw NoPlaceholder(input);
            _inputs[input.Name] = Make(input, (int)length, shape, random);
        }
    }

    public int Count => 1;

    public Sample Load(int index) => new("placeholder", _inputs);

    private static Tensor Make(TensorInfo input, int length, int[] shape, Random random)
    {
        if (input.ElementType == typeof(float))
        {
            var values = new float[length];
            for (var i = 0; i < length; i++)
                values[i] = (float)((2 * random.NextDouble()) - 1);
            return Tensor.Create(values, shape);
        }
        return Type.GetTypeCode(input.ElementType) switch
        {
            TypeCode.Int64 => Tensor.Create(Filled<long>(input, length, 1), shape),
            TypeCode.Int32 => Tensor.Create(Filled(input, length, 1), shape),
            TypeCode.Boolean => Tensor.Create(Filled(input, length, true), shape),
            TypeCode.Byte => Tensor.Create(new byte[length], shape),
            TypeCode.Double => Tensor.Create(new double[length], shape),
            _ => throw NoPlaceholder(input),
        };
    }

    private static T[] Filled<T>(TensorInfo input, int length, T ofMask) where T : struct
    {
        var values = new T[length];
        if (input.Name.Contains("mask", StringComparison.OrdinalIgnoreCase))
            Array.Fill(values, ofMask);
        return values;
    }

    private static QuantizeException NoPlaceholder(TensorInfo input) =>
        new(DiagnosticCodes.ShapeMismatch, $"There is no placeholder for the input '{input.Name}' ({input.ElementType.Name}[{string.Join(", ", input.Shape)}]). Give data with --data.");
}
