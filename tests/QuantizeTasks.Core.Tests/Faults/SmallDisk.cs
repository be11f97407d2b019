using System.Diagnostics;
using System.Globalization;

namespace QuantizeTasks.Tests.Faults;

/// <summary>A file system of a few kilobytes, in memory. Mounting needs root on Linux; elsewhere the test says loudly that it tested nothing.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk Mount(int kilobytes)
    {
        var path = Directory.CreateTempSubdirectory("small-disk-").FullName;
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={kilobytes}k"), "quantize-test", path) != 0)
        {
            Directory.Delete(path);
            Assert.Inconclusive("NOT TESTED: a small disk cannot be mounted here (that needs root on Linux), so nobody knows what happens when one is full.");
        }
        return new SmallDisk(path);
    }

    public void MakeReadOnly() => Assert.AreEqual(0, Run("mount", "-o", "remount,ro", Path));

    public void Dispose()
    {
        // Lazily: a file that a test left open must not hide why the test failed.
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
