using System.Numerics;
using System.Numerics.Tensors;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Metrics;

/// <summary>What metrics read of a sample: outputs and labels, checked, with errors that name the sample.</summary>
internal static class MetricTensors
{
    /// <summary>The output a metric looks at: the first one unless <paramref name="name"/> says otherwise.</summary>
    public static Tensor Output(this in MetricInput input, string? name) => Find(input.Outputs, name ?? input.FirstOutput, input.SampleName);

    /// <summary>The same output of the float model.</summary>
    public static Tensor ReferenceOutput(this in MetricInput input, string? name) =>
        Find(input.Reference ?? throw new QuantizeException(DiagnosticCodes.InternalError, $"The float model's outputs are missing for {input.SampleName}."), name ?? input.FirstOutput, input.SampleName);

    /// <summary>The label.</summary>
    public static Tensor RequiredLabel(this in MetricInput input, string metric) =>
        input.Label ?? throw new QuantizeException(DiagnosticCodes.LabelMissing, $"{metric} needs labels, but {input.SampleName} has none. Add 'labels' to the data source.");

    /// <summary>A label that is a class: one whole number in 0 .. <paramref name="classes"/> - 1.</summary>
    public static int ClassLabel(this in MetricInput input, string metric, int classes)
    {
        var label = input.RequiredLabel(metric);
        if (label.Length != 1)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"{metric} needs one class per sample, but the label of {input.SampleName} is {label}.");
        var value = ToDoubles(label)[0];
        if (value != Math.Floor(value) || value < 0 || value >= classes)
            throw new QuantizeException(DiagnosticCodes.LabelInvalid, FormattableString.Invariant($"The label of {input.SampleName} is {value}; {metric} needs a class from 0 to {classes - 1}, as the model has {classes}."));
        return (int)value;
    }

    /// <summary>The output and the label as numbers, element by element.</summary>
    public static (double[] Output, double[] Label) Regression(this in MetricInput input, string metric, string? name)
    {
        var (output, label) = (input.Output(name), input.RequiredLabel(metric));
        RequireSameShape(output, label, "label", input.SampleName);
        var numbers = ToDoubles(label);
        if (!numbers.All(double.IsFinite))
            throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"The label of {input.SampleName} has a value that is not finite.");
        return (ToDoubles(output), numbers);
    }

    /// <summary>Axes of extent 1 do not count: an output has a batch axis, a label has none.</summary>
    public static void RequireSameShape(Tensor output, Tensor other, string what, string sample)
    {
        if (output.Length == 0 || !output.Shape.Where(extent => extent != 1).SequenceEqual(other.Shape.Where(extent => extent != 1)))
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The output of {sample} is {output}, but its {what} is {other}.");
    }

    /// <summary>The elements as doubles, which hold every float and every integer below 2^53 exactly.</summary>
    public static double[] ToDoubles(Tensor tensor) => Type.GetTypeCode(tensor.ElementType) switch
    {
        // By the element type and not by a type test of the array, to which a byte[] is an sbyte[] too.
        TypeCode.Double => tensor.As<double>(),
        TypeCode.Single => Convert<float>(tensor),
        TypeCode.Int64 => Convert<long>(tensor),
        TypeCode.UInt64 => Convert<ulong>(tensor),
        TypeCode.Int32 => Convert<int>(tensor),
        TypeCode.UInt32 => Convert<uint>(tensor),
        TypeCode.Int16 => Convert<short>(tensor),
        TypeCode.UInt16 => Convert<ushort>(tensor),
        TypeCode.SByte => Convert<sbyte>(tensor),
        TypeCode.Byte => Convert<byte>(tensor),
        TypeCode.Boolean => Array.ConvertAll(tensor.As<bool>(), value => value ? 1.0 : 0.0),
        TypeCode.String when tensor.Length > 0 => throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"A metric of numbers got the text '{Shorten(tensor.As<string>()[0])}'. Labels are class indices, counted from 0, or numbers."),
        _ => throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"A metric needs numbers, not {tensor}."),
    };

    private static string Shorten(string text) => string.Concat(text.Take(40).Select(c => char.IsControl(c) ? ' ' : c));

    private static double[] Convert<T>(Tensor tensor)
        where T : INumberBase<T>
    {
        var result = new double[tensor.Length];
        TensorPrimitives.ConvertTruncating<T, double>(tensor.As<T>(), result);
        return result;
    }

    private static Tensor Find(IReadOnlyDictionary<string, Tensor> outputs, string name, string sample) =>
        outputs.TryGetValue(name, out var tensor) ? tensor
            : throw new QuantizeException(DiagnosticCodes.UnknownName, $"The model has no output '{name}' (asked for {sample}).{DidYouMean.Hint(name, outputs.Keys)}");
}
