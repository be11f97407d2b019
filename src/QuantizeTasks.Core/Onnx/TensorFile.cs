using Google.Protobuf;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Onnx.Validation;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Onnx;

/// <summary>A file that holds one TensorProto, as ONNX's test data does (<c>input_0.pb</c>).</summary>
internal static class TensorFile
{
    /// <summary>Reads a file.</summary>
    /// <returns>The tensor's own name, which may be empty, and its values.</returns>
    /// <exception cref="QuantizeException">It is missing, damaged, or of an element type that no sample can have.</exception>
    public static (string Name, Tensor Value) Read(string path)
    {
        try
        {
            var proto = TensorProto.Parser.ParseFrom(File.ReadAllBytes(path));
            var problem = TensorValidation.Problem(proto) is { } found ? $"it {found}"
                : proto.DataLocation == TensorProto.Types.DataLocation.External ? "its values are in another file"
                : proto.Length() > Array.MaxLength ? "it has too many values" : null;
            return (proto.Name, problem is null ? Value(proto) : throw Unreadable(path, problem, null));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e.Message.TrimEnd('.'), e);
        }

        Tensor Value(TensorProto proto)
        {
            int[] shape = [.. proto.Dims.Select(extent => (int)extent)];
            return (DataType)proto.DataType switch
            {
                DataType.Float => Tensor.Create(proto.ToFloats(), shape),
                DataType.Float16 or DataType.Bfloat16 => Tensor.Create(proto.HalvesToFloats(), shape),
                DataType.Double => Tensor.Create(proto.ToDoubles(), shape),
                DataType.Int64 => Tensor.Create(proto.ToInt64s(), shape),
                DataType.Int32 => Tensor.Create(Array.ConvertAll(proto.ToInt64s(), i => (int)i), shape),
                DataType.Int16 => Tensor.Create(Array.ConvertAll(proto.ToInt64s(), i => (short)i), shape),
                DataType.Uint16 => Tensor.Create(Array.ConvertAll(proto.ToInt64s(), i => (ushort)i), shape),
                DataType.Int8 => Tensor.Create(Array.ConvertAll(proto.ToInt64s(), i => (sbyte)i), shape),
                DataType.Uint8 => Tensor.Create(Array.ConvertAll(proto.ToInt64s(), i => (byte)i), shape),
                DataType.Bool => Tensor.Create(Array.ConvertAll(proto.ToInt64s(), i => i != 0), shape),
                DataType.String => Tensor.Create<string>([.. proto.StringData.Select(s => s.ToStringUtf8())], shape),
                var type => throw Unreadable(path, $"its element type is {type}, which is not read", null),
            };
        }
    }

    private static QuantizeException Unreadable(string path, string why, Exception? inner) =>
        new(DiagnosticCodes.DataUnreadable, $"The tensor cannot be read: {why}.", new SourcePosition(path), inner);
}
