using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Inference;

/// <summary>Decodes JPEG and PNG with ONNX Runtime Extensions: a model of one node, <c>com.microsoft.extensions.DecodeImage</c>. Thread-safe.</summary>
internal sealed class ImageDecoder
{
    private const string Input = "file";
    private const string Output = "image";
    private static readonly Lazy<ImageDecoder> LazyShared = new(() => new ImageDecoder());

    private readonly ModelSession _session = ModelSession.Create(Model(), "DecodeImage", new SessionSettings { CustomOperatorLibrary = RuntimeLibrary.ExtensionsPath });

    private ImageDecoder()
    {
    }

    /// <summary>The decoder of this process, made when first used.</summary>
    /// <exception cref="QuantizeException">ONNX Runtime or its Extensions are missing.</exception>
    public static ImageDecoder Shared => LazyShared.Value;

    /// <summary>Decodes a file's bytes, whose structure the caller has checked: the library ends the process on some malformed JPEGs.</summary>
    /// <returns>uint8 of shape [height, width, channels]: red, green, blue, or one channel for a grey JPEG. Alpha is dropped.</returns>
    public Tensor Decode(byte[] file, string name)
    {
        try
        {
            return _session.Run(new Dictionary<string, Tensor> { [Input] = Tensor.Create(file, file.Length) })[Output];
        }
        catch (QuantizeException e) when (e.Diagnostics[0].Code == DiagnosticCodes.RuntimeRunFailed)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The image cannot be decoded: {e.InnerException?.Message ?? e.Message}", new SourcePosition(name), e);
        }
    }

    private static byte[] Model()
    {
        var graph = new GraphProto { Name = "decode" };
        var node = new NodeProto { OpType = "DecodeImage", Domain = "com.microsoft.extensions", Name = "decode" };
        node.Input.Add(Input);
        node.Output.Add(Output);
        // Without the attribute the library gives RGB; older versions gave BGR and knew no attribute.
        node.Attribute.Add(new AttributeProto { Name = "color_space", Type = AttributeProto.Types.AttributeType.String, S = Google.Protobuf.ByteString.CopyFromUtf8("rgb") });
        graph.Node.Add(node);
        graph.Input.Add(Bytes(Input, "length"));
        graph.Output.Add(Bytes(Output, "height", "width", "channels"));
        var model = new ModelProto { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 17 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft.extensions", Version = 1 });
        return new OnnxModel(model, "DecodeImage").ToBytes();
    }

    private static ValueInfoProto Bytes(string name, params ReadOnlySpan<string> extents)
    {
        var shape = new TensorShapeProto();
        foreach (var extent in extents)
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = extent });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Uint8, Shape = shape } } };
    }
}
