using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace QuantizeTasks.Drafting;

/// <summary>A draft as the text of a manifest: every guess with its reason beside it.</summary>
public static partial class DraftText
{
    private const string Missing = "FILL IN: ";
    private const int CommentColumn = 44;
    private const int Width = 110;

    /// <summary>The text.</summary>
    /// <param name="draft">What to write.</param>
    /// <param name="folder">The folder that the manifest will be in, to which paths are relative.</param>
    public static string Of(ManifestDraft draft, string folder)
    {
        var text = new StringBuilder();
        Line("# Written by `dotnet quantize init`. FILL IN says what only you know; GUESS says what was guessed, and why.");
        Line("# Then: dotnet quantize run quantize.yaml        All keys: docs/manifest.md");
        Line("");
        Line($"model: {Scalar(PathFrom(folder, draft.Model))}");
        Line("data:");
        Line("  validation:");
        if (draft.Image is { } image)
            Pictures(image);
        else
            Arrays();
        Line("  calibration: { from: validation }", "better: samples of their own, such as 300 of the training data");
        Line("metrics:");
        Metric();
        Line("compression:");
        Line("  target_device: CPU", "x64 with VNNI; x64 for older processors, arm64 for ARM (docs/devices.md)");
        if (draft.Transformer is { } reason)
            Line("  model_type: transformer", $"GUESS: {reason}");
        Line("  algorithms:");
        Line("    - name: AccuracyAwareQuantization");
        Line("      params:");
        Line("        preset: performance", "mixed, if the budget is missed");
        Line("        stat_subset_size: 300", "calibration samples at most");
        Line("        shuffle_data: true", "drawn, because the first ones may all be of one class");
        Budget();
        return text.ToString();

        void Line(string code, string? comment = null)
        {
            var beside = comment is null ? code : $"{code.PadRight(CommentColumn)} # {OneLine(comment)}";
            if (comment is null || beside.Length <= Width)
            {
                text.Append(beside).Append('\n');
                return;
            }
            var indent = code[..^code.TrimStart().Length];
            foreach (var line in Wrap(OneLine(comment), Width - indent.Length - 2))
                text.Append(indent).Append("# ").Append(line).Append('\n');
            text.Append(code).Append('\n');
        }

        string? From(string? path) => path is null ? null : PathFrom(folder, path);

        void Pictures(Guess<ImageForm> image)
        {
            var form = image.Value;
            Line($"    images: {Scalar(From(draft.Images) ?? "path/to/images")}", draft.Images is null ? Missing + "a folder of JPEG or PNG files, or a glob such as val/*.jpg" : null);
            if (draft.Boxes is not null)
                Annotations();
            else
                Labels(draft.Task.Value == ModelTask.Segmentation ? "path/to/masks.npy" : "path/to/labels.csv", draft.Task.Value == ModelTask.Segmentation
                ? $"an .npy of masks, one a picture in the order of file names, {Number(form.Width)} x {Number(form.Height)} each"
                : "a csv with the header file,label; or leave it out when each class has a sub-folder");
            Line("    preprocess:");
            if (draft.Boxes is { Value.IsLetterboxed: true })
            {
                Line($"      - resize: {{ width: {Number(form.Width)}, height: {Number(form.Height)}, keep_ratio: true }}", $"GUESS: as YOLO is trained; {image.Reason}");
                Line($"      - pad_to: {{ width: {Number(form.Width)}, height: {Number(form.Height)}, value: 114 }}");
            }
            else if (form.Height == form.Width && form.Height > Normalization.SmallEdge && draft.Task.Value == ModelTask.Classification)
            {
                Line($"      - resize: {{ shorter: {Number(form.Height * 8 / 7)} }}", $"GUESS: the middle 7/8, as ImageNet's models are tested; {image.Reason}");
                Line($"      - center_crop: {Number(form.Height)}");
            }
            else
            {
                Line($"      - resize: {{ width: {Number(form.Width)}, height: {Number(form.Height)} }}", $"GUESS: the whole picture; {image.Reason}");
            }
            Line($"      - color: {(form.Channels == 1 ? "gray" : "rgb")}", form.Channels == 1 ? "one channel" : "GUESS: three channels; models trained with OpenCV take bgr");
            foreach (var step in draft.Normalization.Value.Steps)
                Line($"      - {step}", step == draft.Normalization.Value.Steps[0] ? $"GUESS: {draft.Normalization.Reason}; use what the model was trained with" : null);
            if (draft.Normalization.Value.Steps.Length == 0)
                Line("      # GUESS: " + OneLine($"{draft.Normalization.Reason}: values stay 0 to 255; use what the model was trained with"));
            Line($"      - layout: {(form.ChannelsFirst ? "nchw" : "nhwc")}");
        }

        void Arrays()
        {
            Line("    tensors:");
            foreach (var input in draft.Inputs)
                Line($"      {Scalar(input)}: {Scalar(From(draft.Tensors.GetValueOrDefault(input)) ?? $"path/to/{FileName(input)}.npy")}", draft.Tensors.ContainsKey(input) ? null : Missing + "an .npy file whose first axis counts the samples");
            Labels("path/to/labels.npy", draft.Task.Value == ModelTask.ImageToImage ? "an .npy of the pictures that should come out" : "an .npy with a label for each sample");
        }

        void Annotations()
        {
            var isFolder = draft.Labels is { } labels && Directory.Exists(labels);
            Line($"    annotations: {{ {(isFolder ? "voc" : "coco")}: {Scalar(From(draft.Labels) ?? "path/to/instances.json")} }}", draft.Labels is null ? Missing + "COCO's file of boxes; or { voc: path/to/Annotations }, a folder of Pascal VOC's .xml files" : null);
            Line("    # With classes by COCO's ids: classes_by: id. With a background class before the others: first_class: 1.");
        }

        void Labels(string placeholder, string hint)
        {
            if (draft.NeedsLabels)
                Line($"    labels: {Scalar((draft.Labels == ManifestDraft.Folders ? draft.Labels : From(draft.Labels)) ?? placeholder)}", draft.Labels is null ? Missing + hint : null);
        }

        void Metric()
        {
            if (draft.Boxes is { Value: var boxes })
            {
                Line("  - name: map", $"GUESS: {draft.Task.Reason}");
                Line("    params:");
                Line($"      decoding: {boxes.Name}", "or ssd, boxes, yolo, yolo_grid, anchors: docs/metrics.md");
                foreach (var (line, check) in boxes.Parameters)
                    Line($"      {line}", check is null ? null : $"GUESS: {check}");
                Line("    # map is Pascal VOC's mean average precision at an overlap of 0.5. COCO's over ten overlaps: name: coco_precision");
                return;
            }
            var (name, parameters) = draft.Task.Value switch
            {
                ModelTask.Classification => ("accuracy@top1", null),
                ModelTask.YesOrNo => ("f1", null),
                ModelTask.Segmentation => ("mean_iou", $"classes: {Number(draft.Classes)}, axis: {(draft.Image!.Value.ChannelsFirst ? 1 : 3)}, ignore: 255"),
                ModelTask.ImageToImage => ("psnr", $"data_range: 1, crop_border: {Number(draft.Scale > 1 ? draft.Scale : 0)}"),
                ModelTask.Regression => ("mae", null),
                ModelTask.Sequence => ("agreement", "axis: -1"),
                _ => ((string, string?))("cosine", null),
            };
            Line($"  - name: {name}", $"GUESS: {draft.Task.Reason}");
            if (parameters is not null)
                Line($"    params: {{ {parameters} }}", draft.Task.Value == ModelTask.ImageToImage ? "GUESS: values from 0 to 1" : draft.Task.Value == ModelTask.Segmentation ? "GUESS: 255 marks pixels without a label" : null);
            if (!draft.NeedsLabels)
                Line("    # It compares with the float model and needs no labels. A metric of your own task says more: docs/metrics.md.");
        }

        void Budget()
        {
            var (usual, means) = draft.Task.Value switch
            {
                ModelTask.Classification => (0.005, "half a percentage point"),
                ModelTask.ImageToImage => (0.3, "dB"),
                ModelTask.Regression => (0.01, "relative: 1 %"),
                _ => (0.01, "one hundredth, or percentage point"),
            };
            Line($"        maximal_drop: {Number(draft.MaximalDrop ?? usual)}", draft.MaximalDrop is null ? $"GUESS: {means}; how much worse than the float model it may become" : "how much worse than the float model it may become");
            if (draft.Task.Value == ModelTask.Regression)
                Line("        drop_type: relative");
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }
            line.Append(line.Length == 0 ? "" : " ").Append(word);
        }
        yield return line.ToString();
    }

    /// <summary>A path as a manifest writes it: relative to its folder where that is possible, with forward slashes.</summary>
    private static string PathFrom(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    private static string Number(double value) => value.ToString("0.############", CultureInfo.InvariantCulture);

    private static string FileName(string input) => string.Concat(input.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));

    /// <summary>Plain where YAML reads it as the same text for sure, quoted otherwise; names come from models that anybody may have made.</summary>
    internal static string Scalar(string text) => Plain().IsMatch(text) && text is not ("true" or "false" or "null" or "True" or "False" or "Null" or "TRUE" or "FALSE" or "NULL")
        ? text : "\"" + string.Concat(text.Select(Escape)) + "\"";

    private static string Escape(char c) => c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' ? $"\\u{(int)c:X4}" : c.ToString();

    /// <summary>A comment ends with its line, so no name may break it.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '\uFFFD' : c));

    [GeneratedRegex(@"^[A-Za-z_./][A-Za-z0-9_./-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
