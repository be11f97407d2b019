using System.Runtime.CompilerServices;

namespace QuantizeTasks.Tests;

/// <summary>Where the sources of this repository are, for tests that read them.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find([CallerFilePath] string thisFile = "")
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(thisFile)! })
            for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar)))
                if (File.Exists(Path.Combine(folder, "QuantizeTasks.slnx")))
                    return folder;
        throw new InvalidOperationException("QuantizeTasks.slnx was not found above the test assembly.");
    }
}
