namespace QuantizeTasks.Data;

/// <summary>One image of a data set.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="Name">The path relative to the folder, with forward slashes: what messages and labels call it, the same on every machine.</param>
internal sealed record ImageFile(string Path, string Name);
