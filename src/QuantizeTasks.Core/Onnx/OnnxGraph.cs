using System.Diagnostics.CodeAnalysis;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx;

/// <summary>
/// A graph that one can query by tensor name and edit. Nodes are compared by reference: the generated classes compare by value.
/// Uses of an outer tensor inside the body of an If, Loop or Scan count as uses by that node.
/// </summary>
internal sealed class OnnxGraph
{
    private readonly Dictionary<string, NodeProto> _producers = [];
    private readonly Dictionary<string, List<NodeProto>> _consumers = [];
    private readonly Dictionary<string, TensorProto> _initializers = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, int> _numbers = [];
    private readonly HashSet<string> _inputs = [];
    private readonly HashSet<string> _outputs = [];

    public OnnxGraph(GraphProto proto)
    {
        Proto = proto;
        foreach (var input in proto.Input)
            _inputs.Add(input.Name);
        foreach (var output in proto.Output)
            _outputs.Add(output.Name);
        foreach (var initializer in proto.Initializer)
            _initializers[initializer.Name] = initializer;
        foreach (var node in proto.Node)
            Index(node);
        _names.UnionWith(_inputs);
        _names.UnionWith(_outputs);
        _names.UnionWith(_initializers.Keys);
        foreach (var value in proto.ValueInfo)
            _names.Add(value.Name);
    }

    public GraphProto Proto { get; }

    /// <summary>The nodes in the file's order, which is topological.</summary>
    public IReadOnlyList<NodeProto> Nodes => Proto.Node;

    /// <summary>Names of the inputs that the caller feeds: inputs that are not also initializers.</summary>
    public IEnumerable<string> Inputs => Proto.Input.Select(i => i.Name).Where(name => !_initializers.ContainsKey(name));

    public IEnumerable<string> Outputs => Proto.Output.Select(o => o.Name);

    /// <summary>True when the caller feeds the tensor; an input that is also an initializer is none of these.</summary>
    public bool IsInput(string tensor) => _inputs.Contains(tensor) && !_initializers.ContainsKey(tensor);

    public bool IsOutput(string tensor) => _outputs.Contains(tensor);

    public NodeProto? Producer(string tensor) => _producers.GetValueOrDefault(tensor);

    /// <summary>Every node that reads the tensor, once each, in graph order of insertion.</summary>
    public IReadOnlyList<NodeProto> Consumers(string tensor) => _consumers.TryGetValue(tensor, out var nodes) ? nodes : [];

    /// <summary>The value of a tensor that is an initializer (also one that is listed as an input) or the output of a Constant node.</summary>
    public bool TryGetConstant(string tensor, [NotNullWhen(true)] out TensorProto? value)
    {
        if (_initializers.TryGetValue(tensor, out value))
            return true;
        if (_producers.TryGetValue(tensor, out var node))
            value = ConstantNode.Value(node);
        return value is not null;
    }

    public bool IsConstant(string tensor) => TryGetConstant(tensor, out _);

    /// <summary>Appends a node. Call <see cref="SortTopologically"/> when done if it does not belong at the end.</summary>
    public void Add(NodeProto node)
    {
        Proto.Node.Add(node);
        Index(node);
    }

    public void Remove(NodeProto node)
    {
        for (var i = 0; i < Proto.Node.Count; i++)
        {
            if (!ReferenceEquals(Proto.Node[i], node))
                continue;
            Proto.Node.RemoveAt(i);
            break;
        }
        foreach (var output in node.Output)
            if (_producers.TryGetValue(output, out var producer) && ReferenceEquals(producer, node))
                _producers.Remove(output);
        foreach (var tensor in Reads(node))
            _consumers.GetValueOrDefault(tensor)?.RemoveAll(n => ReferenceEquals(n, node));
    }

