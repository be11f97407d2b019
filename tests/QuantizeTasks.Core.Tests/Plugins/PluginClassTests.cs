using System.Collections.Immutable;
using System.Runtime.Loader;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Plugins;
using static QuantizeTasks.Tests.Plugins.TestPlugins;

namespace QuantizeTasks.Tests.Plugins;

/// <summary>How a class that a manifest names is found, checked and created.</summary>
[TestClass]
public sealed class PluginClassTests
{
    [TestMethod]
    [DataRow("Hits")]
    [DataRow("TestPlugins.Hits")]
    public void Find_WithAndWithoutNamespace_FindsTheClass(string name)
    {
        var found = PluginClass.Find<IMetric>(Specification(name));
        Assert.AreEqual("TestPlugins.Hits", found.Name);
        Assert.IsTrue(found.Create<IMetric>(out _).HigherIsBetter);
    }

    [TestMethod]
    [DataRow("Hit", DiagnosticCodes.PluginClassNotFound, "Did you mean 'Hits'?")]
    [DataRow("testplugins.Hits", DiagnosticCodes.PluginClassNotFound, "Did you mean 'TestPlugins.Hits'?")]
    [DataRow("Nowhere", DiagnosticCodes.PluginClassNotFound, "QuantizeTasks.TestPlugins.dll")]
    [DataRow("NotAMetric", DiagnosticCodes.PluginClassNotFound, "TestPlugins.Outer+NotAMetric")]
    [DataRow("TestPlugins.NotAMetric", DiagnosticCodes.PluginUnsuitable, "does not implement QuantizeTasks.IMetric")]
    [DataRow("Noise", DiagnosticCodes.PluginUnsuitable, "does not implement QuantizeTasks.IMetric")]
    [DataRow("Abstract", DiagnosticCodes.PluginUnsuitable, "abstract")]
    [DataRow("Outer", DiagnosticCodes.PluginUnsuitable, "static")]
    [DataRow("Hidden", DiagnosticCodes.PluginUnsuitable, "no public constructor")]
    [DataRow("TwoConstructors", DiagnosticCodes.PluginUnsuitable, "2 public constructors")]
    public void Find_WrongClass_IsAnErrorAtItsName(string name, string code, string says)
    {
        var error = Fails(code, () => PluginClass.Find<IMetric>(Specification(name)));
        Assert.Contains(says, error.Message);
        Assert.AreEqual(At, error.Position);
    }

