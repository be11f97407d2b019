using System.Globalization;

namespace QuantizeTasks.Drafting;

/// <summary>Guesses what a model is for from the shapes of what goes in and comes out, and from the operators at its end.</summary>
internal static class TaskGuess
{
    public static Guess<ModelTask> Of(ModelFacts facts)
    {
        if (facts.Outputs is not [var output, ..])
            return new(ModelTask.Other, "it would not run on made-up inputs, so nothing is known about its outputs");
        var name = facts.OutputNames[0];
        var text = $"'{name}' is [{string.Join(", ", output.Shape.Select(e => e.ToString(CultureInfo.InvariantCulture)))}]";
        var maker = facts.Maker(name)?.OpType;
        if (output.ElementType != typeof(float))
            return new(ModelTask.Other, $"{text} of {output.ElementType.Name}, which are decisions already and no scores");
        if (facts.OutputNames.Length > 1)
            return new(ModelTask.Other, $"it has {facts.OutputNames.Length} outputs ({string.Join(", ", facts.OutputNames.Take(4))}), as detectors have");
        if (output.Length > 0 && output.Length == output.Shape.Max() && output.Shape.Count <= 4)
            return Vector(output.Length, text, maker);
        if (output.Shape.Count == 4 && facts.Image is { } image)
            return Picture(output, image, facts.Edge, text);
        return output.Shape.Count == 3 && output.Shape[2] > 1 && facts.Image is null
            ? new(ModelTask.Sequence, $"{text}: a score for each class at each place")
            : new(ModelTask.Other, $"{text}, which fits no usual task");
    }

    private static Guess<ModelTask> Vector(int length, string text, string? maker) => (length, maker) switch
    {
        (1, "Sigmoid") => new(ModelTask.YesOrNo, $"{text} and comes from a Sigmoid"),
        (1, _) => new(ModelTask.Regression, $"{text}: one number"),
        (_, "Softmax" or "LogSoftmax") => new(ModelTask.Classification, $"{text} and comes from a {maker}: {length} classes"),
        (_, "LpNormalization" or "Div" or "Tanh") => new(ModelTask.Other, $"{text} and comes from a {maker}, as embeddings do"),
        _ => new(ModelTask.Classification, $"{text}: a score for each of {length} classes"),
    };

    private static Guess<ModelTask> Picture(Tensor output, PictureInput image, int edge, string text)
    {
        var (channels, height, width) = image.Layout.Value ? (output.Shape[1], output.Shape[2], output.Shape[3]) : (output.Shape[3], output.Shape[1], output.Shape[2]);
        var (from, across) = (image.Height > 0 ? image.Height : edge, image.Width > 0 ? image.Width : edge);
        if (channels == image.Channels && height >= from && width >= across)
            return new(ModelTask.ImageToImage, $"{text}, a picture like the one that goes in");
        return channels > 1 ? new(ModelTask.Segmentation, $"{text}: a score for each of {channels} classes at each of {width} x {height} places")
            : new(ModelTask.Other, $"{text}: one value a place");
    }
}
