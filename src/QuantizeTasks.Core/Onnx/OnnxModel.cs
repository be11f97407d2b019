using Google.Protobuf;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Onnx.Validation;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Onnx;

/// <summary>A model in memory: the protobuf message and an index of its main graph.</summary>
internal sealed class OnnxModel
{
    private const long LongestMessage = SerializedModel.LongestMessage;

    public OnnxModel(ModelProto proto, string name, bool hadValuesOutside = false)
    {
        Proto = proto;
        Name = name;
        HadValuesOutside = hadValuesOutside;
        Graph = new OnnxGraph(proto.Graph);
    }

    public ModelProto Proto { get; }

    /// <summary>What messages call it: the path it came from.</summary>
    public string Name { get; }

    public OnnxGraph Graph { get; }

    /// <summary>True for a model that was read from more than one file; what is made from it is written likewise.</summary>
    public bool HadValuesOutside { get; }

    /// <summary>Version of the default operator set; 0 when the model imports none.</summary>
    public long Opset => Proto.OpsetImport.Where(o => o.Domain is "" or "ai.onnx").Select(o => o.Version).DefaultIfEmpty(0).Max();

    /// <summary>Reads a model and the external data that lies beside it, checks that it is well-formed, and brings its nodes into topological order.</summary>
    /// <exception cref="QuantizeException">There is no such file, or it is no valid model.</exception>
    public static OnnxModel Load(string path)
    {
        var proto = Read(path);
        ModelValidation.Validate(proto, path);
        return Ordered(proto, path, ExternalData.Read(proto, path));
    }

    /// <summary>Reads a model from memory, as <see cref="Load"/> does; it can have no external data then.</summary>
    /// <exception cref="QuantizeException">The bytes are no valid model.</exception>
    public static OnnxModel Parse(ReadOnlySpan<byte> bytes, string name)
    {
        var proto = Message(bytes, name);
        if (ModelTensors.In(proto).FirstOrDefault(t => t.Tensor.DataLocation == TensorProto.Types.DataLocation.External) is { Tensor: not null } external)
            throw new QuantizeException(DiagnosticCodes.ExternalDataInvalid, $"The {external.Place} has its values in a file, but the model was not read from one.", new SourcePosition(name));
        return Ordered(proto, name, hadValuesOutside: false);
    }

    /// <summary>Reads a model from memory whose external data lies beside a path, as <see cref="Load"/> does.</summary>
    /// <exception cref="QuantizeException">The bytes, or the values, are no valid model.</exception>
    public static OnnxModel ParseBeside(ReadOnlySpan<byte> bytes, string path)
    {
        var proto = Message(bytes, path);
        return Ordered(proto, path, ExternalData.Read(proto, path));
    }

    /// <summary>Reads back what <see cref="Serialize"/> gave.</summary>
    /// <exception cref="QuantizeException">It is no valid model.</exception>
    public static OnnxModel Parse(SerializedModel model, string name)
    {
        var proto = Message(model.Message, name);
        var values = model.Values.ToDictionary(v => v.Name, StringComparer.Ordinal);
        foreach (var tensor in proto.Graph.Initializer)
            if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
                ExternalData.Replace(tensor, values[tensor.Name].Bytes);
        return Ordered(proto, name, !model.Values.IsEmpty);
    }

    /// <summary>The files that a model's values lie in besides the model itself; without reading them.</summary>
    /// <exception cref="QuantizeException">There is no such file, or it is no model, or a location leaves its folder.</exception>
    public static IReadOnlyList<string> ExternalFiles(string path) => ExternalData.Files(Read(path), path);

    /// <summary>The serialized model, weights inside.</summary>
    /// <exception cref="QuantizeException">It would be longer than protobuf allows.</exception>
    public byte[] ToBytes()
    {
        var serialized = SerializedModel.Of(Proto);
        return serialized.Values.IsEmpty ? serialized.Message
            : throw new QuantizeException(DiagnosticCodes.ModelTooLarge, $"The model takes more than {LongestMessage} bytes, the most that protobuf allows in one message.", new SourcePosition(Name));
    }

    /// <summary>The model in the form in which it is published: in one file or two as it was read, or in two when it is too long for one.</summary>
    public SerializedModel Serialize() => SerializedModel.Of(Proto, HadValuesOutside ? 0 : LongestMessage);

    /// <summary>Writes the model; each file is complete or not there.</summary>
    /// <returns>The files written, the model last.</returns>
    /// <exception cref="QuantizeException">A file cannot be written.</exception>
    public IReadOnlyList<string> Save(string path) => ModelFiles.Save(Serialize(), path);

    /// <summary>An independent copy. The bytes of large tensors are shared, which is safe because they are immutable.</summary>
    public OnnxModel Clone() => new(Proto.Clone(), Name, HadValuesOutside);

    private static ModelProto Read(string path)
    {
        if (Directory.Exists(path))
            throw new QuantizeException(DiagnosticCodes.ModelNotFound, $"'{path}' is a folder. Name the model file in it.", new SourcePosition(path));
        if (!File.Exists(path))
            throw new QuantizeException(DiagnosticCodes.ModelNotFound, $"There is no model file '{path}'.", new SourcePosition(path));
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LongestMessage)
                throw new QuantizeException(DiagnosticCodes.ModelTooLarge, $"The model has {stream.Length} bytes; protobuf allows {LongestMessage} in one message. Save it with external data (in Python: `onnx.save(model, path, save_as_external_data=True)`).", new SourcePosition(path));
            return ModelProto.Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw IsGitLfsPointer(path)
                ? new QuantizeException(DiagnosticCodes.ModelUnreadable, $"'{path}' is a Git LFS pointer, not the model that it stands for. Run `git lfs pull`.", new SourcePosition(path), e)
                : Unreadable(path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.ModelUnreadable, $"The model cannot be read: {e.Message}", new SourcePosition(path), e);
        }
    }

    private static ModelProto Message(ReadOnlySpan<byte> bytes, string name)
    {
        try
        {
            var proto = ModelProto.Parser.ParseFrom(bytes);
            ModelValidation.Validate(proto, name);
            return proto;
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Unreadable(name, e);
        }
    }

    private static OnnxModel Ordered(ModelProto proto, string name, bool hadValuesOutside)
    {
        var model = new OnnxModel(proto, name, hadValuesOutside);
        model.Graph.SortTopologically();
        return model;
    }

    private static QuantizeException Unreadable(string name, InvalidProtocolBufferException e) =>
        new(DiagnosticCodes.ModelUnreadable, $"'{name}' is not an ONNX model, or cut off: {e.Message}", new SourcePosition(name), e);

    /// <summary>What lies in a model's place when Git LFS has not fetched it (git-lfs specification, "The Pointer").</summary>
    private static bool IsGitLfsPointer(string path)
    {
        try
        {
            var start = "version https://git-lfs"u8;
            Span<byte> found = stackalloc byte[start.Length];
            using var stream = File.OpenRead(path);
            return stream.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == found.Length && found.SequenceEqual(start);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
