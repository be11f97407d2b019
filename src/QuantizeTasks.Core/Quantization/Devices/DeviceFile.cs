using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Schema;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>Reads a device's file, strictly: what the schema does not know is an error with line and column.</summary>
internal static class DeviceFile
{
    /// <summary>Mappings, by their path, whose entries are inherited one by one; everything else is replaced as a whole.</summary>
    private static readonly string[] Inherited = ["operators", "float_patterns", "costs", "costs.values"];

    /// <summary>Reads a file.</summary>
    /// <param name="name">The file's name, without ending; errors show it and the device must have it.</param>
    /// <param name="text">The YAML.</param>
    /// <param name="textOf">The text of another device's file; null when there is no such device.</param>
    /// <exception cref="QuantizeException">Everything that is wrong with it.</exception>
    public static DeviceProfile Read(string name, string text, Func<string, string?> textOf)
    {
        var errors = new ErrorList();
        var root = Inherit(name, text, textOf, [name]);
        new ShapeCheck(errors, DeviceSchema.Root, "a device's file").Check(root);
        errors.ThrowIfAny();
        if (root.Text("name")!.Value is var given && given != name)
            errors.Add(DiagnosticCodes.ConflictingKeys, root["name"]!, $"The file '{name}' describes the device '{given}'. Both must have one name.");
        var profile = new DeviceFileReader(errors).Read(root);
        errors.ThrowIfAny();
        return profile;
    }

    private static MappingNode Inherit(string name, string text, Func<string, string?> textOf, ImmutableArray<string> path)
    {
        var root = YamlTree.Parse(name + ".yaml", text);
        if (root.Text("inherits") is not { } parent)
            return root;
        if (path.Contains(parent.Value))
            throw new QuantizeException(DiagnosticCodes.ConflictingKeys, $"The device inherits from itself: {string.Join(" -> ", path.Add(parent.Value))}.", parent.Position);
        var inherited = textOf(parent.Value)
            ?? throw new QuantizeException(DiagnosticCodes.UnknownName, $"There is no device '{ScalarNode.Shorten(parent.Value)}' to inherit from.", parent.Position);
        return Merge(Inherit(parent.Value, inherited, textOf, path.Add(parent.Value)), root, "");
    }

    private static MappingNode Merge(MappingNode parent, MappingNode child, string path) => child.Entries.Aggregate(parent, (merged, entry) =>
    {
        var inner = path.Length == 0 ? entry.Key : $"{path}.{entry.Key}";
        return merged.With(entry.Key, Inherited.Contains(inner) && merged[entry.Key] is MappingNode old && entry.Value is MappingNode replacing ? Merge(old, replacing, inner) : entry.Value);
    });
}
