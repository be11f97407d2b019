namespace QuantizeTasks.MSBuild.Tests.Testing;

internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => Directory.CreateDirectory(Root);

    /// <summary>With a space and letters beyond ASCII, so that every test is a test of those too.</summary>
    public string Root { get; } = Path.Combine(Path.GetTempPath(), $"quantize é 模型 {Guid.NewGuid():N}");

    public string this[string relative] => Path.Combine(Root, relative);

    public string Write(string relative, string text = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[relative])!);
        File.WriteAllText(this[relative], text);
        return this[relative];
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
