using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>Weights stored in int8 for operators that compute in float.</summary>
[TestClass]
public sealed class StoredWeightsTests
{
    private static readonly Dictionary<string, Func<TestModels>> Operators = new()
    {
        ["Conv"] = () => TestModels.Opset(13).Input("x", 1, 16, 9, 9).Random("w", 16, 16, 3, 3).Random("b", 16).Named("op", "Conv", ["x", "w", "b"], ["y"]),
        ["ConvTranspose"] = () => TestModels.Opset(13).Input("x", 1, 16, 5, 5).Random("w", 16, 8, 3, 3).Random("b", 16).Named("op", "ConvTranspose", ["x", "w", "b"], ["y"], n => n.With("group", 2L)),
        ["Gemm"] = () => TestModels.Opset(13).Input("x", 4, 64).Random("w", 32, 64).Random("b", 32).Named("op", "Gemm", ["x", "w", "b"], ["y"], n => n.With("transB", 1L)),
        ["Gemm of a constant"] = () => TestModels.Opset(13).Input("x", 64, 4).Random("w", 32, 64).Named("op", "Gemm", ["w", "x"], ["y"]),
        ["MatMul"] = () => TestModels.Opset(13).Input("x", 2, 4, 64).Random("w", 2, 64, 32).Named("op", "MatMul", ["x", "w"], ["y"]),
        ["MatMul of a constant"] = () => TestModels.Opset(13).Input("x", 2, 64, 4).Random("w", 32, 64).Named("op", "MatMul", ["w", "x"], ["y"]),
        ["Einsum"] = () => TestModels.Opset(13).Input("x", 2, 4, 64).Random("w", 64, 4, 16).Named("op", "Einsum", ["x", "w"], ["y"], n => n.With("equation", "bfd,dhk->bfhk")),
        ["LSTM"] = () => TestModels.Opset(14).Input("x", 5, 1, 24).Random("w", 2, 64, 24).Random("r", 2, 64, 16).Random("b", 2, 128).Named("op", "LSTM", ["x", "w", "r", "b"], ["y"], n => n.With("hidden_size", 16L).With("direction", "bidirectional")),
        ["GRU"] = () => TestModels.Opset(14).Input("x", 5, 1, 24).Random("w", 1, 96, 24).Random("r", 1, 96, 32).Named("op", "GRU", ["x", "w", "r"], ["y"], n => n.With("hidden_size", 32L)),
        ["embedding"] = () => TestModels.Opset(13).Input("x", DataType.Int64, 1, 7).Random("table", 40, 32).Named("op", "Gather", ["table", "x"], ["y"]),
        ["embedding of matrices"] = () => TestModels.Opset(13).Input("x", DataType.Int64, 3).Random("table", 40, 4, 8).Named("op", "Gather", ["table", "x"], ["y"]),
    };

    public static IEnumerable<string> Names => Operators.Keys;

    private static CompressionSettings WeightsOnly => Settings.Of() with { Quantization = Settings.Of().Quantization with { WeightsOnly = true } };

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void WeightsOnly_EveryOperator_IsSmallerAndCloseToFloat(string name)
    {
        var model = new QuantizedTestModel(Operators[name]().Output("y"), WeightsOnly);
        Assert.AreEqual("op", model.Placement.StoredLayers.Single().Name);
        Assert.IsEmpty(model.Placement.Layers);
        Assert.IsEmpty(model.Placement.Observations, "nothing of the data is needed");
        Assert.IsLessThan(0.02, model.RelativeError(Configuration.FullyQuantized));
        Assert.IsLessThan(0.55 * model.Original.ToBytes().Length, model.Variants.Build(Configuration.FullyQuantized).Message.Length);
        Assert.IsEmpty(model.Written().Graph.Initializers.Where(i => i.IsFloat() && i.Length() >= 1024));
        TestRuns.AssertEquivalent(model.Original, model.Written(Configuration.FullyQuantized.Revert(0)), open: 1);
    }

