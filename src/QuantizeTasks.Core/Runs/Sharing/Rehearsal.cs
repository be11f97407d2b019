using QuantizeTasks.Accuracy;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Runs.Sharing;

/// <summary>One pass of a search through what is known and what is guessed.</summary>
/// <param name="limit">How many evaluations of a sample its open questions may add up to; the first may be larger.</param>
internal sealed class Rehearsal(long limit)
{
    private readonly List<SearchQuestion> _open = [];
    private readonly ClaimedSamples _claimed = new();
    private readonly Dictionary<(string, Configuration), KnownSamples> _seen = [];
    private long _size;

    /// <summary>What the search asked that is not known in full, in order. The first is certain, the others depend on guesses.</summary>
    public IReadOnlyList<SearchQuestion> Open => _open;

    /// <summary>All configurations that the search has asked for, by the name of their scheme.</summary>
    public IReadOnlyDictionary<(string Scheme, Configuration Configuration), KnownSamples> Seen => _seen;

    /// <summary>Notes what was asked for, with what is known of it.</summary>
    public void See(string scheme, Configuration configuration, KnownSamples known) => _seen[(scheme, configuration)] = known;

    /// <summary>Notes a question.</summary>
    /// <exception cref="OperationCanceledException">There are enough of them.</exception>
    public void Note(SearchQuestion question)
    {
        _size += _claimed.Take(question).Sum(samples => (long)samples.Length);
        if (_open.Count > 0 && _size > limit)
            throw End();
        _open.Add(question);
    }

    /// <summary>What ends the search.</summary>
    public static OperationCanceledException End() => new("There is nothing more to learn from this rehearsal.");
}
