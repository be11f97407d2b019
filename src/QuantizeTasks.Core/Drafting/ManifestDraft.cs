using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Drafting;

/// <summary>A manifest in the making: what was read off the model, what was guessed and why, and what only its owner knows.</summary>
public sealed record ManifestDraft
{
    /// <summary>The word for labels that are sub-folders, one a class.</summary>
    public const string Folders = "folders";

    /// <summary>The model's absolute path.</summary>
    public required string Model { get; init; }

    /// <summary>The names of its inputs.</summary>
    public required ImmutableArray<string> Inputs { get; init; }

    /// <summary>What it is for.</summary>
    public required Guess<ModelTask> Task { get; init; }

    /// <summary>How pictures go into it; null when its inputs are no pictures, or when the labels are pictures too, which arrays hold better.</summary>
    public Guess<ImageForm>? Image { get; init; }

    /// <summary>What is done to the values of pixels.</summary>
    public Guess<Normalization> Normalization { get; init; } = new(Drafting.Normalization.None, "");

    /// <summary>How many classes it tells apart; 0 when it does not.</summary>
    public int Classes { get; init; }

    /// <summary>How its outputs become boxes; null when it is no detector.</summary>
    public Guess<BoxDecoding>? Boxes { get; init; }

    /// <summary>How many times larger its pictures are than those that go in, for <see cref="ModelTask.ImageToImage"/>.</summary>
    public int Scale { get; init; } = 1;

    /// <summary>Whether it is a transformer, with the reason; null when it is none.</summary>
    public string? Transformer { get; init; }

    /// <summary>The absolute path of the folder or glob with images; null while nobody said.</summary>
    public string? Images { get; init; }

    /// <summary>The absolute path of the file with labels, or <see cref="Folders"/>; null while nobody said.</summary>
    public string? Labels { get; init; }

    /// <summary>For inputs that take arrays the absolute path of each that is known.</summary>
    public ImmutableSortedDictionary<string, string> Tensors { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The budget, if somebody named one.</summary>
    public double? MaximalDrop { get; init; }

    /// <summary>Whether everything that it reads is named.</summary>
    public bool IsComplete => (Image is null ? Inputs.All(Tensors.ContainsKey) : Images is not null) && (Labels is not null || !NeedsLabels);

    /// <summary>Whether its metric compares with labels.</summary>
    public bool NeedsLabels => Task.Value is not (ModelTask.Other or ModelTask.Sequence);

    /// <summary>The draft with images, and with their labels where these lie where people keep them.</summary>
    /// <param name="images">The absolute path of a folder or glob.</param>
    public ManifestDraft WithImages(string images) =>
        this with { Images = images, Labels = Labels ?? LabelGuess.Find(images, Task.Value switch { ModelTask.Segmentation => ".npy", ModelTask.Detection => ".json", _ => ".csv" })?.Value };

    /// <summary>Reads a model and guesses the rest.</summary>
    /// <exception cref="QuantizeException">It is no float model that ONNX Runtime takes.</exception>
    public static ManifestDraft Of(string model)
    {
        var file = OnnxModel.Load(Path.GetFullPath(model));
        QuantizedOperators.Reject(file);
        var facts = new ModelFacts(file);
        var boxes = DetectorGuess.Of(facts);
        var task = boxes is null ? TaskGuess.Of(facts) : new(ModelTask.Detection, boxes.Reason);
        var draft = new ManifestDraft
        {
            Model = file.Name,
            Inputs = [.. facts.Inputs.Select(i => i.Name)],
            Task = task,
            Boxes = boxes,
            Transformer = TransformerReason(file.Graph),
            Classes = task.Value switch
            {
                ModelTask.Classification => facts.Outputs!.Value[0].Length,
                ModelTask.Segmentation => facts.Outputs!.Value[0].Shape[facts.Image!.Layout.Value ? 1 : 3],
                _ => 0,
            },
        };
        if (facts.Image is not { } image)
            return draft;
        var form = new ImageForm(image.Layout.Value, image.Channels, image.Height > 0 ? image.Height : Math.Max(facts.Edge, 1), image.Width > 0 ? image.Width : Math.Max(facts.Edge, 1));
        if (task.Value == ModelTask.ImageToImage)
            return draft with { Scale = facts.Outputs!.Value[0].Shape[image.Layout.Value ? 2 : 1] / form.Height };
        var size = image.HasOpenSize ? string.Create(CultureInfo.InvariantCulture, $"it takes any size; {form.Width} x {form.Height} is the first usual one that it runs with") : "as the model says";
        return draft with { Image = new(form, $"{image.Layout.Reason}; the size: {size}"), Normalization = Drafting.Normalization.Of(file.Graph, facts.Inputs[0].Name, image) };
    }

    private static string? TransformerReason(OnnxGraph graph)
    {
        var attention = graph.Nodes.Count(n => n.OpType == "Softmax" && graph.Consumers(n.Output[0]).Any(c => c.OpType == "MatMul"));
        return attention > 0 ? $"{attention} times a Softmax goes into a MatMul, which is attention" : null;
    }
}
