using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>How large the store may become.</summary>
internal static class CacheLimit
{
    public const string Variable = "QUANTIZE_CACHE_MAX_SIZE";

    /// <summary>Less than one model's calibration may take would have every run throw away what it needs next.</summary>
    private const long Least = 10_000_000;

    /// <summary>What an option or a job says, else the environment variable, else the default.</summary>
    /// <param name="text">Null when nobody says.</param>
    /// <param name="source">Who says, for the message.</param>
    /// <param name="context">Where the variable is.</param>
    /// <exception cref="QuantizeException">It is no size (QTZ7138).</exception>
    public static long Of(string? text, string source, ToolContext context) =>
        text is { Length: > 0 } ? Parse(text, source) : context.Variable(Variable) is { Length: > 0 } variable ? Parse(variable, Variable) : Cache.DefaultLimit;

    private static long Parse(string text, string source) =>
        text.Trim().Equals("none", StringComparison.OrdinalIgnoreCase) ? long.MaxValue
        : ByteSize.Parse(text) is { } bytes and >= Least ? bytes
        : throw new QuantizeException(DiagnosticCodes.CacheLimitInvalid, $"{source} is '{text}'. It has to be a size such as 500MB or 5GB, at least {ByteSize.Text(Least)}, or none.");
}
