using Microsoft.Win32.SafeHandles;

namespace QuantizeTasks.Data;

/// <summary>A temporary file without a name, gone with its handle: where packed data is unpacked that has no random access.</summary>
internal static class VanishingFile
{
    public static SafeFileHandle Create()
    {
        var path = Path.Combine(Path.GetTempPath(), $"quantize-{Path.GetRandomFileName()}.tmp");
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.RandomAccess);
        if (!OperatingSystem.IsWindows())
            File.Delete(path); // Not even a killed process leaves it behind: the open file lives on without a name.
        return handle;
    }
}
