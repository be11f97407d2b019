using System.Collections.Immutable;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>
/// Settings of a run that are none of the manifest's, by one name and one text everywhere: <c>locked_mode</c> is <c>--locked-mode</c> on the command line, <c>locked_mode</c> under <c>options</c> in
/// a job file, and the property QuantizeLockedMode or the metadata LockedMode in a project.
/// </summary>
internal static class RunSettings
{
    /// <summary>The words for what is evaluated.</summary>
    public static readonly ImmutableSortedDictionary<string, VerifyMode> VerifyModes =
        Enum.GetValues<VerifyMode>().ToImmutableSortedDictionary(mode => $"{mode}".ToLowerInvariant(), mode => mode, StringComparer.Ordinal);

    private static readonly ImmutableSortedDictionary<string, Func<RunRequest, string, RunRequest?>> Readers = new Dictionary<string, Func<RunRequest, string, RunRequest?>>
    {
        ["emulate_isa"] = (request, text) => text == "avx2" ? request with { EmulatedIsa = EmulatedIsa.Avx2 } : null,
        ["lock_file"] = (request, text) => text == LockFilePath.None || Path.IsPathFullyQualified(text) ? request with { LockFile = text } : null,
        ["locked_mode"] = (request, text) => Flag(text) is { } flag ? request with { LockedMode = flag } : null,
        ["no_latency"] = (request, text) => Flag(text) is { } flag ? request with { MeasureLatency = !flag } : null,
        ["variant"] = (request, text) => request with { Variant = text },
        ["verify"] = (request, text) => VerifyModes.TryGetValue(text, out var mode) ? request with { Verify = mode } : null,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>The names of all settings.</summary>
    public static IEnumerable<string> Names => Readers.Keys;

    /// <summary>What a setting may be, for messages.</summary>
    public static string Allowed(string name) => name switch
    {
        "emulate_isa" => "avx2",
        "lock_file" => "none or an absolute path",
        "verify" => string.Join(", ", VerifyModes.Keys),
        _ => "true, false",
    };

    /// <summary>The request with a setting; null when the text is none that it may be.</summary>
    public static RunRequest? With(this RunRequest request, string name, string text) => Readers[name](request, text.Trim());

    /// <summary>As MSBuild reads it.</summary>
    private static bool? Flag(string text) => bool.TryParse(text, out var flag) ? flag : null;
}
