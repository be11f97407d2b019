using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// Replaces calls of the functions that a model brings along by what they consist of (IR.md, "Functions"), so that the layers inside can be quantized.
/// A function written for another version of an operator set than the model's is left to the runtime.
/// </summary>
internal static class FunctionInlining
{
    /// <summary>More than a hundred thousand operators. Functions that call others twice double with each level: a file of a few kilobytes must not become gigabytes.</summary>
    private const long MostBytes = 16 << 20;

    /// <summary>Returns the model itself when there is nothing to inline; otherwise it is changed, and indexed anew.</summary>
    /// <exception cref="QuantizeException">A function calls itself, directly or through others, or the result would be enormous.</exception>
    public static OnnxModel Apply(OnnxModel model)
    {
        if (model.Proto.Functions.Count == 0)
            return model;
        var functions = new Dictionary<(string, string, string), FunctionProto>();
        foreach (var function in model.Proto.Functions)
            if (!functions.TryAdd((function.Domain, function.Name, function.Overload), function))
                throw Invalid(model, $"The function '{function.Name}' occurs twice");
        CheckCalls(model, functions);
        var calls = new FunctionCalls(model, functions, MostBytes);
        calls.Inline(model.Proto.Graph);
        var opaque = functions.Values.Where(f => !calls.CanInline(f)).ToArray();
        model.Proto.Functions.Clear();
        if (opaque.Length > 0)
            // It may call any of the others.
            model.Proto.Functions.AddRange(functions.Values);
        var inlined = new OnnxModel(model.Proto, model.Name, model.HadValuesOutside);
        NodeNames.Complete(inlined.Graph);
        inlined.Graph.SortTopologically();
        return inlined;
    }

    /// <summary>Refuses recursion, which ONNX forbids. Iterative, as a chain of functions may be deeper than the stack.</summary>
    private static void CheckCalls(OnnxModel model, Dictionary<(string, string, string), FunctionProto> functions)
    {
        var left = functions.ToDictionary(f => f.Key, f => Called(f.Value.Node).Where(functions.ContainsKey).ToHashSet());
        while (left.Where(f => !f.Value.Any(left.ContainsKey)).Select(f => f.Key).ToArray() is { Length: > 0 } done)
            foreach (var key in done)
                left.Remove(key);
        if (left.Count > 0)
            throw Invalid(model, $"The function '{left.First().Key.Item2}' calls itself, directly or through others");
    }

    private static IEnumerable<(string, string, string)> Called(IEnumerable<NodeProto> nodes) =>
        nodes.SelectMany(n => n.Attribute.SelectMany(a => a.Bodies()).SelectMany(body => Called(body.Node)).Append((n.Domain, n.OpType, n.Overload)));

    private static QuantizeException Invalid(OnnxModel model, string problem) =>
        new(DiagnosticCodes.ModelInvalid, $"The model is not valid. {problem}.", new SourcePosition(model.Name));
}
