using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Reads <c>model</c>.</summary>
internal static class ModelSection
{
    private const string HowToGetOnnx =
        "It is OpenVINO's own format, which cannot be turned back into ONNX. Export the original model to ONNX (torch.onnx.export, tf2onnx, paddle2onnx), or take the .onnx file that was given to OpenVINO's converter, and name that.";

    /// <summary>The manifest's <c>model</c> and <c>output</c>.</summary>
    public static (ScalarNode? Model, ScalarNode? Output) Read(KeyReader root, Translation translation)
    {
        if (root.Mapping("model") is not { } section)
        {
            if (!root.Has("model"))
                translation.Errors.Add(DiagnosticCodes.MissingKey, root.Node, "'model' is missing: { \"model_name\": ..., \"model\": \"model.onnx\" }.");
            return default;
        }
        var keys = new KeyReader(section, "model", translation);
        if (keys.Take("cascade") is { } cascade)
            translation.Unsupported(cascade, $"'model.cascade' is not supported: only the original's own engines know how the models of a cascade feed each other. Quantize each by a configuration of its own whose 'model' names it{Names(cascade)}, on the data that it gets there. Where only all of them together have a metric, compare each with its float model (the metrics cosine, sqnr or agreement of a quantize.yaml), or run the others in a post_processing of your own (docs/plugins.md).");
        var (name, model, weights) = (keys.Text("model_name"), keys.Has("cascade") ? null : keys.RequiredText("model"), keys.Text("weights"));
        keys.Finish();
        if (model is not null && IsOpenVino(model.Value))
            translation.Errors.Add(DiagnosticCodes.OpenVinoModel, model, $"'{model.Value}' is no ONNX model. {HowToGetOnnx}");
        else if (weights is not null && weights.Value != model?.Value)
            translation.Unsupported(Tree.Text(weights.Position, weights.Value), $"'model.weights' names '{weights.Value}', but an ONNX model holds its weights or names their file itself. Remove the key.");
        return (model is null ? null : translation.Path(model), name is null ? null : Tree.Text(name.Position, $"{name.Value}.int8.onnx"));
    }

    private static string Names(ManifestNode cascade) =>
        (cascade as ListNode)?.Items.OfType<MappingNode>().Select(m => m.Text("model")?.Value).OfType<string>().Select(ScalarNode.Shorten).ToArray() is { Length: > 0 } models ? $": {string.Join(", then ", models)}" : "";

    private static bool IsOpenVino(string path) => Path.GetExtension(path).ToUpperInvariant() is ".XML" or ".BIN";
}