    public void SetInput(NodeProto node, int index, string tensor)
    {
        var old = node.Input[index];
        node.Input[index] = tensor;
        if (!Reads(node).Contains(old))
            _consumers.GetValueOrDefault(old)?.RemoveAll(n => ReferenceEquals(n, node));
        AddConsumer(tensor, node);
    }

    /// <summary>Appends an input to a node.</summary>
    public void AddInput(NodeProto node, string tensor)
    {
        node.Input.Add(tensor);
        AddConsumer(tensor, node);
    }

    /// <summary>Gives an output of a node another name. Readers of the old name are left alone, so this suits a node that takes over a tensor of a node just removed.</summary>
    public void SetOutput(NodeProto node, int index, string tensor)
    {
        var old = node.Output[index];
        if (_producers.TryGetValue(old, out var producer) && ReferenceEquals(producer, node))
            _producers.Remove(old);
        node.Output[index] = tensor;
        if (tensor.Length > 0)
            _producers[tensor] = node;
        _names.Add(tensor);
    }

    /// <summary>Makes every direct use of <paramref name="from"/> by a node (that <paramref name="filter"/> accepts) read <paramref name="to"/>. Graph outputs keep their names.</summary>
    /// <param name="from">A tensor.</param>
    /// <param name="to">The tensor to read instead.</param>
    /// <param name="filter">Which nodes; all when null.</param>
    /// <param name="inBodies">Whether bodies of control flow are to read the other tensor too; one that has a tensor of that name itself goes on reading the old one.</param>
    public void ReplaceUses(string from, string to, Func<NodeProto, bool>? filter = null, bool inBodies = false)
    {
        foreach (var node in Consumers(from).ToArray())
        {
            if (filter is not null && !filter(node))
                continue;
            for (var i = 0; i < node.Input.Count; i++)
                if (node.Input[i] == from)
                    SetInput(node, i, to);
            if (!inBodies || !Bodies(node).Any())
                continue;
            foreach (var body in Bodies(node))
                Captures.TryRename(body, from, to);
            if (!Reads(node).Contains(from))
                _consumers.GetValueOrDefault(from)?.RemoveAll(n => ReferenceEquals(n, node));
            if (Reads(node).Contains(to))
                AddConsumer(to, node);
        }
    }

    public void AddInitializer(TensorProto tensor)
    {
        Proto.Initializer.Add(tensor);
        _initializers.Add(tensor.Name, tensor);
        _names.Add(tensor.Name);
    }

    /// <summary>The weights and other constants that are stored in the model, in the file's order.</summary>
    public IReadOnlyList<TensorProto> Initializers => Proto.Initializer;

    public bool IsInitializer(string tensor) => _initializers.ContainsKey(tensor);

    /// <summary>Puts other values in the place of an initializer of the same name.</summary>
    public void ReplaceInitializer(TensorProto tensor)
    {
        var old = _initializers[tensor.Name];
        for (var i = 0; i < Proto.Initializer.Count; i++)
            if (ReferenceEquals(Proto.Initializer[i], old))
                Proto.Initializer[i] = tensor;
        _initializers[tensor.Name] = tensor;
    }

    /// <summary>Gives an initializer another name. Readers of the old name are left alone.</summary>
    public void RenameInitializer(string from, string to)
    {
        var tensor = _initializers[from];
        _initializers.Remove(from);
        tensor.Name = to;
        _initializers.Add(to, tensor);
        _names.Add(to);
    }

    public void RemoveInitializer(string name)
    {
        if (!_initializers.Remove(name, out var tensor))
            return;
        for (var i = 0; i < Proto.Initializer.Count; i++)
        {
            if (!ReferenceEquals(Proto.Initializer[i], tensor))
                continue;
            Proto.Initializer.RemoveAt(i);
            break;
        }
        RemoveInputOfInitializer(name);
    }

