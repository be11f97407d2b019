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

    public static EvaluatedModel Of(ModelFile file) => new(file.Fingerprint, file.Bytes, settings => ModelSession.Open(file.Path, settings));

    /// <param name="model">The serialized model.</param>
    /// <param name="name">What a message calls it.</param>
    public static EvaluatedModel Of(SerializedModel model, string name) =>
        new(model.Fingerprint, model.Message.Length + model.Values.Sum(v => (long)v.Bytes.Length), settings => ModelSession.Create(model, name, settings)) { Name = name };
}
