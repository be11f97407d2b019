using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>What <c>dump_intermediate_model</c> keeps: the model as DefaultQuantization made it, before any search. POT saves it under its algorithm's name in its intermediate folder.</summary>
internal static class IntermediateModel
{
    /// <summary>Where it lies.</summary>
    /// <param name="reportDirectory">The folder of the run's report.</param>
    public static string PathIn(string reportDirectory) => Path.Combine(reportDirectory, "default-quantization.int8.onnx");

    /// <summary>Writes the model, in one step; or, with null, removes what an earlier run left, which does not belong to this run's report.</summary>
    /// <exception cref="Diagnostics.QuantizeException">The folder or the file cannot be written.</exception>
    public static void Keep(SerializedModel? model, string reportDirectory)
    {
        var path = PathIn(reportDirectory);
        if (model is not null)
        {
            ModelFiles.Save(model, path);
            return;
        }
        TemporaryFile.TryDelete(path);
        if (Directory.Exists(reportDirectory))
            ModelFiles.DeleteValues(path, except: null);
    }
}
