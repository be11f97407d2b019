using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Turns the Accuracy Checker's reader and <c>preprocessing</c> into the manifest's <c>preprocess</c> steps.</summary>
/// <param name="input">What the model takes.</param>
/// <param name="translation">Takes what is wrong.</param>
internal sealed class PreprocessingSection(ModelInput input, Translation translation)
{
    /// <summary>Means and, by the same names, divisors that the Accuracy Checker knows (its preprocessor/normalization.py), in BGR order.</summary>
    private static readonly Dictionary<string, double[]> Precomputed = new(StringComparer.OrdinalIgnoreCase)
    {
        ["imagenet"] = [104.00698793, 116.66876762, 122.67891434],
        ["cifar10"] = [125.307, 122.961, 113.8575],
    };

    private readonly List<ManifestNode> _steps = [];
    private string _color = "";
    private (int Width, int Height)? _window;

    /// <summary>The steps of a dataset.</summary>
    /// <param name="dataset">The dataset, whose <c>reader</c> is read.</param>
    /// <param name="preprocessing">Its <c>preprocessing</c>, or the one that datasets share; null without.</param>
    public ListNode Read(KeyReader dataset, ListNode? preprocessing)
    {
        var at = preprocessing?.Position ?? dataset.Node.Position;
        _steps.Clear();
        _window = null;
        Color(at, ReaderColor(dataset));
        foreach (var (item, index) in (preprocessing?.Items ?? []).Select((item, index) => (item, index)))
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{dataset.Path}.preprocessing[{index}]");
            if (item is not MappingNode mapping || mapping.Text("type") is not { } type)
            {
                translation.Unsupported(item, $"'{path}' must be a mapping with 'type', but is {item.Kind}.");
                continue;
            }
            var keys = new KeyReader(mapping, $"{path} ({ScalarNode.Shorten(type.Value)})", translation);
            keys.Take("type");
            Step(type, keys);
        }
        _steps.Add(Tree.Step(at, "layout", Tree.Word(at, input.IsChannelsFirst ? "nchw" : "nhwc")));
        return Tree.List(at, _steps);
    }

    private string ReaderColor(KeyReader dataset)
    {
        var keys = dataset.Take("reader") switch
        {
            null => null,
            MappingNode mapping => new KeyReader(mapping, $"{dataset.Path}.reader", translation),
            var word => new KeyReader(Tree.Mapping(word.Position, ("type", word)), $"{dataset.Path}.reader", translation),
        };
        if (keys is null)
            return "bgr";
        var reader = keys.OneOf("type", "opencv_imread", "pillow_imread");
        var flag = reader == "opencv_imread" ? keys.OneOf("reading_flag", "color", "gray") : null;
        keys.Finish();
        return flag == "gray" ? "gray" : reader == "pillow_imread" ? "rgb" : "bgr";
    }

    private void Step(Located<string> type, KeyReader keys)
    {
        var at = keys.Node.Position;
        switch (type.Value)
        {
            case "resize":
                _window = new ResizePreprocessing(translation).Read(keys, _steps);
                break;
            case "auto_resize" when input.HasSize:
                _steps.Add(SimplifiedEngine.ResizeStep(at, input.Width, input.Height));
                break;
            case "auto_resize":
                translation.Unsupported(keys.Node, $"'{keys.Path}' resizes to the model's input, whose size is open. Use 'resize' with a size.");
                break;
            case "crop":
                Crop(keys, at);
                break;
            case "padding":
                Padding(keys, at);
                break;
            case "normalization":
                Normalization(keys, at);
                break;
            // Both only reverse the channels, whatever their order was.
            case "bgr_to_rgb" or "rgb_to_bgr" when _color != "gray":
                Color(at, _color == "bgr" ? "rgb" : "bgr");
                break;
            case "bgr_to_gray" when _color == "bgr":
            case "rgb_to_gray" when _color == "rgb":
                Color(at, "gray");
                break;
            case "bgr_to_rgb" or "rgb_to_bgr" or "bgr_to_gray" or "rgb_to_gray":
                translation.Unsupported(keys.Node, $"'{keys.Path}' finds an image whose channels are {_color} at this step.");
                break;
            default:
                string[] known = ["resize", "auto_resize", "crop", "padding", "normalization", "bgr_to_rgb", "rgb_to_bgr", "bgr_to_gray", "rgb_to_gray"];
                translation.Unsupported(Tree.Text(type.Position, type.Value), $"The preprocessing '{type.Value}' is not supported.{DidYouMean.Hint(type.Value, known)} Supported: {string.Join(", ", known)}.");
                return;
        }
        keys.Finish();
    }

    private void Color(Diagnostics.SourcePosition at, string color)
    {
        _steps.Add(Tree.Step(at, "color", Tree.Word(at, color)));
        _color = color;
    }

    private void Crop(KeyReader keys, Diagnostics.SourcePosition at)
    {
        keys.Leave("which library cuts changes an odd rest's pixel at most", "use_pillow");
        if (keys.Number("central_fraction") is { } fraction)
            _steps.Add(Tree.Step(at, "central_fraction", Tree.Number(fraction.Position, fraction.Value)));
        else if (Size.Read(keys, translation) is var (width, height))
            _steps.Add(Tree.Step(at, "center_crop", Tree.Mapping(at, ("width", Tree.Number(at, width)), ("height", Tree.Number(at, height)))));
    }

    private void Padding(KeyReader keys, Diagnostics.SourcePosition at)
    {
        keys.Only("pad_type", "center", "other sides would have to be known to the decoding of boxes");
        var values = keys.Numbers("pad_value");
        if (values.Any(v => v.Value != values[0].Value))
            translation.Unsupported(keys.Node, $"'{keys.Path}.pad_value' differs between channels; one value for all is supported.");
        // Without a size the border fills up what the resize before it was to fill.
        var size = _window is not null && !keys.Has("size") && !keys.Has("dst_width") && !keys.Has("dst_height") ? _window : Size.Read(keys, translation);
        if (size is var (width, height))
            _steps.Add(Tree.Step(at, "pad_to", Tree.Mapping(at,
                ("width", Tree.Number(at, width)), ("height", Tree.Number(at, height)), ("value", values.IsEmpty ? null : Tree.Number(at, values[0].Value)))));
    }

    private void Normalization(KeyReader keys, Diagnostics.SourcePosition at)
    {
        keys.Leave("there is one input", "images_only");
        var (mean, std) = (Values(keys, "mean"), Values(keys, "std"));
        if (mean is null && std is null)
            translation.Errors.Add(Diagnostics.DiagnosticCodes.MissingKey, keys.Node, $"'{keys.Path}' needs 'mean' or 'std'.");
        _steps.Add(Tree.Step(at, "normalize", Tree.Mapping(at, ("mean", mean ?? Tree.Number(at, 0)), ("std", std ?? Tree.Number(at, 1)))));
    }

    private static ManifestNode? Values(KeyReader keys, string key)
    {
        if (!keys.Has(key))
            return null;
        var position = keys.Node[key]!.Position;
        if (keys.Node[key] is ScalarNode name && Precomputed.TryGetValue(name.Text, out var known))
        {
            keys.Take(key);
            return Tree.List(position, known.Select(v => Tree.Number(position, v)));
        }
        ImmutableArray<Located<double>> numbers = keys.Numbers(key);
        return numbers.Length == 1 ? Tree.Number(position, numbers[0].Value) : Tree.List(position, numbers.Select(n => Tree.Number(n.Position, n.Value)));
    }
}
