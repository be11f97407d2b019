namespace QuantizeTasks.Quantization.Placement;

/// <summary>Names joined into sets (union-find); the earlier representative stays, so the outcome depends on the order of the calls alone.</summary>
internal sealed class DisjointSets
{
    private readonly Dictionary<string, string> _parents = new(StringComparer.Ordinal);

    public string Find(string name)
    {
        var root = name;
        while (_parents.TryGetValue(root, out var parent))
            root = parent;
        while (name != root)
        {
            var parent = _parents[name];
            _parents[name] = root;
            name = parent;
        }
        return root;
    }

    public void Join(string left, string right)
    {
        var (first, second) = (Find(left), Find(right));
        if (first != second)
            _parents[second] = first;
    }
}
