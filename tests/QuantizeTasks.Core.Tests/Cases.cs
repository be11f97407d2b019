namespace QuantizeTasks.Tests;

/// <summary>
/// Real models with real labelled data, which lie in <c>shared/cases</c> beside the repository and are not part of it.
/// A test that needs one is reported as inconclusive where they are missing, never as passed.
/// </summary>
internal static class Cases
{
    /// <summary>The names of all cases, for <c>DynamicData</c>; the tests that use them still go through <see cref="Folder"/>.</summary>
    public static IEnumerable<string> All => ["cifar10_resnet8", "imagenet_mobilenetv2", "fer2013_minixception", "speechcmd_kwt1", "superres_x3", "coco_espnetv2_seg"];

    /// <summary>The folder of a case. Ends the test as inconclusive when it is not there.</summary>
    public static string Folder(string name)
    {
        var root = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "cases"));
        var folder = Path.Combine(root, name);
        if (!Directory.Exists(folder))
            Assert.Inconclusive($"NOT TESTED: the case '{name}' is not at '{folder}'. Put the evaluation cases there to run this test.");
        return folder;
    }

    /// <summary>A file of a case. Ends the test as inconclusive when it is not there.</summary>
    public static string PathOf(string name, string file)
    {
        var path = Path.Combine(Folder(name), file);
        if (!File.Exists(path) && !Directory.Exists(path))
            Assert.Inconclusive($"NOT TESTED: the case '{name}' has no '{file}' at '{path}'.");
        return path;
    }

    /// <summary>The model of a case.</summary>
    public static string Model(string name) => PathOf(name, "model.onnx");
}
