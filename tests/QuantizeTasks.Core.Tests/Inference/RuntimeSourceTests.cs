using System.Reflection;
using System.Reflection.Emit;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Tests.Inference;

/// <summary>What is asked of an ONNX Runtime that is not the quantizer's own, before anything is measured with it. That two versions really load is shown by processes of the tool.</summary>
[TestClass]
public sealed class RuntimeSourceTests
{
    private static readonly string Library = RuntimeSource.LibraryName("onnxruntime");

    [TestMethod]
    [DataRow("")]
    [DataRow("runtimes/{0}/native/")]
    public void OfPath_Folder_FindsTheLibraryOfThisMachine(string below)
    {
        using var folder = new TemporaryFolder();
        var path = Path.GetFullPath(Path.Combine(folder.Path, string.Format(System.Globalization.CultureInfo.InvariantCulture, below, RuntimeSource.PortableRuntimeIdentifier), Library));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        Assert.AreEqual(path, RuntimeSource.OfPath(folder.Path, "a test").Native);
        Assert.AreEqual(path, RuntimeSource.OfPath(path, "a test").Native);
    }

    [TestMethod]
    public void OfPath_LibraryWithItsVersion_IsFound()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("NOT TESTED: only Linux names libraries so.");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(Library + ".1.29.0"), "");
        File.WriteAllText(folder.File(Library + ".1"), "");
        Assert.AreEqual(folder.File(Library + ".1"), RuntimeSource.OfPath(folder.Path, "a test").Native);
    }

    [TestMethod]
    [DataRow("Microsoft.ML.OnnxRuntime.dll")]
    [DataRow("lib/netstandard2.1/Microsoft.ML.OnnxRuntime.dll")]
    public void OfPath_ManagedApiBesideIt_BelongsToIt(string api)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(api))!);
        File.WriteAllText(folder.File(api), "");
        Assert.AreEqual(folder.File(api), RuntimeSource.OfPath(folder.Path, "a test").Managed);
    }

    [TestMethod]
    public void Require_NothingThere_SaysWhereItLooked()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains($"runtimes/{RuntimeSource.PortableRuntimeIdentifier}/native", Fails(DiagnosticCodes.RuntimeNotForMachine, RuntimeSource.OfPath(folder.Path, "a test")));
        Assert.Contains("no such file or folder", Fails(DiagnosticCodes.RuntimeNotForMachine, RuntimeSource.OfPath(folder.File("none"), "a test")));
    }

    [TestMethod]
    public void Require_LibraryOfAnotherMachine_SaysSo()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(Library), "MZ not for here");
        Assert.Contains("cannot be loaded on", Fails(DiagnosticCodes.RuntimeNotForMachine, RuntimeSource.OfPath(folder.Path, "a test")));
    }

    [TestMethod]
    public void Require_OtherLibrary_SaysThatItIsNoRuntime() =>
        Assert.Contains("does not export OrtGetApiBase", Fails(DiagnosticCodes.RuntimeNotForMachine, new RuntimeSource("a test") { Native = RuntimeLibrary.ExtensionsPath }));

    [TestMethod]
    public void Require_OwnLibrary_HasItsVersion()
    {
        var own = Path.Combine(AppContext.BaseDirectory, Library);
        if (!File.Exists(own))
            Assert.Inconclusive("NOT TESTED: the library does not lie beside the tests.");
        var (version, digest) = RuntimeCheck.Require(new RuntimeSource("a test") { Native = own, Managed = typeof(Microsoft.ML.OnnxRuntime.InferenceSession).Assembly.Location });
        Assert.AreEqual(RuntimeLibrary.Identity.Version, version);
        Assert.HasCount(16, digest);
    }

    [TestMethod]
    [DataRow("1.15.1", false)]
    [DataRow("1.16.0", true)]
    [DataRow("1.9.0", false)]
    [DataRow("1.31.0-dev-20260101", true)]
    [DataRow("2.0.0", true)]
    [DataRow("", false)]
    [DataRow("latest", false)]
    public void RequireVersion_Old_IsAnError(string version, bool isEnough)
    {
        if (isEnough)
            RuntimeCheck.RequireVersion(version, new RuntimeSource("a test"));
        else
            Assert.AreEqual(DiagnosticCodes.RuntimeTooOld, Assert.ThrowsExactly<QuantizeException>(() => RuntimeCheck.RequireVersion(version, new RuntimeSource("a test"))).Diagnostics[0].Code);
    }

    [TestMethod]
    public void ManagedApi_OwnVersion_HasEverything() => Assert.IsEmpty(ManagedApi.Missing(typeof(Microsoft.ML.OnnxRuntime.InferenceSession).Assembly.Location));

    [TestMethod]
    public void ManagedApi_OlderVersion_NamesWhatItLacks()
    {
        using var folder = new TemporaryFolder();
        // As before 1.16: sessions are there, OrtValue is not, and Run takes no names.
        var older = new PersistedAssemblyBuilder(new AssemblyName("Microsoft.ML.OnnxRuntime"), typeof(object).Assembly);
        var session = older.DefineDynamicModule("Microsoft.ML.OnnxRuntime").DefineType("Microsoft.ML.OnnxRuntime.InferenceSession", TypeAttributes.Public);
        var method = session.DefineMethod("Run", MethodAttributes.Public, typeof(void), [typeof(object)]);
        method.GetILGenerator().Emit(OpCodes.Ret);
        session.CreateType();
        older.Save(folder.File("old.dll"));

        var missing = ManagedApi.Missing(folder.File("old.dll"));

        CollectionAssert.Contains(missing.ToArray(), "OrtValue");
        CollectionAssert.Contains(missing.ToArray(), "InferenceSession.Run(4)");
        CollectionAssert.DoesNotContain(missing.ToArray(), "InferenceSession");
    }

    [TestMethod]
    public void ManagedApi_NoAssembly_IsMissingAsAWhole()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("text.dll"), "text");
        Assert.HasCount(1, ManagedApi.Missing(folder.File("text.dll")));
    }

    private static string Fails(string code, RuntimeSource source)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => RuntimeCheck.Require(source)).Diagnostics.Single();
        Assert.AreEqual(code, error.Code);
        Assert.Contains("bundled", error.Message, "the way out");
        return error.Message;
    }
}
