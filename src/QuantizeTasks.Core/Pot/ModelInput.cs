using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Pot;

/// <summary>The model's input that takes images.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Channels">0 when open.</param>
/// <param name="Height">In pixels; 0 when open.</param>
/// <param name="Width">In pixels; 0 when open.</param>
/// <param name="IsChannelsFirst">NCHW; otherwise NHWC.</param>
/// <param name="IsOnly">The model has no other input.</param>
internal sealed record ModelInput(string Name, int Channels, int Height, int Width, bool IsChannelsFirst, bool IsOnly)
{
    /// <summary>Whether its size is known.</summary>
    public bool HasSize => Height > 0 && Width > 0;

    /// <summary>Reads it from a model.</summary>
    /// <param name="model">The model's path.</param>
    /// <param name="layout"><c>NCHW</c>, <c>NHWC</c>, or null: the axis whose extent is 1 or 3 is the channels.</param>
    /// <param name="name">The input, when it is not the only one with four axes.</param>
    /// <exception cref="QuantizeException">The model cannot be read, or no input takes images.</exception>
    public static ModelInput Read(string model, string? layout, string? name)
    {
        var graph = OnnxModel.Load(model).Graph;
        var inputs = graph.Inputs.Select(i => graph.Proto.Input.First(p => p.Name == i)).ToList();
        var images = inputs.Where(i => name is null ? i.Type.TensorType?.Shape?.Dim.Count == 4 : i.Name == name).ToList();
        if (images is not [{ Type.TensorType.Shape.Dim: { Count: 4 } axes } image])
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The model '{model}' has {images.Count} inputs with four axes that images could go to{(name is null ? "" : $" and are called '{name}'")}; there must be one. Its inputs: {string.Join(", ", inputs.Select(i => i.Name))}.", new SourcePosition(model));
        var (first, last) = (Extent(axes[1]), Extent(axes[3]));
        var channelsFirst = layout is not null ? layout == "NCHW" : first is 1 or 3 || last is not (1 or 3);
        return channelsFirst
            ? new ModelInput(image.Name, first, Extent(axes[2]), last, true, inputs.Count == 1)
            : new ModelInput(image.Name, last, Extent(axes[1]), Extent(axes[2]), false, inputs.Count == 1);
    }

    private static int Extent(TensorShapeProto.Types.Dimension axis) => axis.DimValue is > 0 and <= 1 << 20 ? (int)axis.DimValue : 0;
}
