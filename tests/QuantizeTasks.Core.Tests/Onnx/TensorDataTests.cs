using QuantizeTasks.Onnx;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Onnx;

[TestClass]
public class TensorDataTests
{
    /// <summary>A byte[] passes a type test for sbyte[] (ECMA-335, I.8.7.1), so a folded uint8 constant could become int8.</summary>
    [TestMethod]
    public void From_EveryElementType_KeepsItsSignedness()
    {
        (Tensor Tensor, DataType Type)[] all =
        [
            (Tensor.Create(new byte[] { 255 }, 1), DataType.Uint8), (Tensor.Create(new sbyte[] { -1 }, 1), DataType.Int8),
            (Tensor.Create(new ushort[] { 65535 }, 1), DataType.Uint16), (Tensor.Create(new short[] { -1 }, 1), DataType.Int16),
            (Tensor.Create(new[] { uint.MaxValue }, 1), DataType.Uint32), (Tensor.Create(new[] { -1 }, 1), DataType.Int32),
            (Tensor.Create(new[] { ulong.MaxValue }, 1), DataType.Uint64), (Tensor.Create(new[] { -1L }, 1), DataType.Int64),
            (Tensor.Create(new[] { 1f }, 1), DataType.Float), (Tensor.Create(new[] { 1.0 }, 1), DataType.Double), (Tensor.Create(new[] { true }, 1), DataType.Bool),
        ];
        foreach (var (tensor, type) in all)
            Assert.AreEqual(type, (DataType)TensorData.From("t", tensor)!.DataType, tensor.ToString());
        Assert.IsNull(TensorData.From("t", Tensor.Create(new[] { "text" }, 1)));
    }
}
