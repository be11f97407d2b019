using System;
using System.IO;

namespace QuantizeTasks;

/// <summary>The copies of int8 models in a project's output directory, which a build that fails must not leave there.</summary>
internal static class PublishedCopies
{
    /// <summary>Removes the copies of all outputs that a list names.</summary>
    public static void Remove(string outputsFile, string outputDirectory, Action<string> error)
    {
        try
        {
            foreach (var output in OutputFile.ReadList(outputsFile))
                Delete(Path.Combine(outputDirectory, output.TargetPath), error);
        }
        catch (InvalidDataException)
        {
            // A list that nobody can read names no copy that was made from it.
        }
    }

    /// <summary>Removes a file; what cannot be removed is told.</summary>
    public static void Delete(string path, Action<string> error)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error($"'{path}' is an int8 model that must not be shipped now, and it could not be removed: {e.Message} Remove it by hand.");
        }
    }
}
