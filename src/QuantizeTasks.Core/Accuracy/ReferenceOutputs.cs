using System.Collections.Concurrent;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// The float model's own outputs, for metrics that compare with them. Run once per sample and kept up to a bound; what does not fit is run again
/// when it is needed again.
/// </summary>
/// <param name="open">Opens the float model; called once, and only when an output is needed.</param>
/// <param name="capacity">How many bytes of tensors to keep.</param>
internal sealed class ReferenceOutputs(Func<ModelSession> open, long capacity) : IDisposable
{
    private readonly ConcurrentDictionary<int, IReadOnlyDictionary<string, Tensor>> _kept = [];
    private readonly Lazy<ModelSession> _session = new(open);
    private long _free = capacity;

    /// <summary>Outputs by name. Called from several threads.</summary>
    public IReadOnlyDictionary<string, Tensor> Of(int index, Sample sample)
    {
        if (_kept.TryGetValue(index, out var outputs))
            return outputs;
        outputs = _session.Value.Run(sample.Inputs);
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

    public void Dispose()
    {
        if (_session.IsValueCreated)
            _session.Value.Dispose();
    }
}
