using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Pot;

/// <summary>A destination size, as the Accuracy Checker's preprocessors take it: <c>size</c>, or <c>dst_width</c> with <c>dst_height</c>.</summary>
internal static class Size
{
    public static (int Width, int Height)? Read(KeyReader keys, Translation translation)
    {
        var (size, width, height) = (keys.Whole("size", 1), keys.Whole("dst_width", 1), keys.Whole("dst_height", 1));
        if (size is not null && (width ?? height) is null)
            return (size.Value, size.Value);
        if (size is null && width is not null && height is not null)
            return (width.Value, height.Value);
        translation.Errors.Add(size is null ? DiagnosticCodes.MissingKey : DiagnosticCodes.ConflictingKeys, keys.Node, $"'{keys.Path}' needs either 'size' or 'dst_width' with 'dst_height'.");
        return null;
    }
}
