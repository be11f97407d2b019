using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>The part of <c>launchers</c> that matters: how the model's outputs are read and what its input is called.</summary>
/// <param name="Adapter">The adapter with its parameters; null without.</param>
/// <param name="Input">The model input that images go to; null for the only one.</param>
/// <param name="Layout"><c>NCHW</c> or <c>NHWC</c>; null when the model says it.</param>
internal sealed record LauncherSection(KeyReader? Adapter, Located<string>? Input, string? Layout)
{
    /// <summary>Reads the first launcher, as the Post-training Optimization Tool does.</summary>
    public static LauncherSection Read(KeyReader keys, Translation translation)
    {
        var launchers = keys.List("launchers");
        if (launchers is not [MappingNode first, ..])
            return new LauncherSection(null, null, null);
        foreach (var further in launchers.Skip(1))
            translation.Leave($"launchers in line {further.Position.Line}: the first one counts");
        var launcher = new KeyReader(first, "launchers[0]", translation);
        launcher.Leave("the model is the one of 'model' and runs in ONNX Runtime on the processor", "framework", "device", "model", "weights", "tags", "batch", "async", "num_requests");
        var (input, layout) = InputOf(launcher, translation);
        var adapter = launcher.Take("adapter") switch
        {
            null => null,
            MappingNode mapping => new KeyReader(mapping, "launchers[0].adapter", translation),
            var word => new KeyReader(Tree.Mapping(word.Position, ("type", word)), "launchers[0].adapter", translation),
        };
        launcher.Finish();
        return new LauncherSection(adapter, input, layout);
    }

    private static (Located<string>? Name, string? Layout) InputOf(KeyReader launcher, Translation translation)
    {
        if (launcher.List("inputs") is not [var node, ..] inputs)
            return default;
        if (inputs.Length > 1 || node is not MappingNode mapping)
        {
            translation.Unsupported(launcher.Node["inputs"]!, "'launchers[0].inputs' must be a list of one input of the type INPUT; models with several inputs are described by a quantize.yaml.");
            return default;
        }
        var keys = new KeyReader(mapping, "launchers[0].inputs[0]", translation);
        keys.Only("type", "INPUT", "other inputs have no image");
        keys.Leave("the shape is the model's own", "shape");
        keys.Leave("every image goes to this input", "value");
        var (name, layout) = (keys.Text("name"), keys.OneOf("layout", "NCHW", "NHWC"));
        keys.Finish();
        return (name, layout);
    }
}
