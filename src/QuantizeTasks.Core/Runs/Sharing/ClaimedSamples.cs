using QuantizeTasks.Quantization;

namespace QuantizeTasks.Runs.Sharing;

/// <summary>The samples that questions have claimed: a validation that may stop asks for the same samples again and again.</summary>
internal sealed class ClaimedSamples
{
    private readonly Dictionary<(string Scheme, Configuration Configuration), HashSet<int>> _claimed = [];

    /// <summary>For each configuration of a question the samples that no question has claimed yet, which now one has.</summary>
    public int[][] Take(SearchQuestion question) => [.. question.Configurations.Select(configuration =>
    {
        var key = (question.Scheme.Name, configuration);
        if (!_claimed.TryGetValue(key, out var claimed))
            _claimed.Add(key, claimed = []);
        return question.Samples.Where(claimed.Add).ToArray();
    })];
}
