using System.Globalization;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>Which shard this process is, from <c>--shard</c> or from the variables of the CI system or batch scheduler that started it.</summary>
internal static class ShardVariables
{
    /// <summary>Says it outright, as <c>2/3</c>: for a matrix of jobs, which no system numbers by variables.</summary>
    public const string Shard = "QUANTIZE_SHARD";

    /// <summary>How many pods an indexed Kubernetes job has, which it does not tell them.</summary>
    public const string Total = "QUANTIZE_SHARD_TOTAL";

    /// <exception cref="QuantizeException">It is no shard, or nobody says which (QTZ7139).</exception>
    public static Shard Of(string option, ToolContext context) =>
        option != "auto" ? Parse("--shard", option)
        : context.Variable(Shard) is { Length: > 0 } stated ? Parse(Shard, stated)
        : Choose([.. new[] { Azure(context), GitLab(context), Slurm(context), Kubernetes(context) }.OfType<(string System, Shard Shard)>()]);

    private static Shard Choose((string System, Shard Shard)[] found)
    {
        // A job that is not divided is 1/1 for its CI system, and may have submitted what is.
        var divided = found.Where(f => f.Shard.Count > 1).ToArray();
        if ((divided.Length > 0 ? divided : found) is not [var first, .. var others])
            throw Invalid($"--shard auto finds no variable that says which shard this is. Azure Pipelines (parallel), GitLab CI (parallel), Slurm (array) and Kubernetes (Indexed, with {Total}) have some; elsewhere set {Shard} to 2/3 for the second of three.");
        return others.FirstOrDefault(o => o.Shard != first.Shard) is { Shard: not null } other
            ? throw Invalid($"--shard auto finds {first.Shard} of {first.System} and {other.Shard} of {other.System}. Set {Shard} to the one that is meant.") : first.Shard;
    }

    /// <summary>Azure Pipelines, <c>strategy: parallel</c>: both count from 1.</summary>
    private static (string, Shard)? Azure(ToolContext context) =>
        Pair("Azure Pipelines", context, "SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE");

    /// <summary>GitLab CI, <c>parallel</c>: the total is 1 and there is no index in a job that is not divided.</summary>
    private static (string, Shard)? GitLab(ToolContext context) =>
        context.Variable("CI_NODE_INDEX") is null && context.Variable("CI_NODE_TOTAL") is "1" ? null : Pair("GitLab CI", context, "CI_NODE_INDEX", "CI_NODE_TOTAL");

    private static (string, Shard)? Pair(string system, ToolContext context, string index, string total) =>
        context.Variable(index) is null && context.Variable(total) is null ? null : (system, Make(system, Number(context, index), Number(context, total)));

    /// <summary>A Slurm job array: task IDs begin anywhere and have any step, but there must be no gaps (<c>sbatch --array</c>).</summary>
    private static (string, Shard)? Slurm(ToolContext context)
    {
        if (context.Variable("SLURM_ARRAY_TASK_ID") is null)
            return null;
        var (id, least, most, count) = (Number(context, "SLURM_ARRAY_TASK_ID"), Number(context, "SLURM_ARRAY_TASK_MIN"), Number(context, "SLURM_ARRAY_TASK_MAX"), Number(context, "SLURM_ARRAY_TASK_COUNT"));
        var step = count > 1 ? (most - least) / (count - 1) : 1;
        return step > 0 && least + (step * (count - 1)) == most && (id - least) % step == 0
            ? ("Slurm", Make("Slurm", ((id - least) / step) + 1, count))
            : throw Invalid($"Slurm's array has {count} tasks from {least} to {most}, and this is {id}: the numbers are not evenly spaced. Use --array=1-{count}.");
    }

    /// <summary>A Kubernetes job with <c>completionMode: Indexed</c> counts from 0.</summary>
    private static (string, Shard)? Kubernetes(ToolContext context) => context.Variable("JOB_COMPLETION_INDEX") is null ? null
        : context.Variable(Total) is null ? throw Invalid($"JOB_COMPLETION_INDEX says which pod this is, but not of how many. Set {Total} to the job's completions.")
        : ("Kubernetes", Make("Kubernetes", Number(context, "JOB_COMPLETION_INDEX") + 1, Number(context, Total)));

    private static long Number(ToolContext context, string variable) => context.Variable(variable) switch
    {
        null or "" => throw Invalid($"{variable} is not set, so nobody knows which shard this is."),
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        var text => throw Invalid($"{variable} is '{text}', which is no number."),
    };

    private static Shard Make(string system, long index, long count) =>
        index >= 1 && index <= count && count <= int.MaxValue ? new Shard((int)index, (int)count) : throw Invalid($"{system} says that this is shard {index} of {count}, which cannot be.");

    private static Shard Parse(string source, string text) => QuantizeTasks.Shard.Parse(text) ?? throw Invalid($"{source} is '{text}'. It has to be i/N, such as 2/3 for the second of three{(source == Shard ? "" : ", or auto")}.");

    private static QuantizeException Invalid(string message) => new(DiagnosticCodes.ShardInvalid, message);
}
