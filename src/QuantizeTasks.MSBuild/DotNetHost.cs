using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Build.Framework;

namespace QuantizeTasks;

/// <summary>Which <c>dotnet</c> starts the tool, and what it means when it cannot.</summary>
internal static class DotNetHost
{
    // hostfxr's status codes (dotnet/runtime, docs/design/features/host-error-codes.md). A Unix exit code keeps the low byte.
    private const int CoreHostLibMissing = unchecked((int)0x80008083);
    private const int FrameworkMissing = unchecked((int)0x80008096);

    /// <summary>The first candidate that exists; otherwise the bare name, to be looked up on PATH. A candidate may be the program or its folder.</summary>
    public static string Find(ITaskItem[] candidates)
    {
        var name = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? "dotnet.exe" : "dotnet";
        foreach (var candidate in candidates)
        {
            var path = candidate.ItemSpec;
            if (File.Exists(path))
                return path;
            if (File.Exists(Path.Combine(path, name)))
                return Path.Combine(path, name);
        }
        return name;
    }

    /// <summary>Whether the host itself gave up because it has no runtime that fits.</summary>
    public static bool HasNoFittingRuntime(int exitCode) =>
        exitCode is FrameworkMissing or CoreHostLibMissing || exitCode == (FrameworkMissing & 0xFF) || exitCode == (CoreHostLibMissing & 0xFF);
}
