using QuantizeTasks.Quantization;

namespace QuantizeTasks.Runs.Sharing;

/// <summary>What questions have asked for already: a validation that may stop asks for the same samples again and again.</summary>
internal sealed class AskedSamples
{
    private readonly Dictionary<(string Scheme, Configuration Configuration), HashSet<int>> _asked = [];

    /// <summary>For each configuration of a question the samples that nobody has asked for yet, which now somebody has.</summary>
    public int[][] Take(SearchQuestion question) => [.. question.Configurations.Select(configuration =>
    {
        var key = (question.Scheme.Name, configuration);
        if (!_asked.TryGetValue(key, out var asked))
            _asked.Add(key, asked = []);
        return question.Samples.Where(asked.Add).ToArray();
    })];
}
