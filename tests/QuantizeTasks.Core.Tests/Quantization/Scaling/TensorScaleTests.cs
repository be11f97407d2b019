using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Tests.Quantization.Scaling;

[TestClass]
public sealed class TensorScaleTests
{
    [TestMethod]
    [DataRow("UInt8", 0, 255, 8, false)]
    [DataRow("Int8", -128, 127, 8, true)]
    [DataRow("UInt16", 0, 65535, 16, false)]
    [DataRow("Int16", -32768, 32767, 16, true)]
    public void QuantizedType_IsAsOnnxDefinesIt(string name, int lowest, int highest, int bits, bool isSigned)
    {
        var type = Enum.Parse<QuantizedType>(name);

        Assert.AreEqual((lowest, highest, bits, isSigned), (type.Lowest(), type.Highest(), type.Bits(), type.IsSigned()));
        Assert.AreEqual(name.ToUpperInvariant(), ((TensorProto.Types.DataType)(int)type).ToString().ToUpperInvariant(), "the numbers are ONNX's");
    }

    [TestMethod]
    [DataRow("UInt8", 128, -64.0, 63.5)]
    [DataRow("Int8", 0, -64.0, 63.5)]
    [DataRow("Int8", -128, 0.0, 127.5)]
    [DataRow("UInt16", 1, -0.5, 32767.0)]
    [DataRow("Int16", 0, -16384.0, 16383.5)]
    public void LowAndHigh_AreWhatTheExtremesStandFor(string type, int zeroPoint, double low, double high)
    {
        var scale = new TensorScale(Enum.Parse<QuantizedType>(type), 0.5f, zeroPoint);

        Assert.AreEqual((low, high), (scale.Low, scale.High));
    }

    [TestMethod]
    [DataRow("UInt8", new[] { 0, 255 })]
    [DataRow("Int8", new[] { -128, 127 })]
    [DataRow("UInt16", new[] { 0, 65535 })]
    [DataRow("Int16", new[] { -32768, 32767 })]
    public void Integers_Extremes_ComeBack(string name, int[] values)
    {
        var type = Enum.Parse<QuantizedType>(name);
        var tensor = TensorData.Integers("t", (int)type, values, 2);

        CollectionAssert.AreEqual(values.Select(v => (long)v).ToArray(), tensor.ToInt64s());
        Assert.AreEqual(2 * type.Bits() / 8, tensor.RawData.Length);
        Assert.ThrowsExactly<OverflowException>(() => TensorData.Integers("t", (int)type, [values[1] + 1], 1));
    }
}
