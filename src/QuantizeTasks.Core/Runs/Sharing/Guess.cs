namespace QuantizeTasks.Runs.Sharing;

/// <summary>What is taken for an answer that is not known yet, so that a search goes on and tells what it may ask next.</summary>
internal enum Guess
{
    /// <summary>What a part of the groups in float gave back, all of them give back.</summary>
    Likely,

    /// <summary>As good as the float model.</summary>
    Hopeful,

    /// <summary>As bad as where the search started.</summary>
    Gloomy,
}
