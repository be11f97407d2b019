using QuantizeTasks.Metrics;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public class TensorTests
{
    /// <summary>To the runtime's type tests a byte[] is an sbyte[] (ECMA-335, I.8.7.1, reduced types), and 255 would be read as -1.</summary>
    [TestMethod]
    public void As_OtherSignedness_IsAnotherType()
    {
        var bytes = Tensor.Create(new byte[] { 255 }, 1);

        Assert.ThrowsExactly<InvalidOperationException>(() => bytes.As<sbyte>());
        Assert.ThrowsExactly<InvalidOperationException>(() => Tensor.Create(new[] { uint.MaxValue }, 1).As<int>());
        Assert.AreEqual(255, bytes.As<byte>()[0]);
    }

    [TestMethod]
    public void ToDoubles_EveryType_KeepsTheValue()
    {
        (Tensor Tensor, double Expected)[] all =
        [
            (Tensor.Create(new byte[] { 255 }), 255), (Tensor.Create(new sbyte[] { -1 }), -1), (Tensor.Create(new ushort[] { 65535 }), 65535), (Tensor.Create(new short[] { -1 }), -1),
            (Tensor.Create(new[] { uint.MaxValue }), 4294967295), (Tensor.Create(new[] { -1 }), -1), (Tensor.Create(new[] { 1UL << 63 }), 9223372036854775808), (Tensor.Create(new[] { -1L }), -1),
            (Tensor.Create(new[] { 0.5f }), 0.5), (Tensor.Create(new[] { 0.1 }), 0.1), (Tensor.Create(new[] { true }), 1),
        ];
        foreach (var (tensor, expected) in all)
            Assert.AreEqual(expected, MetricTensors.ToDoubles(tensor)[0], tensor.ToString());
    }
}
