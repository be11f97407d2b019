using Microsoft.ML.OnnxRuntime;

namespace QuantizeTasks.Inference;

/// <summary>How a session is made. The default is what an app gets that sets nothing, but for the number of threads.</summary>
internal sealed record SessionSettings
{
    public static SessionSettings Default { get; } = new();

    public GraphOptimizationLevel OptimizationLevel { get; init; } = GraphOptimizationLevel.ORT_ENABLE_ALL;

    /// <summary>Threads inside one operator. One, and as many sessions as cores, is never slower and does not depend on the machine's load.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether the session keeps the memory of a run for the next one, which is faster. Results do not depend on it.</summary>
    public bool KeepsMemory { get; init; } = true;

    /// <summary>Where the runtime writes the graph it really runs; null for nowhere.</summary>
    public string? OptimizedModelPath { get; init; }

    /// <summary>How the name of the file begins into which every run writes what each operator took; null for no such file.</summary>
    public string? ProfilePrefix { get; init; }

    /// <summary>A library of custom operators that the model uses; null for none.</summary>
    public string? CustomOperatorLibrary { get; init; }
}
