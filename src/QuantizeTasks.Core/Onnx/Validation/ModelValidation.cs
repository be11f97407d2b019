using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx.Validation;

/// <summary>
/// Refuses what is no well-formed model, before anything relies on it. A model file may come from anywhere: its counts and extents are believed only
/// where they agree with the bytes that are there. Which operators exist and what they take is left to ONNX Runtime, which decides it.
/// </summary>
internal static class ModelValidation
{
    /// <summary>More messages than this help nobody.</summary>
    private const int MostReported = 10;

    /// <exception cref="QuantizeException">The model is not well-formed; carries up to ten errors.</exception>
    public static void Validate(ModelProto model, string name)
    {
        var problems = new List<string>();
        if (model.Graph is null)
            problems.Add("It has no graph: the file is empty, cut off, or something else than an ONNX model");
        else
        {
            problems.AddRange(ModelTensors.In(model).Select(t => TensorValidation.Problem(t.Tensor) is { } problem ? $"The {t.Place} {problem}" : null).OfType<string>().Take(MostReported));
            problems.AddRange(GraphValidation.Problems(model.Graph, _ => false).Take(MostReported));
        }
        if (problems.Count > 0)
            throw new QuantizeException([.. problems.Take(MostReported).Select(p =>
                new Diagnostic(DiagnosticCodes.ModelInvalid, DiagnosticSeverity.Error, $"The model is not valid. {p}. Export it again, or see what `onnx.checker` says of it.", new SourcePosition(name)))]);
    }
}
