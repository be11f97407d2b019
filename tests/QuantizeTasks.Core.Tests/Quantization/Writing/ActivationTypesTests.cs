using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>Activations in other integers than uint8.</summary>
[TestClass]
public sealed class ActivationTypesTests
{
    private static CompressionSettings With(string device, int bits) => Settings.Of() with
    {
        TargetDevice = new(device, Settings.Position),
        Quantization = Settings.Of().Quantization with { Activations = QuantizerSettings.None with { Bits = new(bits, Settings.Position) } },
    };

    [TestMethod]
    [DataRow(13L, "com.microsoft")]
    [DataRow(20L, "com.microsoft")]
    [DataRow(21L, "")]
    public void Int16_AnyOpset_LoadsAndIsAlmostExact(long opset, string domain)
    {
        // Of one sample, which the range then covers: the error is that of rounding alone.
        var model = new QuantizedTestModel(Chain(opset), With("CPU", 16), samples: 1);
        var quantizers = model.Written().Graph.Nodes.Where(n => n.OpType == "QuantizeLinear").ToArray();
        Assert.IsNotEmpty(quantizers);
        foreach (var quantizer in quantizers)
        {
            Assert.AreEqual(domain, quantizer.Domain);
            Assert.IsTrue(model.Written().Graph.TryGetConstant(quantizer.Input[2], out var zeroPoint));
            Assert.AreEqual((int)DataType.Uint16, zeroPoint!.DataType);
        }
        OperatorFormsTests.AssertComputesWhatIsWritten(model);
        // What is left is the rounding of the weights: eight bits of activations alone cost several times as much.
        Assert.IsLessThan(0.01, model.RelativeError(Configuration.FullyQuantized));
        Assert.IsLessThan(new QuantizedTestModel(Chain(opset), samples: 1).RelativeError(Configuration.FullyQuantized), model.RelativeError(Configuration.FullyQuantized));
        foreach (var group in model.Variants.Groups)
            Assert.IsLessThan(0.01, model.RelativeError(Configuration.FullyQuantized.Revert(group.Id)));
    }

    [TestMethod]
    public void Int16_OnTheCpu_IsComputedInFloat()
    {
        var optimized = new QuantizedTestModel(Chain(13), With("CPU", 16)).Optimized();
        Assert.IsFalse(optimized.Operators.Any(o => o.IsInteger), "when ONNX Runtime gets kernels for it, the device's file has to say so");
    }

    /// <summary>On ARM the runtime computes with signed activations; on x64 it does so when a session asks for it, so the fusion can be seen everywhere.</summary>
    [TestMethod]
    [DataRow("arm64")]
    public void Int8_SignedActivations_RunInInt8WhereTheRuntimeAllowsThem(string device)
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), With(device, 8));
        var quantizer = model.Written().Graph.Nodes.First(n => n.OpType == "QuantizeLinear");
        Assert.IsTrue(model.Written().Graph.TryGetConstant(quantizer.Input[2], out var zeroPoint));
        Assert.AreEqual((int)DataType.Int8, zeroPoint!.DataType);
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));

        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        try
        {
            using var options = new SessionOptions { OptimizedModelFilePath = path };
            options.AddSessionConfigEntry("session.qdqisint8allowed", "1");
            using (new InferenceSession(model.Written().ToBytes(), options))
            {
            }
            var types = OnnxModel.Load(path).Graph.Nodes.Select(n => n.OpType).ToArray();
            Assert.AreEqual(3, types.Count(t => t == "QLinearConv"), string.Join(" ", types));
            Assert.AreEqual(1, types.Count(t => t == "QLinearAdd"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TestModels Chain(long opset) => TestModels.Opset(opset, opset > 19 ? 10 : 8).Input("x", 1, 8, 9, 9).Random("w1", 8, 8, 3, 3).Random("b1", 8).Random("w2", 8, 8, 1, 1)
        .Named("c1", "Conv", ["x", "w1", "b1"], ["t"]).Named("relu", "Relu", ["t"], ["r"]).Named("c2", "Conv", ["r", "w2"], ["y"]).Output("y");
}
