using System.Text.RegularExpressions;

namespace QuantizeTasks.Tests.Architecture;

/// <summary>
/// The arrows of docs/architecture.md, checked on the sources: which room names which other room. A room is a folder of QuantizeTasks.Core,
/// and its namespace has the folder's name, so a use shows as a using directive or a qualified name.
/// </summary>
[TestClass]
public sealed partial class RoomsTests
{
    /// <summary>Room -> the rooms it may use. Everything may use Diagnostics; nothing else is implied.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Diagnostics"] = [],
        ["Manifest"] = [],
        ["Pot"] = ["Manifest", "Onnx"],
        ["Storage"] = [],
        ["Locking"] = ["Manifest", "Storage"],
        ["Reporting"] = ["Storage"],
        ["Onnx"] = ["Storage"],
        ["Inference"] = ["Onnx"],
        ["Plugins"] = ["Manifest", "Storage"],
        ["Data"] = ["Manifest", "Plugins", "Inference", "Onnx", "Storage"],
        ["Metrics"] = ["Manifest", "Plugins"],
        ["Quantization"] = ["Manifest", "Inference", "Data", "Onnx", "Storage"],
        ["Comparison"] = ["Reporting", "Accuracy", "Inference", "Onnx"],
        ["Drafting"] = ["Quantization", "Inference", "Onnx"],
        ["Inspection"] = ["Manifest", "Reporting", "Accuracy", "Quantization", "Inference", "Data", "Onnx"],
        ["Accuracy"] = ["Manifest", "Reporting", "Quantization", "Inference", "Data", "Metrics", "Onnx", "Storage"],
        ["Runs"] = ["Inspection", "Accuracy", "Manifest", "Reporting", "Locking", "Quantization", "Inference", "Data", "Metrics", "Plugins", "Onnx", "Storage"],
    };

    [TestMethod]
    public void Core_EveryRoom_UsesOnlyRoomsBelowIt()
    {
        var wrong = new List<string>();
        foreach (var (room, allowed) in Allowed)
            foreach (var file in Sources($"src/QuantizeTasks.Core/{room}"))
                foreach (var other in RoomsNamedIn(file).Where(other => other != room && other != "Diagnostics" && !allowed.Contains(other)))
                    wrong.Add($"{Path.GetRelativePath(Repository.Root, file)} uses {other}, but {room} may use only {string.Join(", ", allowed.Prepend("Diagnostics"))}");
        Assert.IsEmpty(wrong, string.Join(Environment.NewLine, wrong));
    }

    [TestMethod]
    public void Core_EveryFolder_IsARoom()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, "src/QuantizeTasks.Core")).Select(Path.GetFileName)
            .Where(name => name is not ("bin" or "obj")).Order(StringComparer.Ordinal);
        CollectionAssert.AreEqual(Allowed.Keys.Order(StringComparer.Ordinal).ToArray(), folders.ToArray());
    }

    [TestMethod]
    public void Core_EveryFile_HasItsFoldersNamespace()
    {
        var wrong = new List<string>();
        foreach (var room in Allowed.Keys)
            foreach (var file in Sources($"src/QuantizeTasks.Core/{room}"))
                if (!Regex.IsMatch(File.ReadAllText(file), $@"^namespace QuantizeTasks\.{room}\b", RegexOptions.Multiline))
                    wrong.Add(Path.GetRelativePath(Repository.Root, file));
        Assert.IsEmpty(wrong, string.Join(Environment.NewLine, wrong));
    }

    [TestMethod]
    [DataRow("src/QuantizeTasks.Core", "Microsoft.Build", DisplayName = "Core -> MSBuild")]
    [DataRow("src/QuantizeTasks.Core", "Spectre.Console", DisplayName = "Core -> terminal library")]
    [DataRow("src/QuantizeTasks.Core", "Console.", DisplayName = "Core -> console")]
    [DataRow("src/QuantizeTasks.Core", "QuantizeTasks.Tool", DisplayName = "Core -> Tool")]
    [DataRow("src/QuantizeTasks.Core/Onnx", "OnnxRuntime", DisplayName = "Onnx -> runtime")]
    [DataRow("src/QuantizeTasks.MSBuild", "OnnxRuntime;", DisplayName = "MSBuild task -> ONNX Runtime")]
    [DataRow("src/QuantizeTasks.MSBuild", "using QuantizeTasks.Core", DisplayName = "MSBuild task -> Core")]
    [DataRow("src/QuantizeTasks.Abstractions", "using QuantizeTasks.", DisplayName = "Abstractions -> anything of ours")]
    public void Sources_NeverArrow_IsAbsent(string folder, string text)
    {
        var wrong = Sources(folder).Where(file => Code(file).Contains(text, StringComparison.Ordinal)).Select(file => Path.GetRelativePath(Repository.Root, file)).ToList();
        Assert.IsEmpty(wrong, $"'{text}' must not appear in {folder}:{Environment.NewLine}{string.Join(Environment.NewLine, wrong)}");
    }

    [TestMethod]
    public void Projects_References_PointDown()
    {
        CollectionAssert.AreEquivalent(Array.Empty<string>(), ReferencesOf("QuantizeTasks.Abstractions"));
        CollectionAssert.AreEquivalent(new[] { "OnnxRuntime", "QuantizeTasks.Abstractions" }, ReferencesOf("QuantizeTasks.Core"));
        CollectionAssert.AreEquivalent(new[] { "QuantizeTasks.Core" }, ReferencesOf("QuantizeTasks.Tool"));
        CollectionAssert.DoesNotContain(ReferencesOf("QuantizeTasks.MSBuild"), "QuantizeTasks.Core", "no native library may enter a build node");
    }

    private static string[] ReferencesOf(string project) =>
        [.. ProjectReference().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src", project, project + ".csproj")))
            .Select(m => Path.GetFileNameWithoutExtension(m.Groups[1].Value.Replace('\\', '/')))];

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal) && !file.Replace('\\', '/').Contains("/bin/", StringComparison.Ordinal));

    private static IEnumerable<string> RoomsNamedIn(string file) =>
        RoomName().Matches(Code(file)).Select(m => m.Groups[1].Value).Where(Allowed.ContainsKey).Distinct();

    /// <summary>A file without its comments, in which any room may be named.</summary>
    private static string Code(string file) => Comment().Replace(File.ReadAllText(file), "");

    [GeneratedRegex(@"(?<!:)//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"QuantizeTasks\.(\w+)")]
    private static partial Regex RoomName();

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex ProjectReference();
}
