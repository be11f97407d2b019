namespace QuantizeTasks.Tests;

/// <summary>A document in the repository that follows from the code.</summary>
internal static class GeneratedDocument
{
    /// <summary>When set to 1, the tests write the documents instead of comparing them.</summary>
    private const string Switch = "QUANTIZE_UPDATE_DOCUMENTS";

    /// <summary>Compares a file of the repository with what it should be.</summary>
    public static void Check(string path, string expected)
    {
        var file = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable(Switch) == "1")
            File.WriteAllText(file, expected);
        Assert.AreEqual(expected, File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "", $"{path} is not what the code says. Run this test with {Switch}=1 and commit the file.");
    }
}
