using System.Collections.Immutable;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>The Accuracy Checker's adapter <c>retinanet</c>, whose anchors are those of its adapters/retinanet.py: levels 3 to 7, three ratios, three scales.</summary>
internal static class RetinaNetAdapter
{
    private static readonly double[] Strides = [8, 16, 32, 64, 128];
    private static readonly double[] Sizes = [32, 64, 128, 256, 512];
    private static readonly double[] Ratios = [0.5, 1, 2];
    private static readonly double[] Scales = [1, Math.Pow(2, 1 / 3.0), Math.Pow(2, 2 / 3.0)];
    private static readonly double[] Variances = [0.1, 0.1, 0.2, 0.2];
    private const double LeastScore = 0.05;

    /// <summary>The decoding's parameters; null when they are wrong, which is reported.</summary>
    public static ImmutableArray<(string Key, ManifestNode Value)>? Read(KeyReader adapter)
    {
        var (boxes, scores) = (adapter.RequiredText("loc_out"), adapter.RequiredText("class_out"));
        if (boxes is null || scores is null)
            return null;
        var at = adapter.Node.Position;
        return
        [
            ("decoding", Tree.Word(at, "anchors")),
            ("boxes", Tree.Text(boxes.Position, boxes.Value)),
            ("scores", Tree.Text(scores.Position, scores.Value)),
            ("strides", Numbers(Strides)),
            ("sizes", Numbers(Sizes)),
            ("ratios", Numbers(Ratios)),
            ("scales", Numbers(Scales)),
            ("variances", Numbers(Variances)),
            ("multi_label", Tree.Flag(at, false)),
            ("score_threshold", Tree.Number(at, LeastScore)),
        ];

        ListNode Numbers(double[] numbers) => Tree.List(at, numbers.Select(n => Tree.Number(at, n)));
    }
}
