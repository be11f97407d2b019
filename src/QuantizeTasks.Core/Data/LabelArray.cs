using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Labels in an npy array: first axis = the samples; a class, a vector or a mask each.</summary>
internal static class LabelArray
{
    public static NpyArray Open(Located<string> path, int samples)
    {
        var array = NpyArray.Open(path.Value, path.Position);
        if (array.Count == samples)
            return array;
        array.Dispose();
        throw new QuantizeException(array.Count < samples ? DiagnosticCodes.LabelMissing : DiagnosticCodes.LabelInvalid,
            $"There are {samples} samples, but '{path.Value}' has {array.Count} labels. The first axis must be the samples, in ordinal order of their names.", path.Position);
    }
}
