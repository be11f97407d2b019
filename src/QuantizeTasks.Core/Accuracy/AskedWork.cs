using System.Collections;

namespace QuantizeTasks.Accuracy;

/// <summary>What was asked of models since a plan began, each sample of each model once, however often a search asks for it: how much of the plan is behind, whether it was run or known.</summary>
/// <param name="samples">How many samples there are.</param>
/// <param name="time">The clock.</param>
internal sealed class AskedWork(int samples, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, BitArray> _asked = new(StringComparer.Ordinal);
    private long _found;
    private Progress? _beforeFirstRun;
    private bool _isCounting;

    /// <summary>Forgets what was asked before.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _asked.Clear();
            (_found, _beforeFirstRun, _isCounting) = (0, null, true);
        }
    }

    /// <summary>Models that were asked about, and samples of them that were known; and the same before the first sample had to be run, null while none had to.</summary>
    public (Progress Now, Progress? BeforeFirstRun) Read()
    {
        lock (_gate)
            return (Now(), _beforeFirstRun);
    }

    /// <summary>Takes note of a question.</summary>
    /// <param name="model">Identifies the model.</param>
    /// <param name="asked">The samples.</param>
    /// <param name="missing">Those of them that have to be run, in the same order.</param>
    public void Add(string model, IReadOnlyList<int> asked, IReadOnlyList<int> missing)
    {
        lock (_gate)
        {
            if (!_isCounting)
                return;
            if (missing.Count > 0)
                _beforeFirstRun ??= Now();
            if (!_asked.TryGetValue(model, out var seen))
                _asked.Add(model, seen = new BitArray(samples));
            foreach (var sample in missing)
                seen[sample] = true;
            foreach (var sample in asked)
            {
                _found += seen[sample] ? 0 : 1;
                seen[sample] = true;
            }
        }
    }

    private Progress Now() => new(_asked.Count, _found, time.GetTimestamp());

    /// <param name="Models">Different models that were asked about.</param>
    /// <param name="Found">Samples that were known.</param>
    /// <param name="At">When, by the clock.</param>
    public readonly record struct Progress(int Models, long Found, long At);
}
