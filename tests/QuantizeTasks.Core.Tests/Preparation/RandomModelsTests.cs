using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Tests.Preparation;

/// <summary>All rules at once, in combinations that nobody thought of: models made at random, before and after.</summary>
[TestClass]
public class RandomModelsTests
{
    private const int Channels = 4;

    [TestMethod]
    public void Prepare_RandomModels_ComputeTheSame()
    {
        var (before, after) = (0, 0);
        for (var seed = 0; seed < 120; seed++)
        {
            var model = RandomModel(new Random(seed));

            var prepared = ModelPreparation.Prepare(model);

            before += model.Graph.Nodes.Count;
            after += prepared.Model.Graph.Nodes.Count;
            var inputs = TestRuns.RandomInputs(model, seed);
            try
            {
                TestRuns.AssertEqual(TestRuns.Run(model, inputs), TestRuns.Run(prepared.Model, inputs), 1e-4);
            }
            catch (AssertFailedException e)
            {
                Assert.Fail($"seed {seed}: {e.Message}{Environment.NewLine}{Describe(model)}{Environment.NewLine}became{Environment.NewLine}{Describe(prepared.Model)}");
            }
            AssertPrepared(prepared, seed);
        }
        Assert.IsLessThan(before * 3 / 4, after, "the models must give the rules something to do");
    }

    /// <summary>What <see cref="PreparedModel"/> promises.</summary>
    private static void AssertPrepared(PreparedModel prepared, int seed)
    {
        var graph = prepared.Model.Graph;
        Assert.IsGreaterThanOrEqualTo(13, prepared.Model.Opset, $"seed {seed}");
        Assert.IsEmpty(graph.Proto.Input.Where(i => graph.IsInitializer(i.Name)), $"seed {seed}");
        Assert.IsEmpty(graph.Nodes.Where(n => n.OpType is "Constant" or "Dropout" or "Identity" && !graph.IsOutput(n.Output[0])), $"seed {seed}");
        Assert.AreEqual(graph.Nodes.Count, graph.Nodes.Select(n => n.Name).Where(n => n.Length > 0).Distinct().Count(), $"seed {seed}");
        Assert.IsEmpty(graph.Nodes.Where(n => n.Input.All(i => i.Length == 0 || graph.IsInitializer(i))), $"seed {seed}: a node of constants alone");
        foreach (var node in graph.Nodes.Where(n => n.OpType == "BatchNormalization"))
            Assert.IsFalse(LinearLayer.SoleReader(graph, node.Input[0]) is not null && graph.Producer(node.Input[0]) is { OpType: "Conv" } conv && graph.IsInitializer(conv.Input[1]), $"seed {seed}: {node.Name} could be fused");
        foreach (var tensor in graph.Nodes.SelectMany(n => n.Output).Where(o => o.Length > 0))
            Assert.IsNotNull(prepared.Tensors.ElementType(tensor), $"seed {seed}: '{tensor}'");
    }

    private static string Describe(OnnxModel model) =>
        string.Join(Environment.NewLine, model.Graph.Nodes.Select(n => $"{n.OpType} {n.Name}({string.Join(", ", n.Input)}) -> {string.Join(", ", n.Output)}"));

    private static OnnxModel RandomModel(Random random)
    {
        int[] opsets = [7, 8, 9, 10, 11, 12, 13, 15];
        var opset = opsets[random.Next(opsets.Length)];
        var model = TestModels.Opset(opset, irVersion: opset < 10 ? 3 : 8).Input("x", random.Next(2) == 0 ? -1 : 2, Channels, 6, 6);
        List<string> tensors = ["x"];
        for (var i = 0; i < 12; i++)
        {
            // Chains more often than branches, or there would be little to fuse.
            var input = random.Next(4) == 0 ? tensors[random.Next(tensors.Count)] : tensors[^1];
            var output = $"t{i}";
            switch (random.Next(9))
            {
                case 0 or 1:
                    var group = random.Next(3) switch { 0 => Channels, 1 => 2, _ => 1 };
                    var kernel = random.Next(2) == 0 ? 1 : 3;
                    var weight = Constant(model, opset, random, $"w{i}", Channels, Channels / group, kernel, kernel);
                    string[] inputs = random.Next(2) == 0 ? [input, weight] : [input, weight, Constant(model, opset, random, $"b{i}", Channels)];
                    model.Node("Conv", inputs, [output], n => n.With("group", (long)group).With("pads", kernel / 2, kernel / 2, kernel / 2, kernel / 2));
                    break;
                case 2 or 3:
                    model.Node("BatchNormalization", [input, Constant(model, opset, random, $"s{i}", Channels), Constant(model, opset, random, $"a{i}", Channels), Constant(model, opset, random, $"m{i}", Channels), Constant(model, opset, random, $"v{i}", Channels)], [output]);
                    break;
                case 4 or 5:
                    long[][] shapes = [[Channels, 1, 1], [1, Channels, 1, 1], [1], [], [6], [1, 1, 6, 6]];
                    var constant = Constant(model, opset, random, $"c{i}", shapes[random.Next(shapes.Length)]);
                    string[] ops = ["Add", "Sub", "Mul", "Div"];
                    var op = ops[random.Next(ops.Length)];
                    model.Node(op, op == "Div" || random.Next(2) == 0 ? [input, constant] : [constant, input], [output]);
                    break;
                case 6:
                    model.Node(random.Next(3) switch { 0 => "Identity", 1 => "Dropout", _ => "Relu" }, [input], [output]);
                    break;
                case 7:
                    model.Node("Add", [input, tensors[random.Next(tensors.Count)]], [output]);
                    break;
                default:
                    model.Node("Softmax", [input], [output], n => n.With("axis", random.Next(1, 4)));
                    break;
            }
            tensors.Add(output);
        }
        foreach (var output in tensors.Skip(1).Where((_, i) => i == 11 || random.Next(8) == 0))
            model.Output(output);
        return model.Build();
    }

    /// <summary>A positive constant in one of the ways in which exporters write one.</summary>
    private static string Constant(TestModels model, int opset, Random random, string name, params long[] dims)
    {
        var values = Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => 0.5f + (float)random.NextDouble()).ToArray();
        switch (random.Next(4))
        {
            case 0:
                model.Node("Constant", [], [name], n => n.Attribute.Add(new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = TensorData.Floats("", values, dims) }));
                return name;
            case 1 when opset < 10:
                model.Input(name, dims).Floats(name, values, dims);
                return name;
            case 2:
                model.Floats($"{name}_stored", values, dims).Node("Abs", [$"{name}_stored"], [name]);
                return name;
            default:
                model.Floats(name, values, dims);
                return name;
        }
    }
}