    /// <summary>What runs is the float operator alone: the runtime computed the float weights while it loaded the model, and rounds nothing else.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void WeightsOnly_InTheRuntime_IsTheFloatOperator(string name)
    {
        var model = new QuantizedTestModel(Operators[name]().Output("y"), WeightsOnly);
        var (before, after) = (OptimizedGraph.Of(model.Original.ToBytes(), "float"), model.Optimized());
        string[] added = name.StartsWith("embedding", StringComparison.Ordinal) ? ["Gather", "Cast", "Mul"] : [];
        CollectionAssert.AreEquivalent(before.Operators.Select(o => o.OperatorType).Concat(added).ToArray(), after.Operators.Select(o => o.OperatorType).ToArray());
        // The same bits as without any optimization: float weights times a float scale, whoever multiplies them.
        TestRuns.AssertEqual(TestRuns.Run(model.Written(), model.Samples.Load(0).Inputs), TestRuns.Run(model.Written(), model.Samples.Load(0).Inputs, SessionSettings.Default), 1e-5);
    }

    [TestMethod]
    [DataRow("Conv")]
    [DataRow("Gemm")]
    [DataRow("MatMul")]
    [DataRow("embedding")]
    public void WeightsOnly_Written_ComputesAsScalarArithmeticDoes(string name) => OperatorFormsTests.AssertComputesWhatIsWritten(new QuantizedTestModel(Operators[name]().Output("y"), WeightsOnly));

    [TestMethod]
    public void WeightsOnly_SharedConstant_IsStoredOnce()
    {
        var model = new QuantizedTestModel(TestModels.Opset(13).Input("x", 4, 64).Random("w", 64, 64)
            .Named("m1", "MatMul", ["x", "w"], ["t"]).Node("Tanh", ["t"], ["u"]).Named("m2", "MatMul", ["u", "w"], ["y"]).Output("y"), WeightsOnly);
        Assert.HasCount(2, model.Variants.Groups);
        Assert.HasCount(1, model.Written().Graph.Initializers.Where(i => i.DataType == (int)DataType.Int8));
        Assert.HasCount(1, model.Written(Configuration.FullyQuantized.Revert(0)).Graph.Initializers.Where(i => i.DataType == (int)DataType.Int8));
        Assert.IsLessThan(0.02, model.RelativeError(Configuration.FullyQuantized.Revert(1)));
    }

    /// <summary>Where the file is to be small, what has no int8 kernel gets int8 weights at least; where it is to be fast, that would gain nothing.</summary>
    [TestMethod]
    public void PreferSize_OperatorWithoutInt8Kernel_HasInt8Weights()
    {
        var builder = TestModels.Opset(13).Input("x", 1, 16, 9, 9).Random("w1", 16, 16, 3, 3).Random("w2", 16, 16, 2, 2).Random("w3", 16, 16, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["t1"]).Named("up", "ConvTranspose", ["t1", "w2"], ["t2"], n => n.With("strides", 2, 2)).Named("c2", "Conv", ["t2", "w3"], ["y"]).Output("y");
        var small = new QuantizedTestModel(builder, Settings.Of() with { Prefer = Preference.Size });
        CollectionAssert.AreEqual(new[] { "c1", "up", "c2" }, small.Variants.Groups.Select(g => g.Name).ToArray());
        Assert.AreEqual(2, small.Optimized().Count("QLinearConv"));
        Assert.AreEqual(1, small.Optimized().Count("ConvTranspose"));
        Assert.IsLessThan(0.03, small.RelativeError(Configuration.FullyQuantized));
        Assert.Contains("up", new QuantizedTestModel(builder).Placement.FloatReasons.Keys);
    }

    [TestMethod]
    public void WeightsOnly_Ignored_StaysAsItIs()
    {
        var settings = Settings.Of(scope: ["op"]);
        var prepared = QuantizeTasks.Quantization.Preparation.ModelPreparation.Prepare(Operators["Gemm"]().Output("y").Build());
        var placement = QuantizeTasks.Quantization.Placement.QuantizerPlacement.Place(prepared, settings with { Quantization = settings.Quantization with { WeightsOnly = true } });
        Assert.IsEmpty(placement.StoredLayers);
        StringAssert.Contains(placement.FloatReasons["op"], "ignored.scope");
    }
}
