using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Onnx.Values;

/// <summary>
/// A model as a runtime or a file takes it: one protobuf message and, where that would be too long, the values of the larger initializers beside it
/// (ONNX ExternalData.md). What is outside is neither copied nor, when it lies in a mapped file, read.
/// </summary>
internal sealed class SerializedModel
{
    /// <summary>Where a file's values begin can then be mapped into memory (ExternalData.md: a multiple of the page size).</summary>
    private const int Alignment = 4096;

    /// <summary>Smaller values are not worth a place of their own, and shape inference wants them inside.</summary>
    private const int SmallestOutside = 1024;

    /// <summary>No protobuf message may be longer (protobuf documentation, "Proto Limits").</summary>
    public const long LongestMessage = int.MaxValue;

    /// <summary>What the message calls the file of values as long as that has no name.</summary>
    private const string Nameless = "values";

    private readonly Lazy<string> _fingerprint;

    private SerializedModel(byte[] message, ImmutableArray<ExternalValue> values)
    {
        (Message, Values) = (message, values);
        _fingerprint = new(() => values.IsEmpty ? Convert.ToHexStringLower(SHA256.HashData(message)) : Identify());
    }

    /// <summary>The message. The file of values has a placeholder for a name in it; see <see cref="MessageFor"/>.</summary>
    public byte[] Message { get; }

    /// <summary>What is not in the message, in the order of the file of values; empty for a model that is one file.</summary>
    public ImmutableArray<ExternalValue> Values { get; }

    /// <summary>Identifies message and values, whatever the name of the file of values; SHA-256 of the message when there is no other file.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>A model that is one file.</summary>
    public static SerializedModel Of(byte[] message) => new(message, []);

    /// <summary>The model in one message, or with its larger initializers outside when the message would be longer than allowed.</summary>
    /// <param name="model">The model, all values in it.</param>
    /// <param name="longestMessage">Most bytes of a message; 0 for values outside in any case.</param>
    public static SerializedModel Of(ModelProto model, long longestMessage = LongestMessage) =>
        MessageLength(model) <= Math.Min(longestMessage, LongestMessage) ? Of(model.ToByteArray()) : Outside(model);

    /// <summary>The message when the values lie in a file of this name beside it.</summary>
    public byte[] MessageFor(string location)
    {
        if (Values.IsEmpty)
            return Message;
        var named = ModelProto.Parser.ParseFrom(Message);
        foreach (var tensor in named.Graph.Initializer)
            foreach (var entry in tensor.ExternalData)
                if (entry.Key == "location")
                    entry.Value = location;
        return named.ToByteArray();
    }

    /// <summary>Writes the file of values.</summary>
    public void WriteValues(Stream stream)
    {
        Span<byte> padding = stackalloc byte[Alignment];
        padding.Clear();
        long position = 0;
        foreach (var value in Values)
        {
            stream.Write(padding[..(int)(value.Offset - position)]);
            stream.Write(value.Bytes.Span);
            GC.KeepAlive(value);
            position = value.Offset + value.Bytes.Length;
        }
    }

    private string Identify()
    {
        using var fingerprint = new FingerprintBuilder("model with values outside/1");
        fingerprint.Add("message", Message);
        foreach (var value in Values)
            fingerprint.Add(value.Name, value.Hash);
        return fingerprint.Finish();
    }

    /// <summary>Initializers move out in the order in which they stand in the graph. Those of typed fields, and constants in bodies, stay inside.</summary>
    private static SerializedModel Outside(ModelProto model)
    {
        var values = ImmutableArray.CreateBuilder<ExternalValue>();
        var message = ModelParts.Shell(model);
        long offset = 0;
        // Shared but for the initializers: a copy of a graph of ten thousands of nodes for every variant would be felt.
        message.Graph.Node.AddRange(model.Graph.Node);
        foreach (var tensor in model.Graph.Initializer)
        {
            if (!tensor.HasRawData || tensor.RawData.Length < SmallestOutside)
            {
                message.Graph.Initializer.Add(tensor);
                continue;
            }
            offset = (offset + Alignment - 1) / Alignment * Alignment;
            var value = new ExternalValue(tensor.Name, tensor.DataType, [.. tensor.Dims], tensor.RawData, offset);
            offset += tensor.RawData.Length;
            values.Add(value);
            message.Graph.Initializer.Add(Reference(value));
        }
        if (MessageLength(message) > LongestMessage)
            throw new QuantizeException(DiagnosticCodes.ModelTooLarge, $"Without its weights the model still takes more than {LongestMessage} bytes, the most that protobuf allows in one message: it has large constants in places other than initializers.");
        return new(message.ToByteArray(), values.DrainToImmutable());
    }

    /// <summary>CalculateSize counts in 32 bits, and would wrap around for just the models that matter here: values are counted apart.</summary>
    private static long MessageLength(ModelProto model)
    {
        var values = ModelTensors.In(model).Sum(t => TensorData.StoredBytes(t.Tensor));
        return values > LongestMessage / 2 ? values + (LongestMessage / 100) : model.CalculateSize();
    }

    private static TensorProto Reference(ExternalValue value)
    {
        var tensor = new TensorProto { Name = value.Name, DataType = value.DataType, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.Dims.AddRange(value.Dims);
        Add("location", Nameless);
        Add("offset", value.Offset.ToString(CultureInfo.InvariantCulture));
        Add("length", value.Bytes.Length.ToString(CultureInfo.InvariantCulture));
        return tensor;

        void Add(string key, string text) => tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = text });
    }
}
