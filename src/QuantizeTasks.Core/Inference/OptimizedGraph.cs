using System.Collections.Immutable;
using System.Text.RegularExpressions;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Inference;

/// <summary>An operator that the runtime really runs.</summary>
/// <param name="OperatorType">Its type, such as <c>QLinearConv</c>.</param>
/// <param name="Domain">Its operator set; empty for the default one.</param>
/// <param name="Name">The name of the operator that it was made from where the runtime keeps one.</param>
internal sealed record RuntimeOperator(string OperatorType, string Domain, string Name)
{
    /// <summary>True for a kernel that computes on integers, as opposed to one that moves them.</summary>
    public bool IsInteger => OperatorType.StartsWith("QLinear", StringComparison.Ordinal) || OperatorType is "QGemm" or "MatMulIntegerToFloat" or "MatMulInteger" or "ConvInteger" or "DynamicQuantizeMatMul" or "DynamicQuantizeLSTM";
}

/// <summary>
/// The graph after the runtime's optimizations: the only place to see what runs in int8. A Q/DQ pair in the model is a wish;
/// one wrong scale or a missing quantizer, and the operator between runs in float without a word.
/// </summary>
internal sealed partial class OptimizedGraph
{
    private OptimizedGraph(ImmutableArray<RuntimeOperator> operators) => Operators = operators;

    /// <summary>Every operator of the main graph.</summary>
    public ImmutableArray<RuntimeOperator> Operators { get; }

    /// <summary>Loads the model with the options that an app uses and reads back what the runtime made of it.</summary>
    public static OptimizedGraph Of(byte[] model, string name, SessionSettings? settings = null) => Of(SerializedModel.Of(model), name, settings);

    /// <inheritdoc cref="Of(byte[], string, SessionSettings?)"/>
    public static OptimizedGraph Of(SerializedModel model, string name, SessionSettings? settings = null) =>
        new([.. Read(s => ModelSession.Create(model, name, s), settings).Model.Graph.Nodes.Select(n => new RuntimeOperator(n.OpType, n.Domain, OriginalName(n.Name)))]);

    /// <summary>The optimized graph as a model, and the inputs and outputs of the session.</summary>
    /// <param name="open">Opens the model with these settings.</param>
    /// <param name="settings">The default when null.</param>
    public static (OnnxModel Model, IReadOnlyList<TensorInfo> Inputs, IReadOnlyList<TensorInfo> Outputs) Read(Func<SessionSettings, ModelSession> open, SessionSettings? settings = null)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        try
        {
            using var session = open((settings ?? SessionSettings.Default) with { OptimizedModelPath = path });
            return (OnnxModel.Load(path), session.Inputs, session.Outputs);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>How many operators of a type there are.</summary>
    public int Count(string operatorType) => Operators.Count(o => o.OperatorType == operatorType);

    /// <summary>Those of the given operators of the model that run in an integer kernel of the same name.</summary>
    public IReadOnlySet<string> RunningInInteger(IEnumerable<string> names)
    {
        var integer = Operators.Where(o => o.IsInteger).Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        return names.Where(integer.Contains).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Changing the layout appends <c>_token_N</c> or <c>_nchwc</c> to a name, making a Gemm its own suffix.</summary>
    public static string OriginalName(string name) => Token().Replace(name, "");

    [GeneratedRegex(@"(_token_\d+|_nchwc|/MatMulAddFusion)+$")]
    private static partial Regex Token();
}
