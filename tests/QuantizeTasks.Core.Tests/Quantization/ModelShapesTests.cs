using QuantizeTasks.Inference;
using QuantizeTasks.Quantization;
using QuantizeTasks.Onnx;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>Models of unusual shape through the whole of DefaultQuantization: what is written loads, runs, is near the float model, and has its inputs and outputs.</summary>
[TestClass]
public class ModelShapesTests
{
    private static IEnumerable<(string Name, TestModels Model)> Models()
    {
        yield return ("open batch, height and width", Network(TestModels.Opset(17).Input("x", -1, 16, -1, -1), "x", "y").Output("y"));
        yield return ("nothing known but the rank", Network(TestModels.Opset(17).Input("x", -1, -1, -1, -1).Node("Expand", ["x", "to"], ["r"]).Int64s("to", [1, 16, 12, 12]), "r", "y").Output("y"));
        yield return ("two inputs, three outputs, one of them inside and one an input", Network(TestModels.Opset(17).Input("a", 1, 16, 12, 12).Input("b", 1, 16, 12, 12).Node("Add", ["a", "b"], ["x"]), "x", "y").Output("y_r1").Output("y").Output("a"));
        yield return ("an input that nobody reads", Network(TestModels.Opset(17).Input("unused", DataType.Int64, 3).Input("x", 1, 16, 12, 12), "x", "y").Output("y"));
        yield return ("an output that is an initializer", Network(TestModels.Opset(17).Input("x", 1, 16, 12, 12).Floats("k", [1, 2], 2), "x", "y").Output("k").Output("y"));
        yield return ("an output that is a weight", Network(TestModels.Opset(17).Input("x", 1, 16, 12, 12), "x", "y").Output("y_w1").Output("y"));
        yield return ("an output from a Constant, and a scalar", Network(TestModels.Opset(17).Input("x", 1, 16, 12, 12).Input("s").Node("Constant", [], ["k"], n => n.With("value_float", 3f)), "x", "t").Node("Mul", ["t", "s"], ["y"]).Output("k").Output("y"));
        yield return ("weights with zero extent beside", Network(TestModels.Opset(17).Input("x", 1, 16, 12, 12).Floats("none", [], 1, 0, 12, 12), "x", "t").Node("Concat", ["t", "none"], ["y"], n => n.With("axis", 1L)).Output("y"));
        yield return ("optional inputs left out", Network(TestModels.Opset(17).Input("x", 1, 16, 12, 12), "x", "t").Floats("high", [2f]).Node("Clip", ["t", "", "high"], ["y"]).Output("y"));
        yield return ("one tensor under two output names", Network(TestModels.Opset(17).Input("x", 1, 16, 12, 12), "x", "y").Node("Identity", ["y"], ["again"]).Output("again").Output("y"));
        foreach (var opset in Enumerable.Range(7, 18))
            yield return ($"opset {opset}", Network(TestModels.Opset(opset, irVersion: opset < 9 ? 3 : opset < 15 ? 7 : opset < 21 ? 9 : 10), "x", "y", listsWeights: opset < 9, input: true).Output("y"));
    }

    [TestMethod]
    public void Build_ModelsOfAnyShape_KeepTheirInterfaceAndTheirValues()
    {
        var failures = new List<string>();
        foreach (var (name, builder) in Models())
        {
            try
            {
                Check(builder);
            }
            catch (Exception e)
            {
                failures.Add($"{name}: {e.GetType().Name} {e.Message}");
            }
        }
        Assert.IsEmpty(failures, string.Join(Environment.NewLine, failures));
    }

    private static void Check(TestModels builder)
    {
        var model = new QuantizedTestModel(builder, samples: 4);
        foreach (var configuration in new[] { Configuration.FullyQuantized, Configuration.FullyQuantized.Revert(0), Configuration.Float })
        {
            using var before = ModelSession.Create(model.Original.ToBytes(), "before", TestRuns.Plain);
            using var after = ModelSession.Create(model.Variants.Build(configuration), "after");
            CollectionAssert.AreEqual(before.Inputs.Select(Describe).ToArray(), after.Inputs.Select(Describe).ToArray());
            CollectionAssert.AreEqual(before.Outputs.Select(o => $"{o.Name} {o.ElementType}").ToArray(), after.Outputs.Select(o => $"{o.Name} {o.ElementType}").ToArray());
            var inputs = model.Samples.Load(0).Inputs;
            TestRuns.AssertEqual(before.Run(inputs), after.Run(inputs), configuration.IsFloat ? 1e-4 : 0.1);
        }
        Assert.IsNotEmpty(model.Optimized().Operators.Where(o => o.IsInteger), "something must be in int8");
    }

    private static string Describe(TensorInfo info) => $"{info.Name} {info.ElementType} [{string.Join(", ", info.Shape)}]";

    private static TestModels Network(TestModels model, string from, string to, bool listsWeights = false, bool input = false)
    {
        if (input)
            model.Input("x", 1, 16, 12, 12);
        foreach (var i in new[] { 1, 2 })
        {
            if (listsWeights)
                model.Input($"{to}_w{i}", 16, 16, 3, 3);
            model.Random($"{to}_w{i}", 16, 16, 3, 3);
        }
        return model.Node("Conv", [from, $"{to}_w1"], [$"{to}_c1"], n => n.With("pads", 1, 1, 1, 1)).Node("Relu", [$"{to}_c1"], [$"{to}_r1"]).Node("Conv", [$"{to}_r1", $"{to}_w2"], [to], n => n.With("pads", 1, 1, 1, 1));
    }
}
