using System.Collections.Immutable;
using System.Globalization;

namespace QuantizeTasks.Drafting;

/// <summary>Recognizes the outputs of usual detectors by their shapes and names.</summary>
internal static class DetectorGuess
{
    /// <summary>Anchors of YOLOv3 and YOLOv5, and of the tiny YOLOv3, by the stride of the grid that they are for.</summary>
    private static readonly Dictionary<int, string> Anchors = new() { [8] = "10, 13, 16, 30, 33, 23", [16] = "30, 61, 62, 45, 59, 119", [32] = "116, 90, 156, 198, 373, 326" };
    private static readonly Dictionary<int, string> TinyAnchors = new() { [16] = "10, 14, 23, 27, 37, 58", [32] = "81, 82, 135, 169, 344, 319" };

    private const int AnchorsOfACell = 3;
    private const int RetinaNetAnchors = 9;

    /// <summary>The decoding; null when the model is no detector of a kind that is known.</summary>
    public static Guess<BoxDecoding>? Of(ModelFacts facts)
    {
        if (facts.Image is not { } image || facts.Outputs is not { } outputs)
            return null;
        var (height, width) = (image.Height > 0 ? image.Height : facts.Edge, image.Width > 0 ? image.Width : facts.Edge);
        return outputs is [var only] ? Rows(facts.OutputNames[0], only, height, width)
            : Finished(facts, outputs) ?? Grids(facts, outputs, height, width) ?? Offsets(facts, outputs, height, width);
    }

    /// <summary>One output: rows of an SSD's DetectionOutput, or of a YOLO whose grids are decoded.</summary>
    private static Guess<BoxDecoding>? Rows(string name, Tensor output, int height, int width)
    {
        if (output.ElementType != typeof(float))
            return null;
        var text = $"'{name}' is {Text(output)}";
        switch (output.Shape.ToArray())
        {
            case [1, 1, _, 7]:
                return new(new BoxDecoding("ssd", [], false), $"{text}, rows of image, class, score and box as an SSD's DetectionOutput");
            case [1, var a, var b]:
                var cells = Cells(height, width, [8, 16, 32]);
                var isInColumns = b == cells || b == AnchorsOfACell * cells;
                var (rows, columns) = isInColumns ? (b, a) : (a, b);
                // From YOLOv8 on there is no objectness, and a box a cell, one column each.
                var hasObjectness = !(isInColumns && rows == cells);
                var classes = columns - (hasObjectness ? 5 : 4);
                return (rows == cells || rows == AnchorsOfACell * cells) && classes > 0
                    ? new(new BoxDecoding("yolo", [($"classes: {Number(classes)}", null), .. hasObjectness ? [] : ((string, string?)[])[("objectness: false", "four numbers of the box, then classes, as from YOLOv8 on")]], true),
                        $"{text}: {Number(rows)} is {(rows == cells ? "a box" : "three boxes")} for each cell of YOLO's three grids") : null;
            default:
                return null;
        }
    }

    /// <summary>Boxes, scores and classes in outputs of their own, recognized by their names.</summary>
    private static Guess<BoxDecoding>? Finished(ModelFacts facts, ImmutableArray<Tensor> outputs)
    {
        var (boxes, scores, labels, count) = (Find("box"), Find("score"), Find("class") ?? Find("label"), Find("num"));
        if (boxes is null || scores is null || labels is null || outputs[boxes.Value].Shape is not { Count: >= 2 } shape || shape[^1] != 4
            || outputs[scores.Value].Length * 4 != outputs[boxes.Value].Length || outputs[labels.Value].Length != outputs[scores.Value].Length)
            return null;
        var isTensorFlow = facts.OutputNames[boxes.Value].Contains("detection_boxes", StringComparison.OrdinalIgnoreCase);
        var lines = new List<(string, string?)> { ($"boxes: {Name(boxes)}", null), ($"scores: {Name(scores)}", null), ($"labels: {Name(labels)}", null) };
        if (count is not null && outputs[count.Value].Length == 1)
            lines.Add(($"count: {Name(count)}", null));
        lines.Add(isTensorFlow ? ("box_format: yxyx", "as TensorFlow's detectors have them; or xyxy, xywh, cxcywh") : ("box_format: xyxy", "two corners; or yxyx, xywh, cxcywh"));
        lines.Add(isTensorFlow ? ("coordinates: normalized", "shares of the input; or pixels") : ("coordinates: pixels", "of the input; or normalized, shares of it"));
        return new(new BoxDecoding("boxes", [.. lines], false), $"it has outputs for boxes, scores and classes: {string.Join(", ", facts.OutputNames.Take(4))}");

        // The shortest name: TensorFlow's have raw_detection_boxes and detection_multiclass_scores, too.
        int? Find(string word) => facts.OutputNames.Select((name, index) => (name, index)).Where(o => o.name.Contains(word, StringComparison.OrdinalIgnoreCase)).OrderBy(o => o.name.Length).Select(o => (int?)o.index).FirstOrDefault();

        string Name(int? index) => DraftText.Scalar(facts.OutputNames[index!.Value]);
    }

