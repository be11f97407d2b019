using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Onnx;

[TestClass]
public class OnnxGraphTests
{
    [TestMethod]
    public void Edits_AnySequence_KeepTheIndexEqualToOneMadeAnew()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var graph = RandomGraph(random);
            for (var step = 0; step < 60; step++)
            {
                EditOnce(graph, random);
                AssertIndexIsCurrent(graph, $"seed {seed}, step {step}");
            }
        }
    }

    [TestMethod]
    public void SortTopologically_ShuffledNodes_ProducersComeFirstAndOrderIsKeptWherePossible()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var proto = RandomGraph(random).Proto;
            var nodes = proto.Node.ToArray();
            random.Shuffle(nodes);
            proto.Node.Clear();
            proto.Node.AddRange(nodes);

            var graph = new OnnxGraph(proto);
            graph.SortTopologically();

            Assert.HasCount(nodes.Length, graph.Nodes);
            var seen = graph.Initializers.Select(i => i.Name).Concat(graph.Inputs).ToHashSet();
            foreach (var node in graph.Nodes)
            {
                Assert.IsTrue(OnnxGraph.Reads(node).All(seen.Contains), $"seed {seed}: {node}");
                seen.UnionWith(node.Output);
            }
            var before = graph.Nodes.ToArray();
            graph.SortTopologically();
            CollectionAssert.AreEqual(before, graph.Nodes.ToArray(), "sorting what is sorted changes nothing");
        }
    }

    [TestMethod]
    public void Consumers_NodesOfEqualValue_AreToldApart()
    {
        // The generated classes compare by value: these two nodes are Equal, but one is to be removed.
        var graph = TestModels.Opset(13).Input("x", 1).Node("Relu", ["x"], [""]).Node("Relu", ["x"], [""]).Output("x").Build().Graph;
        var (first, second) = (graph.Nodes[0], graph.Nodes[1]);
        Assert.AreEqual(first, second);

        Assert.HasCount(2, graph.Consumers("x"));
        graph.Remove(second);

        Assert.AreSame(first, graph.Nodes.Single());
        Assert.AreSame(first, graph.Consumers("x").Single());
    }

    [TestMethod]
    public void Consumers_TensorReadInNestedBodies_CountsAsReadByTheOuterNode()
    {
        var inner = TestModels.Opset(13).Node("Neg", ["x"], ["n"]).Output("n").BuildGraph();
        var outer = TestModels.Opset(13).Node("If", ["c"], ["o"], n => n.Attribute.Add(Body("then_branch", inner))).Output("o").BuildGraph();
        var graph = TestModels.Opset(13).Input("x", 1).Input("c", 1).Node("If", ["c"], ["y"], n => n.Attribute.Add(Body("then_branch", outer))).Output("y").Build().Graph;

        Assert.AreEqual("If", graph.Consumers("x").Single().OpType);
        Assert.IsEmpty(graph.Consumers("n"));
        Assert.IsEmpty(graph.Consumers("o"));
        graph.ReplaceUses("x", "c");
        Assert.HasCount(1, graph.Consumers("x"), "a name inside a body stays");
    }

    [TestMethod]
    public void UniqueName_NameInsideABody_IsTaken()
    {
        var body = TestModels.Opset(13).Floats("w", [1]).Named("inner", "Neg", ["x"], ["n"]).Output("n").BuildGraph();
        var graph = TestModels.Opset(13).Input("x", 1).Named("outer", "If", ["x"], ["y"], n => n.Attribute.Add(Body("then_branch", body))).Output("y").Build().Graph;

        foreach (var taken in new[] { "x", "y", "n", "w", "inner", "outer" })
            Assert.AreEqual($"{taken}_1", graph.UniqueName(taken));
        Assert.AreEqual("free", graph.UniqueName("free"));
        Assert.AreEqual("free_1", graph.UniqueName("free"));
    }

    private static AttributeProto Body(string name, GraphProto graph) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };

    private static OnnxGraph RandomGraph(Random random)
    {
        var model = TestModels.Opset(13).Input("x", 1).Floats("w0", [1]).Floats("w1", [2]);
        var tensors = new List<string> { "x", "w0", "w1" };
        for (var i = 0; i < 12; i++)
        {
            string[] inputs = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(8) == 0 ? "" : tensors[random.Next(tensors.Count)])];
            string captured = tensors[random.Next(tensors.Count)];
            model.Named($"n{i}", "Sum", inputs, random.Next(3) == 0 ? [$"t{i}", $"u{i}"] : [$"t{i}"], n =>
            {
                if (random.Next(4) == 0)
                    n.Attribute.Add(Body("body", TestModels.Opset(13).Node("Neg", [captured], [$"inner{i}"]).Output($"inner{i}").BuildGraph()));
            });
            tensors.Add($"t{i}");
        }
        return model.Output("t11").Build().Graph;
    }

    /// <summary>One random edit that leaves the graph acyclic: a node only ever reads what stands before it.</summary>
    private static void EditOnce(OnnxGraph graph, Random random)
    {
        var at = random.Next(graph.Nodes.Count + 1);
        var node = at < graph.Nodes.Count ? graph.Nodes[at] : null;
        string[] before = [.. graph.Initializers.Select(i => i.Name), "x", .. graph.Nodes.Take(at).SelectMany(n => n.Output).Where(o => o.Length > 0)];
        var source = before[random.Next(before.Length)];
        switch (random.Next(8))
        {
            case 0:
                var name = graph.UniqueName("new");
                graph.Add(NodeAttributes.Node("Sum", name, [source, before[random.Next(before.Length)]], name));
                break;
            case 1 when node is not null && graph.Nodes.Count > 3:
                graph.Remove(node);
                break;
            case 2 when node is { Input.Count: > 0 }:
                graph.SetInput(node, random.Next(node.Input.Count), random.Next(6) == 0 ? "" : source);
                break;
            case 3 when node is { Output.Count: > 0 } && node.Output[0].Length > 0:
                graph.ReplaceUses(node.Output[0], source, n => random.Next(2) == 0);
                break;
            case 4:
                graph.AddInitializer(TensorData.Floats(graph.UniqueName("w"), [1]));
                break;
            case 5 when graph.Initializers.Count > 1:
                graph.RemoveInitializer(graph.Initializers[random.Next(graph.Initializers.Count)].Name);
                break;
            case 6 when node is { Output.Count: > 0 }:
                graph.SetOutput(node, 0, graph.UniqueName("renamed"));
                break;
            case 7 when node is not null:
                graph.AddInput(node, source);
                break;
            default:
                graph.SortTopologically();
                break;
        }
    }

    private static void AssertIndexIsCurrent(OnnxGraph graph, string when)
    {
        var anew = new OnnxGraph(graph.Proto);
        var tensors = graph.Nodes.SelectMany(n => n.Output.Concat(OnnxGraph.Reads(n))).Concat(["x", "w0", "w1", "gone"]).Where(t => t.Length > 0).Distinct();
        foreach (var tensor in tensors)
        {
            Assert.AreSame(anew.Producer(tensor), graph.Producer(tensor), $"{when}: producer of '{tensor}'");
            Assert.IsTrue(anew.Consumers(tensor).ToHashSet(ReferenceEqualityComparer.Instance).SetEquals(graph.Consumers(tensor)), $"{when}: consumers of '{tensor}'");
            Assert.HasCount(anew.Consumers(tensor).Count, graph.Consumers(tensor), $"{when}: consumers of '{tensor}'");
            Assert.AreEqual(anew.IsConstant(tensor), graph.IsConstant(tensor), $"{when}: '{tensor}'");
            Assert.AreEqual(anew.IsInput(tensor), graph.IsInput(tensor), $"{when}: '{tensor}'");
        }
    }
}