    [TestMethod]
    public void Find_SameClassInTwoAssemblies_NamesBoth()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Library, folder.File("Copy.dll"));
        var error = Fails(DiagnosticCodes.PluginClassNotFound, () => PluginClass.Find<IMetric>(Specification("Hits") with { Assemblies = Assemblies(Library, folder.File("Copy.dll")) }));
        Assert.Contains("TestPlugins.Hits in Copy.dll", error.Message);
    }

    [TestMethod]
    public void Find_ProjectOutsideABuild_SaysHowToNameIt()
    {
        var error = Fails(DiagnosticCodes.PluginNotFound, () => PluginClass.Find<IMetric>(Specification("Hits") with { Assemblies = Assemblies([null]) }));
        Assert.Contains("--plugins", error.Message);
    }

    [TestMethod]
    public void Find_MissingAssembly_SaysSo() =>
        Assert.Contains("There is no assembly", Fails(DiagnosticCodes.PluginNotFound, () => PluginClass.Find<IMetric>(Specification("Hits") with { Assemblies = Assemblies("/nowhere/at.dll") })).Message);

    [TestMethod]
    [DataRow("text")]
    [DataRow("cut off")]
    [DataRow("native library")]
    public void Find_NoAssembly_SaysSo(string what)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("Bad.dll");
        File.WriteAllBytes(path, what switch
        {
            "text" => "version https://git-lfs"u8.ToArray(),
            "cut off" => File.ReadAllBytes(Library)[..2000],
            _ => File.ReadAllBytes(Directory.GetFiles(AppContext.BaseDirectory, "*onnxruntime.*").First(f => !f.EndsWith("ML.OnnxRuntime.dll", StringComparison.Ordinal) && !f.EndsWith(".pdb", StringComparison.Ordinal))),
        });
        Fails(DiagnosticCodes.PluginNotFound, () => PluginClass.Find<IMetric>(Specification("Hits") with { Assemblies = Assemblies(path) }));
    }

    [TestMethod]
    public void Create_EveryKindOfParameter_Arrives()
    {
        var metric = PluginClass.Find<IMetric>(Specification("Parameters",
            ("text", "a"), ("whole", 3L), ("number", 2L), ("flag", true), ("some_direction", "lower_is_better"), ("list", ImmutableArray.Create<object>(1L, 2.5)))).Create<IMetric>(out _);
        Assert.AreEqual("a|3|2|True|LowerIsBetter|1+2.5||default", metric.Definition);
        Assert.IsFalse(metric.HigherIsBetter);
    }

    [TestMethod]
    [DataRow("whole", 2.5, "must be a whole number, not '2.5'")]
    [DataRow("whole", 4000000000L, "must be a whole number")]
    [DataRow("flag", "maybe", "must be true or false")]
    [DataRow("number", "much", "must be a number, not 'much'")]
    [DataRow("some_direction", "sideways", "must be one of higher_is_better, lower_is_better")]
    [DataRow("list", 1L, "must be a list, each entry a number")]
    [DataRow("wohle", 1L, "Did you mean 'whole'?")]
    public void Find_WrongParameter_IsAnErrorAtItsValue(string name, object value, string says)
    {
        (string, object)[] right = [("text", "a"), ("whole", 3L), ("number", 2L), ("flag", true), ("some_direction", "LowerIsBetter"), ("list", ImmutableArray<object>.Empty)];
        var error = Fails(DiagnosticCodes.PluginParameter, () => PluginClass.Find<IMetric>(Specification("Parameters", [.. right.Where(p => p.Item1 != name), (name, value)])));
        Assert.Contains(says, error.Message);
        Assert.AreEqual(AtParameter, error.Position);
    }

    [TestMethod]
    public void Find_MissingParameter_NamesItAndWhatItIs() =>
        Assert.Contains("needs the parameter 'file' (a text)", Fails(DiagnosticCodes.PluginParameter, () => PluginClass.Find<IDataLoader>(Specification("Lines"))).Message);

    [TestMethod]
    public void Create_ConstructorThrows_IsAnErrorAtItsSourceLine()
    {
        var error = Fails(DiagnosticCodes.PluginFailed, () => PluginClass.Find<IMetric>(Specification("ThrowsWhenMade")).Create<IMetric>(out _));
        Assert.Contains("The constructor of TestPlugins.ThrowsWhenMade failed: InvalidDataException: no calibration table", error.Message);
        Assert.IsNotNull(error.Position);
        Assert.EndsWith("Metrics.cs", error.Position.Value.File);
        Assert.Contains("no calibration table", File.ReadAllLines(error.Position.Value.File)[error.Position.Value.Line - 1]);
        Assert.DoesNotContain("System.", error.Message[error.Message.IndexOf("Thrown in", StringComparison.Ordinal)..], "only its own frames");
    }

    [TestMethod]
    public void Create_LibraryThatTheQuantizerHasToo_IsThePluginsOwnVersion()
    {
        var metric = PluginClass.Find<IMetric>(Specification("LibraryVersion")).Create<IMetric>(out _);
        var ours = typeof(YamlDotNet.Core.Parser).Assembly.GetName().Version!.ToString();
        Assert.AreEqual("11.0.0.0", metric.Definition);
        Assert.AreNotEqual(ours, metric.Definition);
        Assert.AreNotSame(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(metric.GetType().Assembly));
    }

    [TestMethod]
    public void Create_LibraryThatIsNotThere_IsNotTheQuantizersOwn()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Library, folder.File("Alone.dll"));
        var found = PluginClass.Find<IMetric>(Specification("LibraryVersion") with { Assemblies = Assemblies(folder.File("Alone.dll")) });
        var metric = found.Create<IMetric>(out var calls);
        Assert.Contains("YamlDotNet", Fails(DiagnosticCodes.PluginFailed, () => calls.Run("Definition", () => metric.Definition)).Message);
    }

    [TestMethod]
    public void Identity_NamesTheContentsOfTheAssemblyAndItsDependencies()
    {
        var identity = PluginClass.Find<IMetric>(Specification("Hits")).Identity;
        Assert.Contains(Hash(Library), identity);
        var library = Path.Combine(Path.GetDirectoryName(Library)!, "YamlDotNet.dll");
        Assert.Contains(Hash(library), identity);
        Assert.AreNotEqual(Hash(library), Hash(typeof(YamlDotNet.Core.Parser).Assembly.Location), "or the test shows nothing");

        static string Hash(string path) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));
    }

    [TestMethod]
    public void Identity_FileThatAParameterNames_ChangesWithItsContents()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("w.txt"), "1");
        var first = Found().Identity;
        Assert.AreEqual(first, Found().Identity);
        CollectionAssert.AreEqual(new[] { Library, Path.Combine(Path.GetDirectoryName(Library)!, "YamlDotNet.dll"), folder.File("w.txt") }, Found().Files.ToArray());
        File.WriteAllText(folder.File("w.txt"), "2");
        Assert.AreNotEqual(first, Found().Identity);

        PluginClass Found() => PluginClass.Find<IMetric>(Specification("ReadsFile", ("weights", folder.File("w.txt"))));
    }

    [TestMethod]
    public void Identity_RelativePath_IsRelativeToTheManifest()
    {
        var found = PluginClass.Find<IMetric>(Specification("ReadsFile", ("weights", "sub/w.txt")));
        CollectionAssert.Contains(found.Files.ToArray(), Path.Combine(Path.GetDirectoryName(At.File)!, "sub", "w.txt"));
    }

    [TestMethod]
    public void Find_ListOfReferences_IsWhereDependenciesComeFrom()
    {
        using var folder = new TemporaryFolder();
        var alone = folder.File("Alone.dll");
        File.Copy(Library, alone);
        File.WriteAllText(folder.File("references.txt"), Path.Combine(Path.GetDirectoryName(Library)!, "YamlDotNet.dll") + "\n");
        var found = PluginClass.Find<IMetric>(Specification("LibraryVersion") with { Assemblies = new("", [new PluginAssembly(alone, folder.File("references.txt"), At)]) });
        Assert.AreEqual("11.0.0.0", found.Create<IMetric>(out _).Definition);
        Assert.Contains("YamlDotNet", found.Identity);
    }
}
