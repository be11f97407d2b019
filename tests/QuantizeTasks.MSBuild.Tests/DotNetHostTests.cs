using Microsoft.Build.Utilities;
using QuantizeTasks.MSBuild.Tests.Testing;

namespace QuantizeTasks.MSBuild.Tests;

[TestClass]
public sealed class DotNetHostTests : IDisposable
{
    private static readonly string Name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
    private readonly TemporaryDirectory _folder = new();

    [TestMethod]
    public void Find_ProgramAndFolder_TheFirstThatExistsWins()
    {
        var inFolder = _folder.Write($"sdk/{Name}");
        var program = _folder.Write("other/my-dotnet");

        Assert.AreEqual(program, Find(_folder["gone/dotnet"], program, _folder["sdk"]));
        Assert.AreEqual(inFolder, Find(_folder["gone"], _folder["sdk"], program));
    }

    [TestMethod]
    public void Find_NothingExists_IsLeftToThePath() => Assert.AreEqual(Name, Find(_folder["gone"]));

    // What `dotnet exec` of a program for a runtime that is not installed ends with, on Unix and on Windows.
    [TestMethod]
    [DataRow(150, true)]
    [DataRow(131, true)]
    [DataRow(-2147450730, true)]
    [DataRow(-2147450749, true)]
    [DataRow(0, false)]
    [DataRow(4, false)]
    [DataRow(134, false)]
    public void HasNoFittingRuntime_ExitCode_IsTold(int exitCode, bool expected) => Assert.AreEqual(expected, DotNetHost.HasNoFittingRuntime(exitCode));

    private static string Find(params string[] candidates) => DotNetHost.Find([.. candidates.Select(candidate => new TaskItem(candidate))]);

    public void Dispose() => _folder.Dispose();
}
