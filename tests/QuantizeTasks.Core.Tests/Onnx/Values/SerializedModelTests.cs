using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Tests.Quantization;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Onnx.Values;

[TestClass]
public class SerializedModelTests
{
    [TestMethod]
    public void Of_NothingAllowedInside_RunsAsTheModelInOneMessageDoes()
    {
        var model = Network().Build();
        var outside = SerializedModel.Of(model.Proto, longestMessage: 0);
        var inputs = TestRuns.RandomInputs(model);

        CollectionAssert.AreEqual(new[] { "w", "v" }, outside.Values.Select(v => v.Name).ToArray(), "a bias of 64 values is not worth a place of its own");
        Assert.IsLessThan(2000, outside.Message.Length);
        using var session = ModelSession.Create(outside, "outside");
        // The values are the session's for as long as it lives, whoever else has forgotten them.
        GC.Collect();
        TestRuns.AssertEqual(TestRuns.Run(model, inputs, SessionSettings.Default), session.Run(inputs), 0);
    }

    [TestMethod]
    public void Of_QuantizedModel_FusesTheSameOutside()
    {
        var model = new QuantizedTestModel(FusionNetwork());
        var quantized = OnnxModel.Parse(model.Variants.Build(Configuration.FullyQuantized), "int8");
        var outside = SerializedModel.Of(quantized.Proto, longestMessage: 0);
        var inputs = model.Samples.Load(0).Inputs;

        Assert.IsNotEmpty(outside.Values);
        using var session = ModelSession.Create(outside, "outside");
        TestRuns.AssertEqual(TestRuns.Run(quantized, inputs, SessionSettings.Default), session.Run(inputs), 0);
        Assert.AreEqual(model.Optimized().Operators.Count(o => o.IsInteger), OptimizedGraph.Of(outside, "outside").Operators.Count(o => o.IsInteger));
    }

    [TestMethod]
    public void Parse_WhatWasSerialized_GivesTheModelBack()
    {
        var model = Network().Build();

        foreach (var longest in new[] { 0, SerializedModel.LongestMessage })
            CollectionAssert.AreEqual(model.ToBytes(), OnnxModel.Parse(SerializedModel.Of(model.Proto, longest), "again").ToBytes());
    }

    [TestMethod]
    public void Fingerprint_OfTheSameValuesWhereverTheyAre_DependsOnEveryValueAndNotOnTheFile()
    {
        using var folder = new TemporaryFolder();
        var model = new OnnxModel(Network().Build().Proto, "two files", hadValuesOutside: true);
        var fingerprint = model.Serialize().Fingerprint;

        model.Save(folder.File("a.onnx"));
        Assert.AreEqual(fingerprint, OnnxModel.Load(folder.File("a.onnx")).Serialize().Fingerprint, "read back from files");
        var other = model.Clone();
        other.Graph.ReplaceInitializer(TensorData.Floats("v", [.. other.Graph.Initializers.Single(i => i.Name == "v").ToFloats().Select((f, i) => i == 100 ? f + 1 : f)], 64, 64, 1, 1));
        Assert.AreNotEqual(fingerprint, other.Serialize().Fingerprint);
        Assert.AreNotEqual(Path.GetFileName(ModelFiles.ValuesPath("m.onnx", model.Serialize())), Path.GetFileName(ModelFiles.ValuesPath("m.onnx", other.Serialize())));
    }

    private static TestModels Network() => TestModels.Opset(13).Input("x", 1, 3, 8, 8).Random("w", 64, 3, 3, 3).Random("b", 64).Random("v", 64, 64, 1, 1)
        .Node("Conv", ["x", "w", "b"], ["c"]).Node("Conv", ["c", "v"], ["y"]).Output("y");

    private static TestModels FusionNetwork() => TestModels.Opset(13).Input("x", 1, 32, 16, 16).Random("w", 32, 32, 3, 3).Random("b", 32).Random("v", 64, 32, 1, 1)
        .Node("Conv", ["x", "w", "b"], ["c"]).Node("Relu", ["c"], ["r"]).Node("Conv", ["r", "v"], ["y"]).Output("y");
}
