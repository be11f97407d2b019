using System.CommandLine;
using System.Globalization;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Drafting;
using QuantizeTasks.Storage;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>init</c>: a commented manifest for a model, with everything that can be read off the model or guessed.</summary>
internal sealed class InitCommand
{
    public const string Examples = """
        Examples:
          # Write quantize.yaml; on a terminal it asks about what it guessed
          dotnet quantize init models/mobilenet.onnx

          # No questions, with the data
          dotnet quantize init models/mobilenet.onnx --images data/val --labels data/val.csv --yes

          # Only look at what would be written
          dotnet quantize init models/mobilenet.onnx -o -
        """;

    private readonly Argument<string> _model = new("model") { Description = "The float model." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The manifest to write; - for standard output.", HelpName = "FILE", DefaultValueFactory = _ => "quantize.yaml" };
    private readonly Option<string?> _images = new("--images") { Description = "The folder or glob with validation images.", HelpName = "PATH" };
    private readonly Option<string?> _labels = new("--labels") { Description = "The file with labels, or `folders` when each class has a sub-folder; for a detector COCO's .json, or the folder of Pascal VOC's .xml files. Found by itself where it lies beside the images.", HelpName = "PATH" };
    private readonly Option<string[]> _tensors = new("--tensor") { Description = "The .npy file of an input, for models that take no images; once for each.", HelpName = "INPUT=FILE" };
    private readonly Option<double?> _maximalDrop = new("--maximal-drop") { Description = "The accuracy budget.", HelpName = "X" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Ask nothing, guess." };
    private readonly Option<bool> _force = new("--force") { Description = "Overwrite the manifest." };
    private readonly Option<string> _verbosity = CommonOptions.Verbosity();

    private readonly Engine _engine;
    private readonly ToolContext _context;

    public InitCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        Command = new Command("init", "Write a manifest for a model, with every guess and its reason beside it.") { _model, _output, _images, _labels, _tensors, _maximalDrop, _yes, _force, _verbosity };
        _tensors.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => t.Value.IndexOf('=', StringComparison.Ordinal) < 1))
                result.AddError($"--tensor needs INPUT=FILE, not '{token.Value}'.");
        });
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var view = new PlainView(_context.Out, _context.Error, showsProgress: false, showsSummary: false);
        return new Guard(view, _context.Error, CommonOptions.IsDiagnostic(parsed.GetValue(_verbosity))).Run(() =>
        {
            var toStandardOutput = parsed.GetValue(_output) == ModelInput.Standard;
            var path = toStandardOutput ? _context.Absolute("quantize.yaml") : _context.Absolute(parsed.GetValue(_output)!);
            if (!toStandardOutput && File.Exists(path) && !parsed.GetValue(_force))
                throw new QuantizeException(DiagnosticCodes.FileExists, $"'{path}' is there already, and may have been edited. --force overwrites it; -o {Path.GetFileNameWithoutExtension(parsed.GetValue(_model))}.quantize.yaml writes another one.", new SourcePosition(path));
            var folder = Path.GetDirectoryName(path)!;
            var draft = WithData(_engine.Draft(_context.Absolute(parsed.GetValue(_model)!)), parsed);
            if (!parsed.GetValue(_yes) && !toStandardOutput && _context is { InputIsTerminal: true, ErrorIsTerminal: true })
            {
                using var answers = new StreamReader(_context.OpenInput());
                draft = new DraftQuestions(_context, answers).Ask(draft);
            }
            if (draft is { IsComplete: true, NeedsLabels: true, Image: not null })
            {
                view.Note("Trying the usual ways to normalize values on some of the samples.");
                draft = _engine.Try(draft, _context.Cancellation);
            }
            var text = DraftText.Of(draft, folder);
            if (toStandardOutput)
            {
                _context.Out.Write(text);
                return ExitCodes.Success;
            }
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(text));
            _context.Out.WriteLine(path);
            if (!CommonOptions.IsQuiet(parsed.GetValue(_verbosity)))
                Explain(draft, path);
            return ExitCodes.Success;
        }, "Cancelled. Nothing was written.");
    }

    private ManifestDraft WithData(ManifestDraft draft, ParseResult parsed)
    {
        var tensors = draft.Tensors.ToBuilder();
        foreach (var tensor in parsed.GetValue(_tensors) ?? [])
        {
            var (input, file) = (tensor[..tensor.IndexOf('=', StringComparison.Ordinal)], tensor[(tensor.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            if (!draft.Inputs.Contains(input))
                throw new QuantizeException(DiagnosticCodes.UnknownName, $"The model has no input '{input}'.{Manifest.DidYouMean.Hint(input, draft.Inputs)} It has: {string.Join(", ", draft.Inputs)}.", new SourcePosition(draft.Model));
            tensors[input] = _context.Absolute(file);
        }
        draft = draft with { Tensors = tensors.ToImmutable(), MaximalDrop = parsed.GetValue(_maximalDrop) };
        if (parsed.GetValue(_images) is { } images)
            draft = draft.WithImages(_context.Absolute(images));
        return parsed.GetValue(_labels) is { } labels ? draft with { Labels = labels == ManifestDraft.Folders ? labels : _context.Absolute(labels) } : draft;
    }

    private void Explain(ManifestDraft draft, string path)
    {
        var relative = Path.GetRelativePath(_context.WorkingDirectory, path);
        foreach (var (what, guess) in Guesses(draft))
            _context.Error.WriteLine($"  {what}: {TextTable.OneLine(guess)}");
        _context.Error.WriteLine(draft.IsComplete ? $"Check the guesses in {relative}. Then: dotnet quantize run {relative}" : $"Fill in where the data are (FILL IN in {relative}), and check the guesses. Then: dotnet quantize run {relative}");
    }

    private static IEnumerable<(string What, string Guess)> Guesses(ManifestDraft draft)
    {
        yield return ("task", $"{DraftQuestions.Name(draft.Task.Value)} ({draft.Task.Reason})");
        if (draft.Image is { } image)
        {
            yield return ("input", string.Create(CultureInfo.InvariantCulture, $"{image.Value.Width} x {image.Value.Height}, {(image.Value.Channels == 1 ? "gray" : "rgb")}, {(image.Value.ChannelsFirst ? "nchw" : "nhwc")} ({image.Reason})"));
            yield return ("values", $"{draft.Normalization.Value.Name} ({draft.Normalization.Reason})");
        }
        else
            yield return ("input", $"arrays for {string.Join(", ", draft.Inputs)}");
        if (draft.Boxes is { } boxes)
            yield return ("boxes", boxes.Value.Name);
        if (draft.Transformer is { } transformer)
            yield return ("model_type", $"transformer ({transformer})");
    }
}
