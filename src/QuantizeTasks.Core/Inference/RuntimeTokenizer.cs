using Google.Protobuf;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Inference;

/// <summary>A tokenizer of ONNX Runtime Extensions: a model of one node from a text to token ids. Thread-safe.</summary>
internal sealed class RuntimeTokenizer
{
    private const string Domain = "ai.onnx.contrib";
    private readonly ModelSession _session;
    private readonly string _name;

    /// <summary>Makes one.</summary>
    /// <param name="operatorType"><c>BertTokenizer</c>, <c>GPT2Tokenizer</c> or <c>SentencepieceTokenizer</c>.</param>
    /// <param name="attributes">The operator's attributes: texts, or whole numbers.</param>
    /// <param name="constants">Its inputs behind the text, in their order.</param>
    /// <param name="outputs">Its outputs; the one for token ids is <c>ids</c>.</param>
    /// <exception cref="QuantizeException">The Extensions are missing, or refuse the vocabulary.</exception>
    public RuntimeTokenizer(string operatorType, IReadOnlyDictionary<string, object> attributes, IReadOnlyList<TensorProto> constants, params string[] outputs)
    {
        _name = operatorType;
        _session = ModelSession.Create(Model(operatorType, attributes, constants, outputs), operatorType, new SessionSettings { CustomOperatorLibrary = RuntimeLibrary.ExtensionsPath });
    }

    /// <summary>Token ids of a text, or of two.</summary>
    public long[] Encode(params string[] texts)
    {
        try
        {
            var ids = _session.Run(new Dictionary<string, Tensor> { ["text"] = Tensor.Create(texts, texts.Length) }, ["ids"])["ids"];
            return ids.ElementType == typeof(int) ? Array.ConvertAll(ids.As<int>(), id => (long)id) : ids.As<long>();
        }
        catch (QuantizeException e) when (e.Diagnostics[0].Code == DiagnosticCodes.RuntimeRunFailed)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"{_name} of ONNX Runtime Extensions cannot read a text: {e.InnerException?.Message ?? e.Message}", null, e);
        }
    }

    private static byte[] Model(string operatorType, IReadOnlyDictionary<string, object> attributes, IReadOnlyList<TensorProto> constants, string[] outputs)
    {
        var node = new NodeProto { OpType = operatorType, Domain = Domain, Name = "tokenize" };
        node.Input.Add("text");
        node.Input.AddRange(constants.Select(c => c.Name));
        node.Output.AddRange(outputs);
        foreach (var (name, value) in attributes)
            node.Attribute.Add(value is string text
                ? new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(text) }
                : new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = (long)value });
        var graph = new GraphProto { Name = "tokenize" };
        graph.Node.Add(node);
        graph.Input.Add(Info("text", DataType.String));
        graph.Initializer.AddRange(constants);
        graph.Output.Add(Info("ids", operatorType == "SentencepieceTokenizer" ? DataType.Int32 : DataType.Int64));
        var model = new ModelProto { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 17 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = Domain, Version = 1 });
        return new OnnxModel(model, operatorType).ToBytes();
    }

    /// <summary>Of unknown rank: it differs from tokenizer to tokenizer.</summary>
    private static ValueInfoProto Info(string name, DataType type) =>
        new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type } } };
}
