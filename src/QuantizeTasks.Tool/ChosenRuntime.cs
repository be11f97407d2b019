using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Tool.Jobs;

namespace QuantizeTasks.Tool;

/// <summary>Which ONNX Runtime measures, as the arguments, a job and the environment say. The process has to know before it touches one.</summary>
internal static class ChosenRuntime
{
    public const string Variable = "QUANTIZE_ONNXRUNTIME_PATH";

    public const string Option = "--onnxruntime-path";

    /// <summary>The option, then a job's property, then the environment, then the package of the job's project; null for the quantizer's own.</summary>
    public static RuntimeSource? Of(IReadOnlyList<string> arguments, string workingDirectory, Func<string, string?> variable)
    {
        var job = Value(arguments, "--job") is { } path ? OfJob(Path.GetFullPath(path, workingDirectory)) : null;
        if (Value(arguments, Option) is { } option)
            return OfPath(option, $"the option {Option}");
        if (job is { Package: null })
            return job.Native is null && job.Origin == RuntimeSource.Bundled ? null : job;
        return variable(Variable) is { Length: > 0 } named ? OfPath(named, $"the environment variable {Variable}") : job;

        RuntimeSource? OfPath(string text, string origin) => text == RuntimeSource.Bundled ? null : RuntimeSource.OfPath(Path.GetFullPath(text, workingDirectory), origin);
    }

    // The command itself says what is wrong with its job.
    private static RuntimeSource? OfJob(string path)
    {
        try
        {
            return JobFile.Read(path).Runtime;
        }
        catch (QuantizeException)
        {
            return null;
        }
    }

    private static string? Value(IReadOnlyList<string> arguments, string option)
    {
        for (var i = 0; i < arguments.Count && arguments[i] != "--"; i++)
            if (arguments[i] == option)
                return i + 1 < arguments.Count ? arguments[i + 1] : null;
            else if (arguments[i].StartsWith(option + "=", StringComparison.Ordinal) || arguments[i].StartsWith(option + ":", StringComparison.Ordinal))
                return arguments[i][(option.Length + 1)..];
        return null;
    }
}
