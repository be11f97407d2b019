using System.Globalization;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Drafting;

/// <summary>An input that pictures go into.</summary>
/// <param name="Channels">1 or 3.</param>
/// <param name="Layout">True for NCHW.</param>
/// <param name="Height">-1 when open.</param>
/// <param name="Width">-1 when open.</param>
internal sealed record PictureInput(int Channels, Guess<bool> Layout, int Height, int Width)
{
    public bool HasOpenSize => Height < 0 || Width < 0;

    public bool IsSpatial(int axis) => Layout.Value ? axis >= 2 : axis is 1 or 2;

    /// <summary>Null when the input is none.</summary>
    public static PictureInput? Find(OnnxGraph graph, TensorInfo input)
    {
        if (input.ElementType != typeof(float) || input.Shape.Count != 4)
            return null;
        var shape = input.Shape;
        var text = $"[{string.Join(", ", shape.Select((e, i) => e > 0 ? e.ToString(CultureInfo.InvariantCulture) : i == 0 ? "N" : "?"))}]";
        var layout = (IsCount(shape[1]), IsCount(shape[3])) switch
        {
            (true, false) => new Guess<bool>(true, $"'{input.Name}' is {text}: channels in the second place"),
            (false, true) => new Guess<bool>(false, $"'{input.Name}' is {text}: channels in the last place"),
            _ when shape[1] > 0 && shape[3] > 0 && !IsCount(shape[1]) => null, // neither 1 nor 3 channels anywhere
            _ when First(graph, input.Name) is { OpType: "Conv" } => new Guess<bool>(true, "a Conv reads it as it is, and that takes channels in the second place"),
            _ when First(graph, input.Name) is { OpType: "Transpose" } => new Guess<bool>(false, "it is transposed first, as models from TensorFlow do"),
            _ => null,
        };
        if (layout is null)
            return null;
        var channels = layout.Value ? shape[1] : shape[3];
        if (channels < 0)
            channels = ChannelsOfWeights(graph, input.Name) ?? 3;
        var (height, width) = layout.Value ? (shape[2], shape[3]) : (shape[1], shape[2]);
        // One channel that is not square is rather a spectrogram than a picture.
        return IsCount(channels) && (channels == 3 || height == width) ? new PictureInput(channels, layout, height, width) : null;
    }

    /// <summary>What reads a tensor first, behind casts.</summary>
    public static NodeProto? First(OnnxGraph graph, string tensor)
    {
        var node = graph.Consumers(tensor) is [var only] ? only : null;
        while (node is { OpType: "Cast" or "Identity" })
            node = graph.Consumers(node.Output[0]) is [var next] ? next : null;
        return node;
    }

    private static bool IsCount(int extent) => extent is 1 or 3;

    private static int? ChannelsOfWeights(OnnxGraph graph, string tensor) =>
        First(graph, tensor) is { OpType: "Conv" } conv && graph.TryGetConstant(conv.Input[1], out var weights) && weights.Dims.Count == 4 && conv.Int("group", 1) == 1 ? (int)weights.Dims[1] : null;
}
