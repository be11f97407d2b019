using System.Globalization;
using QuantizeTasks.Drafting;

namespace QuantizeTasks.Tool.Commands;

/// <summary>Asks on a terminal about what was guessed. An empty answer takes the guess.</summary>
/// <param name="context">The terminal.</param>
/// <param name="answers">What is typed.</param>
internal sealed class DraftQuestions(ToolContext context, TextReader answers)
{
    public ManifestDraft Ask(ManifestDraft draft)
    {
        context.Error.WriteLine("Enter takes what stands in brackets.");
        var guess = Name(draft.Task.Value);
        if (draft.Task.Value != ModelTask.Other && Choose($"What does it do? {draft.Task.Reason}", [guess, "other"], guess) == "other")
            draft = draft with { Task = new(ModelTask.Other, "you said so"), Boxes = null };
        if (draft.Image is { } image)
            draft = AskAboutPictures(draft, image);
        else
            foreach (var input in draft.Inputs.Where(input => !draft.Tensors.ContainsKey(input)))
                if (Path($"The .npy file for '{TextTable.OneLine(input)}'") is { } file)
                    draft = draft with { Tensors = draft.Tensors.Add(input, file) };
        if (draft.NeedsLabels && draft.Labels is null)
            draft = draft with { Labels = Path(draft.Image is null ? "The .npy file with labels" : draft.Boxes is null ? "The file with labels, or `folders`" : "COCO's .json with boxes, or the folder of Pascal VOC's .xml files") };
        return draft.MaximalDrop is null && Number("How much worse may the metric become?") is { } drop ? draft with { MaximalDrop = drop } : draft;
    }

    /// <summary>A task's name for people.</summary>
    public static string Name(ModelTask task) => task switch
    {
        ModelTask.YesOrNo => "yes-or-no",
        ModelTask.ImageToImage => "image-to-image",
        _ => task.ToString().ToLowerInvariant(),
    };

    private ManifestDraft AskAboutPictures(ManifestDraft draft, Guess<ImageForm> image)
    {
        var form = image.Value;
        if (Choose($"Which layout? {image.Reason}", ["nchw", "nhwc"], form.ChannelsFirst ? "nchw" : "nhwc") is var layout && layout == "nchw" != form.ChannelsFirst)
            draft = draft with { Image = new(form with { ChannelsFirst = !form.ChannelsFirst }, "you said so") };
        var (usual, choices) = (draft.Normalization.Value.Name, Normalization.For(form.Channels));
        var normalization = Choose($"Which values does it take? {draft.Normalization.Reason}", [.. choices.Select(n => n.Name)], usual);
        if (normalization != usual)
            draft = draft with { Normalization = new(choices.First(n => n.Name == normalization).Value, "you said so") };
        return draft.Images is null && Path("The folder with validation images") is { } images ? draft.WithImages(images) : draft;
    }

    private string Choose(string question, IReadOnlyList<string> choices, string usual)
    {
        while (true)
        {
            var answer = Answer($"{question}\n  {string.Join(", ", choices)} [{usual}]: ");
            if (answer.Length == 0)
                return usual;
            if (choices.FirstOrDefault(c => string.Equals(c, answer, StringComparison.OrdinalIgnoreCase)) is { } choice)
                return choice;
            context.Error.WriteLine($"'{TextTable.OneLine(answer)}' is none of them.{Manifest.DidYouMean.Hint(answer, choices)}");
        }
    }

    /// <summary>Null when it is to be filled in later.</summary>
    private string? Path(string question) => Answer($"{question} [fill in later]: ") is { Length: > 0 } answer ? answer == ManifestDraft.Folders ? answer : context.Absolute(answer) : null;

    private double? Number(string question)
    {
        while (true)
        {
            var answer = Answer($"{question} [as guessed]: ");
            if (answer.Length == 0)
                return null;
            if (double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
                return number;
            context.Error.WriteLine($"'{TextTable.OneLine(answer)}' is no number.");
        }
    }

    // Not a plain ReadLine: Ctrl-C must end the question too. What ends the input takes all guesses.
    private string Answer(string question)
    {
        context.Cancellation.ThrowIfCancellationRequested();
        context.Error.Write(question.ReplaceLineEndings());
        context.Error.Flush();
        return answers.ReadLineAsync().WaitAsync(context.Cancellation).GetAwaiter().GetResult()?.Trim() ?? "";
    }
}
