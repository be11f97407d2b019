using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Accuracy;

/// <summary>A model that can be evaluated: its identity, and how to get a session when one is needed.</summary>
/// <param name="Fingerprint">Identifies everything in it.</param>
/// <param name="Bytes">About how large it is.</param>
/// <param name="Open">Creates a session with these options.</param>
internal sealed record EvaluatedModel(string Fingerprint, long Bytes, Func<SessionSettings, ModelSession> Open)
{
    /// <summary>What a message calls it.</summary>
    public string Name { get; init; } = "the float model";

    /// <summary>Whether nothing in it is quantized: then it computes what the float model does, and differs by rounding alone.</summary>
    public bool IsFloat { get; init; }

    /// <exception cref="QuantizeException">The file is another one when it is opened than when it was read.</exception>
    public static EvaluatedModel Of(ModelFile file) => new(file.Fingerprint, file.Bytes, settings =>
    {
        var session = ModelSession.Open(file.Path, settings);
        if (file.IsUnchanged())
            return session;
        session.Dispose();
        throw new QuantizeException(DiagnosticCodes.ModelUnreadable, $"'{file.Path}' was changed while it was worked on. Run again when it is as it shall be.", new SourcePosition(file.Path));
    });

    /// <param name="model">The serialized model.</param>
    /// <param name="name">What a message calls it.</param>
    public static EvaluatedModel Of(SerializedModel model, string name) =>
        new(model.Fingerprint, model.Message.Length + model.Values.Sum(v => (long)v.Bytes.Length), settings => ModelSession.Create(model, name, settings)) { Name = name };
}
