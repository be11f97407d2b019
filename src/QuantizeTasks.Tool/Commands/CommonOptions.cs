using System.CommandLine;
using System.Globalization;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tool.Commands;

/// <summary>Options that mean the same for every command that has them. Each command gets its own instances.</summary>
internal static class CommonOptions
{
    public static Option<string> CacheDirectory() => new("--cache-directory")
    {
        Description = "Where finished work is kept. Default: $QUANTIZE_CACHE_DIRECTORY, else quantize-tasks in the user's cache folder.",
        HelpName = "DIR",
    };

    public static Option<string?> CacheMaxSize() => new("--cache-max-size")
    {
        Description = "How large the cache may become, such as 500MB or 5GB; what was used longest ago goes first. Default: $QUANTIZE_CACHE_MAX_SIZE, else 5GB.",
        HelpName = "SIZE",
    };

    public static Option<int> Workers()
    {
        var option = new Option<int>("--workers") { Description = "Evaluations at once; 0 for as many as there are cores. Never changes a result.", HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is not [var token] || !int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                result.AddError("--workers needs a whole number from 0.");
        });
        return option;
    }

    /// <summary>What is said when a command ends early whose work is kept.</summary>
    public const string CancelledWithCache = "Cancelled. Finished work is kept in the cache; the same command goes on from there.";

    /// <summary>A whole number from 1.</summary>
    public static Option<int> Positive(string name, string description, int usual)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
                result.AddError($"{name} needs a whole number from 1.");
        });
        return option;
    }

    public static Option<string?> EmulateIsa()
    {
        var option = new Option<string?>("--emulate-isa") { Description = "Compute int8 products as processors with this instruction set and without VNNI do: avx2 (AVX-512 without VNNI does the same).", HelpName = "ISA" };
        option.AcceptOnlyFromAmong("avx2");
        return option;
    }

    public static EmulatedIsa IsaOf(string? option) => option is null ? EmulatedIsa.None : EmulatedIsa.Avx2;

    public static Option<string?> Plugins() => new("--plugins") { Description = "The assembly that `plugins: project` in the manifest stands for outside a build.", HelpName = "FILE" };

    /// <summary>Overrides that say no more than that.</summary>
    public static ManifestOverrides OnlyPlugins(string? option, ToolContext context) => new([]) { Project = option is null ? null : new ProjectAssembly(context.Absolute(option)) };

    public static Option<bool> Json(string description) => new("--json") { Description = description };

    public static Option<string> Verbosity()
    {
        var option = new Option<string>("--verbosity", "-v")
        {
            Description = "q[uiet], m[inimal], n[ormal], d[etailed] or diag[nostic].",
            HelpName = "LEVEL",
            DefaultValueFactory = _ => "normal",
        };
        option.AcceptOnlyFromAmong("q", "quiet", "m", "minimal", "n", "normal", "d", "detailed", "diag", "diagnostic");
        return option;
    }

    public static bool IsQuiet(string? verbosity) => verbosity is ['q' or 'm', ..];

    public static bool IsDiagnostic(string? verbosity) => verbosity?.StartsWith("diag", StringComparison.Ordinal) == true;
}
