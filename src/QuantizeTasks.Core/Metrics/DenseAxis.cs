using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>The class axis of an output; negative ones count from the end.</summary>
internal static class DenseAxis
{
    public static int Resolve(Tensor output, int axis, string metric, string sample)
    {
        var resolved = axis < 0 ? axis + output.Shape.Count : axis;
        return resolved >= 0 && resolved < output.Shape.Count && output.Length > 0 ? resolved
            : throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"'axis' {axis} of {metric} is no axis of the output of {sample}, which is {output}.");
    }
}