    /// <summary>Drops the input by which a caller could have overridden the initializer, if there is one.</summary>
    public void RemoveInputOfInitializer(string name)
    {
        if (!_inputs.Remove(name))
            return;
        for (var i = 0; i < Proto.Input.Count; i++)
        {
            if (Proto.Input[i].Name != name)
                continue;
            Proto.Input.RemoveAt(i);
            break;
        }
    }

    /// <summary>A tensor or node name that nothing in the graph has yet: the stem itself, or with a number.</summary>
    public string UniqueName(string stem)
    {
        if (_names.Add(stem))
            return stem;
        // Where the last search for the stem ended: otherwise a thousand names from one stem would take half a million tries.
        var number = _numbers.GetValueOrDefault(stem) + 1;
        while (!_names.Add($"{stem}_{number}"))
            number++;
        _numbers[stem] = number;
        return $"{stem}_{number}";
    }

    /// <summary>Reorders the nodes so that producers come first; nodes that were in order keep their order (Kahn's algorithm, smallest position first).</summary>
    public void SortTopologically()
    {
        var position = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        foreach (var node in Proto.Node)
            position[node] = position.Count;
        var waiting = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        var ready = new PriorityQueue<NodeProto, int>();
        foreach (var node in Proto.Node)
        {
            var count = Reads(node).Distinct().Count(t => _producers.ContainsKey(t));
            waiting[node] = count;
            if (count == 0)
                ready.Enqueue(node, position[node]);
        }
        var sorted = new List<NodeProto>(Proto.Node.Count);
        while (ready.TryDequeue(out var node, out _))
        {
            sorted.Add(node);
            foreach (var output in node.Output)
                foreach (var consumer in Consumers(output))
                    if (--waiting[consumer] == 0)
                        ready.Enqueue(consumer, position[consumer]);
        }
        if (sorted.Count != Proto.Node.Count)
            throw new InvalidOperationException("The graph has a cycle.");
        Proto.Node.Clear();
        Proto.Node.AddRange(sorted);
    }

    private void Index(NodeProto node)
    {
        foreach (var output in node.Output)
        {
            if (output.Length == 0)
                continue;
            _producers[output] = node;
            _names.Add(output);
        }
        if (node.Name.Length > 0)
            _names.Add(node.Name);
        foreach (var body in Bodies(node))
            ReserveNames(body);
        // Not AddConsumer, which searches: half a million readers of one tensor must not take a quadratic time.
        foreach (var tensor in Reads(node).Distinct())
            Readers(tensor).Add(node);
    }

    /// <summary>A name made for this graph must not hide one inside a body: ONNX allows a name once in a graph and all it contains (IR.md, "Names Within a Graph").</summary>
    private void ReserveNames(GraphProto body)
    {
        _names.UnionWith(body.Input.Select(i => i.Name));
        _names.UnionWith(body.Initializer.Select(i => i.Name));
        foreach (var node in body.Node)
        {
            _names.UnionWith(node.Output);
            _names.Add(node.Name);
            foreach (var inner in Bodies(node))
                ReserveNames(inner);
        }
    }

    private static IEnumerable<GraphProto> Bodies(NodeProto node) => node.Attribute.SelectMany(a => a.Bodies());

    private void AddConsumer(string tensor, NodeProto node)
    {
        if (tensor.Length == 0)
            return;
        var nodes = Readers(tensor);
        if (!nodes.Exists(n => ReferenceEquals(n, node)))
            nodes.Add(node);
    }

    private List<NodeProto> Readers(string tensor)
    {
        if (!_consumers.TryGetValue(tensor, out var nodes))
            _consumers[tensor] = nodes = [];
        return nodes;
    }

    /// <summary>What a node reads: its inputs, and what the bodies of its control flow take from outside.</summary>
    public static IEnumerable<string> Reads(NodeProto node)
    {
        foreach (var input in node.Input)
            if (input.Length > 0)
                yield return input;
        foreach (var body in Bodies(node))
            foreach (var name in Captures.Of(body))
                yield return name;
    }
}