    /// <summary>Two or three grids as they leave a YOLO's heads.</summary>
    private static Guess<BoxDecoding>? Grids(ModelFacts facts, ImmutableArray<Tensor> outputs, int height, int width)
    {
        var grids = outputs.Select(o => Grid(o, height, width)).ToList();
        if (grids.Count is not (2 or 3) || grids.Any(g => g is null || g.Value.Columns != grids[0]!.Value.Columns) || grids.Select(g => g!.Value.Stride).Distinct().Count() != grids.Count)
            return null;
        var usual = grids.Count == 3 ? Anchors : TinyAnchors;
        if (!grids.All(g => usual.ContainsKey(g!.Value.Stride)))
            return null;
        var (classes, isYolo5) = (grids[0]!.Value.Columns - 5, outputs[0].Shape.Count == 5);
        var lines = new List<(string, string?)>
        {
            ($"classes: {Number(classes)}", null),
            ($"outputs: [{string.Join(", ", facts.OutputNames.Select(DraftText.Scalar))}]", null),
            ($"anchors: [{string.Join(", ", grids.Select(g => usual[g!.Value.Stride]))}]", $"those of YOLOv{(grids.Count == 3 ? "3 and 5" : "3-tiny")}; use what the model was trained with, in the order of the outputs"),
            ($"style: {(isYolo5 ? "yolov5" : "yolov3")}", isYolo5 ? "five axes as YOLOv5 has them" : "yolov3 is also YOLOv4's; or yolov5"),
        };
        if (facts.OutputNames.All(name => facts.Maker(name) is { OpType: "Sigmoid" }))
            lines.Add(("activated: true", "a Sigmoid makes the outputs"));
        return new(new BoxDecoding("yolo_grid", [.. lines], true), $"its {Number(grids.Count)} outputs are grids of {string.Join(", ", grids.Select(g => $"1/{Number(g!.Value.Stride)}"))} of the input with three anchors of {Number(classes)} classes");
    }

    private static (int Stride, int Columns)? Grid(Tensor output, int height, int width)
    {
        (int Height, int Width, int Columns)? grid = output.ElementType != typeof(float) ? null : output.Shape.ToArray() switch
        {
            [1, AnchorsOfACell, var h, var w, var c] => (h, w, c),
            [1, var h, var w, AnchorsOfACell, var c] => (h, w, c),
            [1, var c, var h, var w] when c % AnchorsOfACell == 0 && h * 8 <= height => (h, w, c / AnchorsOfACell),
            [1, var h, var w, var c] when c % AnchorsOfACell == 0 && h * 8 <= height => (h, w, c / AnchorsOfACell),
            _ => null,
        };
        return grid is var (rows, across, columns) && rows > 0 && height % rows == 0 && columns > 5 && across * (height / rows) == width ? (height / rows, columns) : null;
    }

    /// <summary>Offsets from anchors and scores, as many as RetinaNet has.</summary>
    private static Guess<BoxDecoding>? Offsets(ModelFacts facts, ImmutableArray<Tensor> outputs, int height, int width)
    {
        if (outputs.Length != 2 || outputs.Any(o => o.Shape.Count != 3 || o.Shape[0] != 1))
            return null;
        var boxes = outputs[0].Shape[2] == 4 ? 0 : 1;
        var rows = outputs[boxes].Shape[1];
        if (outputs[boxes].Shape[2] != 4 || outputs[1 - boxes].Shape[1] != rows || rows != RetinaNetAnchors * Cells(height, width, [8, 16, 32, 64, 128]))
            return null;
        return new(new BoxDecoding("anchors",
        [
            ($"boxes: {DraftText.Scalar(facts.OutputNames[boxes])}", null),
            ($"scores: {DraftText.Scalar(facts.OutputNames[1 - boxes])}", null),
            ("strides: [8, 16, 32, 64, 128]", null),
            ("sizes: [32, 64, 128, 256, 512]", null),
            ("ratios: [0.5, 1, 2]", "in the order in which the model has them"),
            ("scales: [1, 1.2599210498948732, 1.5874010519681994]", null),
            ("variances: [0.1, 0.1, 0.2, 0.2]", "1 for models of torchvision and Detectron"),
            ("score_activation: none", "sigmoid, if the model gives logits"),
        ], false), $"'{facts.OutputNames[boxes]}' is {Text(outputs[boxes])}, nine anchors for each cell of RetinaNet's five levels");
    }

    private static int Cells(int height, int width, int[] strides) => strides.Sum(s => (height + s - 1) / s * ((width + s - 1) / s));

    private static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.Shape.Select(Number))}]";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
