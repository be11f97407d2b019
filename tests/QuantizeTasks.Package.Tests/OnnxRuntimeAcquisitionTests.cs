using System.Diagnostics;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>build/onnxruntime: what happens on a machine without npm, and that an acquisition is not repeated.</summary>
[TestClass]
public sealed class OnnxRuntimeAcquisitionTests
{
    [TestMethod]
    public void Acquire_WithoutNpm_NamesBothWaysOut()
    {
        using var folder = new TemporaryFolder();
        LinkOnly(folder.Path, "dotnet", "sh");
        var (exitCode, output) = Acquire(folder.Path, path: folder.Path);
        Assert.AreNotEqual(0, exitCode);
        StringAssert.Contains(output, "error QTZ3090");
        StringAssert.Contains(output, "install Node.js");
        StringAssert.Contains(output, "-p:OnnxRuntimeSource=nuget");
        Assert.IsFalse(File.Exists(Path.Combine(folder.Path, "acquired.stamp")), "a failed acquisition must be tried again");
    }

    [TestMethod]
    public void Acquire_NpmFails_SaysSoAndLeavesNoStamp()
    {
        using var folder = new TemporaryFolder();
        LinkOnly(folder.Path, "dotnet", "sh");
        WriteScript(Path.Combine(folder.Path, "npm"), "echo no such registry >&2; exit 7");
        var (exitCode, output) = Acquire(folder.Path, path: folder.Path);
        Assert.AreNotEqual(0, exitCode);
        StringAssert.Contains(output, "error QTZ3091");
        StringAssert.Contains(output, "exit code 7");
        StringAssert.Contains(output, "no such registry");
        Assert.IsFalse(File.Exists(Path.Combine(folder.Path, "acquired.stamp")));
    }

    [TestMethod]
    public void Acquire_Twice_RunsNpmOnce()
    {
        using var folder = new TemporaryFolder();
        LinkOnly(folder.Path, "dotnet", "sh");
        WriteScript(Path.Combine(folder.Path, "npm"), $"echo run >> '{folder.Path}/calls'");
        Assert.AreEqual(0, Acquire(folder.Path, path: folder.Path).ExitCode);
        Assert.AreEqual(0, Acquire(folder.Path, path: folder.Path).ExitCode);
        Assert.HasCount(1, File.ReadAllLines(Path.Combine(folder.Path, "calls")));
    }

    [TestMethod]
    public void Lock_EveryPackage_HasAnIntegrityHashAndNoAddress()
    {
        var text = File.ReadAllText(Path.Combine(Surroundings.Repository, "build/onnxruntime/package-lock.json"));
        using var json = System.Text.Json.JsonDocument.Parse(text);
        var packages = json.RootElement.GetProperty("packages").EnumerateObject().Where(p => p.Name.Length > 0).ToList();
        Assert.IsGreaterThanOrEqualTo(3, packages.Count);
        foreach (var package in packages)
        {
            StringAssert.StartsWith(package.Value.GetProperty("integrity").GetString(), "sha512-", package.Name);
            Assert.IsFalse(package.Value.TryGetProperty("resolved", out _), package.Name);
        }
    }

    private static (int ExitCode, string Output) Acquire(string directory, string path)
    {
        var start = new ProcessStartInfo(Path.Combine(directory, "dotnet"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "msbuild", Path.Combine(Surroundings.Repository, "build/onnxruntime/OnnxRuntime.csproj"), "-nologo", "-nr:false", "-t:AcquireOnnxRuntime", $"-p:OnnxRuntimeAcquireDirectory={directory}/", "-p:OnnxRuntimeSource=npm" },
        };
        start.Environment["PATH"] = path;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    private static void LinkOnly(string folder, params string[] commands)
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("NOT TESTED: a PATH without npm is made of symbolic links here, which Windows does not allow everybody.");
        foreach (var command in commands)
        {
            var target = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, command)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(folder, command), new FileInfo(target).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? target);
        }
    }

    private static void WriteScript(string path, string body)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("quantize-npm-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
