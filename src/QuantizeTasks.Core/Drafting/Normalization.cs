using QuantizeTasks.Onnx;

namespace QuantizeTasks.Drafting;

/// <summary>What is done to the values of a picture's pixels, 0 to 255 at first.</summary>
/// <param name="Steps">The steps as a manifest writes them, one a line.</param>
public sealed record Normalization(params string[] Steps)
{
    /// <summary>As they are.</summary>
    public static Normalization None { get; } = new();

    /// <summary>0 to 1.</summary>
    public static Normalization Unit { get; } = new("divide: 255");

    /// <summary>-1 to 1.</summary>
    public static Normalization Symmetric { get; } = new("normalize: { mean: 127.5, std: 127.5 }");

    /// <summary>Mean 0 and deviation 1 over ImageNet's training images: what torchvision's models and most that descend from them take.</summary>
    public static Normalization ImageNet { get; } = new("divide: 255", "normalize: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }");

    /// <summary>Those that there are for so many channels, by the names that people say.</summary>
    public static IReadOnlyList<(string Name, Normalization Value)> For(int channels) =>
        channels == 3 ? [("imagenet", ImageNet), ("unit", Unit), ("symmetric", Symmetric), ("none", None)] : [("unit", Unit), ("symmetric", Symmetric), ("none", None)];

    /// <summary>Its name among those.</summary>
    public string Name => For(3).First(n => ReferenceEquals(n.Value, this)).Name;

    /// <summary>Pictures up to this edge are usually stored as the model takes them (CIFAR, FER, STL), larger ones are photographs.</summary>
    internal const int SmallEdge = 96;

    internal static Guess<Normalization> Of(OnnxGraph graph, string input, PictureInput image)
    {
        var first = PictureInput.First(graph, input);
        if (first is { OpType: "Transpose" })
            first = PictureInput.First(graph, first.Output[0]);
        if (first is { OpType: "Sub" or "Div" or "Mul" or "Add" or "BatchNormalization" } && first.Input.Skip(1).All(graph.IsConstant))
            return new(None, $"none, because the model begins with a {first.OpType}, which does it inside");
        if (image.Channels == 1)
            return new(Unit, "values from 0 to 1, as is usual for one channel");
        return image is { Height: > 0 and <= SmallEdge }
            ? new(Unit, "values from 0 to 1, as is usual for small pictures")
            : new(ImageNet, "the mean and deviation of ImageNet, as is usual for pictures of this size");
    }
}
