using QuantizeTasks.Inference;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;

namespace QuantizeTasks;

/// <summary>What is installed: the program and the ONNX Runtime that it uses.</summary>
public static class InstalledVersions
{
    /// <summary>The program's version with the commit, where the build knows it.</summary>
    public static string Program => ToolVersion.Informational;

    /// <summary>Package, version and instruction set of the runtime.</summary>
    /// <exception cref="Diagnostics.QuantizeException">There is none that can be loaded.</exception>
    public static RuntimeRecord Runtime()
    {
        var identity = RuntimeLibrary.Identity;
        return ReportRecords.Runtime(identity);
    }
}
