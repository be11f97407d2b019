using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Schema;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Writes the <c>quantize.yaml</c> that says the same as a configuration of the Post-training Optimization Tool.</summary>
internal static class PotImport
{
    /// <summary>Longer sentences belong in the manual.</summary>
    private const int LongestComment = 110;

    /// <summary>The manifest's text.</summary>
    /// <param name="path">The configuration.</param>
    /// <param name="folder">The folder that the manifest will lie in; its paths are relative to that.</param>
    /// <exception cref="QuantizeException">Everything that is wrong with the configuration.</exception>
    public static string Text(string path, string folder)
    {
        path = Path.GetFullPath(path);
        var errors = new ErrorList();
        var translation = new Translation(Path.GetFullPath(folder), errors);
        var tree = PotConfiguration.Translate(PotConfiguration.Tree(path), translation, overrides: null);
        // A manifest that would not be accepted is not written.
        ManifestReader.Build(Path.Combine(Path.GetFullPath(folder), "quantize.yaml"), tree, overrides: null, errors);
        var text = new StringBuilder($"# The same as {Path.GetFileName(path)}, a configuration of the Post-training Optimization Tool. Paths are relative to this file.\n");
        if (translation.Ignored.Count > 0)
            text.Append("# Left out, because it changes no result:\n").AppendJoin("", translation.Ignored.Select(i => $"#   {OneLine(i)}\n"));
        return text.Append('\n').Append(YamlText.Of(tree, Comment)).ToString();
    }

    /// <summary>The first sentence that the manual says of a parameter.</summary>
    private static string? Comment(IReadOnlyList<string> keys)
    {
        if (keys is not ["compression" or "model" or "output", ..])
            return null;
        Shape shape = ManifestSchema.Root;
        Key? key = null;
        foreach (var name in keys)
        {
            if (Mapping(shape)?[name] is not { } found)
                return null;
            (key, shape) = (found, found.Shape);
        }
        var sentence = key!.Description.Split(". ")[0].TrimEnd('.').Replace("`", "", StringComparison.Ordinal);
        return sentence.Length <= LongestComment ? sentence : null;
    }

    private static MappingShape? Mapping(Shape shape) => shape switch
    {
        MappingShape mapping => mapping,
        ListShape list => Mapping(list.Item),
        EitherShape either => Mapping(either.Several),
        _ => null,
    };

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
