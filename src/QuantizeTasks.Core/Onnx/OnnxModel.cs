using Google.Protobuf;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx;

/// <summary>A model in memory: the protobuf message and an index of its main graph.</summary>
internal sealed class OnnxModel
{
    public OnnxModel(ModelProto proto, string name)
    {
        Proto = proto;
        Name = name;
        Graph = new OnnxGraph(proto.Graph);
    }

    public ModelProto Proto { get; }

    /// <summary>What messages call it: the path it came from.</summary>
    public string Name { get; }

    public OnnxGraph Graph { get; }

    /// <summary>Version of the default operator set; 0 when the model imports none.</summary>
    public long Opset => Proto.OpsetImport.Where(o => o.Domain is "" or "ai.onnx").Select(o => o.Version).DefaultIfEmpty(0).Max();

    public static OnnxModel Load(string path)
    {
        if (!File.Exists(path))
            throw new QuantizeException(DiagnosticCodes.ModelNotFound, $"There is no model file '{path}'.", new SourcePosition(path));
        return Parse(File.ReadAllBytes(path), path);
    }

    public static OnnxModel Parse(ReadOnlySpan<byte> bytes, string name)
    {
        try
        {
            return new OnnxModel(ModelProto.Parser.ParseFrom(bytes), name);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new QuantizeException(DiagnosticCodes.ModelUnreadable, $"'{name}' is not an ONNX model: {e.Message}", new SourcePosition(name), e);
        }
    }

    public byte[] ToBytes() => Proto.ToByteArray();

    /// <summary>An independent copy. The bytes of large tensors are shared, which is safe because they are immutable.</summary>
    public OnnxModel Clone() => new(Proto.Clone(), Name);
}
