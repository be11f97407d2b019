using System.Collections.Concurrent;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// The float model's own outputs, for metrics that compare with them. Run once per sample and kept up to a bound; what does not fit is run again
/// when it is needed again.
/// </summary>
/// <param name="model">The float model; a session of it is asked for only when an output is needed.</param>
/// <param name="sessions">Where that comes from.</param>
/// <param name="capacity">How many bytes of tensors to keep.</param>
internal sealed class ReferenceOutputs(EvaluatedModel model, SessionPool sessions, long capacity)
{
    private readonly ConcurrentDictionary<int, IReadOnlyDictionary<string, Tensor>> _kept = [];
    private long _free = capacity;

    /// <summary>Outputs by name. Called from several threads.</summary>
    public IReadOnlyDictionary<string, Tensor> Of(int index, Sample sample)
    {
        if (_kept.TryGetValue(index, out var outputs))
            return outputs;
        using var lease = sessions.Rent(model);
        outputs = lease.Session.Run(sample.Inputs);
        Keep(index, outputs);
        return outputs;
    }

    /// <summary>Takes outputs that the float model gave when it was evaluated itself.</summary>
    public void Keep(int index, IReadOnlyDictionary<string, Tensor> outputs)
    {
        var size = outputs.Values.Sum(TensorSize.Of);
        if (Interlocked.Add(ref _free, -size) < 0 || !_kept.TryAdd(index, outputs))
            Interlocked.Add(ref _free, size);
    }
}
