using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx;

/// <summary>What the bodies of an If, Loop or Scan take from the graphs around them by name.</summary>
internal static class Captures
{
    /// <summary>The names that a body reads and does not define, with repetitions.</summary>
    public static IEnumerable<string> Of(GraphProto body)
    {
        var local = Local(body);
        return body.Node.SelectMany(OnnxGraph.Reads).Concat(body.Output.Select(o => o.Name)).Where(name => !local.Contains(name));
    }

    /// <summary>Makes a body, and those inside it, read another tensor of the graphs around it. Names of outputs do not matter: they are known by their position.</summary>
    /// <returns>False, and nothing is changed, when the body has a tensor of its own under the new name.</returns>
    public static bool TryRename(GraphProto body, string from, string to)
    {
        if (!Of(body).Contains(from))
            return true;
        if (!CanRename(body, to))
            return false;
        foreach (var node in body.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
                if (node.Input[i] == from)
                    node.Input[i] = to;
            foreach (var inner in node.Attribute.SelectMany(a => a.Bodies()))
                TryRename(inner, from, to);
        }
        foreach (var output in body.Output)
            if (output.Name == from)
                output.Name = to;
        return true;
    }

    private static bool CanRename(GraphProto body, string to) =>
        !Local(body).Contains(to) && body.Node.SelectMany(n => n.Attribute).SelectMany(a => a.Bodies()).All(inner => CanRename(inner, to));

    private static HashSet<string> Local(GraphProto body)
    {
        var local = new HashSet<string>(body.Input.Select(i => i.Name), StringComparer.Ordinal);
        local.UnionWith(body.Initializer.Select(i => i.Name));
        local.UnionWith(body.SparseInitializer.Select(s => s.Values?.Name ?? ""));
        local.UnionWith(body.Node.SelectMany(n => n.Output));
        return local;
    }
}
