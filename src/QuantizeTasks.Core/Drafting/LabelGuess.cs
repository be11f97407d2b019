namespace QuantizeTasks.Drafting;

/// <summary>Looks for the labels of a folder of images where people keep them.</summary>
public static class LabelGuess
{
    /// <summary><see cref="ManifestDraft.Folders"/> when there are sub-folders, else a table beside the folder that has its name or is called labels; null when there is neither.</summary>
    /// <param name="images">An absolute path of a folder; anything else has no labels that could be found.</param>
    /// <param name="extension"><c>.csv</c> or <c>.npy</c>.</param>
    public static Guess<string>? Find(string images, string extension)
    {
        if (!Directory.Exists(images))
            return null;
        if (extension == ".csv" && Directory.EnumerateDirectories(images).Any(folder => !Path.GetFileName(folder).StartsWith('.')))
            return new(ManifestDraft.Folders, "there are sub-folders, one a class");
        var folder = Path.TrimEndingDirectorySeparator(images);
        return ((string[])[folder + extension, Path.Combine(folder, "labels" + extension), Path.Combine(Path.GetDirectoryName(folder) ?? folder, "labels" + extension)])
            .Where(File.Exists).Select(file => new Guess<string>(file, "it lies beside the images")).FirstOrDefault();
    }
}
