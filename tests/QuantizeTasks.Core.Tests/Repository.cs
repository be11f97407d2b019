namespace QuantizeTasks.Tests;

/// <summary>Where the sources of this repository are, for tests that read them.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    // From the assembly, not from the path of this file: a deterministic build does not tell the compiler where that is.
    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "QuantizeTasks.slnx")))
                return folder.FullName;
        throw new InvalidOperationException("QuantizeTasks.slnx was not found above the test assembly.");
    }
}
