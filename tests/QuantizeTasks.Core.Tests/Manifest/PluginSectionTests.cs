using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary><c>plugins</c>, and what names classes in them.</summary>
[TestClass]
public sealed class PluginSectionTests
{
    private const string Text = """
        model: m.onnx
        plugins: @
        data:
          validation:
            loader: My.Scenes
            params: { folder: data/scenes, sizes: [1, 2] }
        metrics:
          - name: boxes found
            type: My.BoxesFound
            params: { minimal_overlap: 0.5 }
          - name: mae
        post_processing: { type: My.Boxes, params: { best: 10 } }
        """;

    [TestMethod]
    public void Read_Plugins_ArriveWithTheirParametersAndPositions()
    {
        var manifest = Read("../lib/My.dll");

        var loader = ((PluginSourceSpecification)manifest.Validation!).Loader;
        Assert.AreSame(manifest.Validation, manifest.Calibration);
        Assert.AreEqual("My.Scenes", loader.Type.Value);
        Assert.AreEqual("data/scenes", loader.Parameters["folder"].Value);
        CollectionAssert.AreEqual(new object[] { 1L, 2L }, ((System.Collections.Immutable.ImmutableArray<object>)loader.Parameters["sizes"].Value).ToArray());
        Assert.AreEqual(new SourcePosition(ManifestTexts.File, 5, 13), loader.Type.Position);
        var metric = manifest.Metrics[0];
        Assert.AreEqual(("boxes found", "My.BoxesFound", 0.5), (metric.Name.Value, metric.Plugin!.Type.Value, metric.Plugin.Parameters["minimal_overlap"].Value));
        Assert.IsNull(manifest.Metrics[1].Plugin);
        Assert.AreEqual(("My.Boxes", 10L), (manifest.PostProcessing!.Type.Value, manifest.PostProcessing.Parameters["best"].Value));
        Assert.AreEqual(ManifestTexts.Folder, loader.Assemblies.Folder);
        Assert.AreEqual(new PluginAssembly(Path.GetFullPath("../lib/My.dll", ManifestTexts.Folder), null, new(ManifestTexts.File, 2, 10)), loader.Assemblies.All.Single());
    }

    [TestMethod]
    public void Read_Project_IsWhatTheBuildSays()
    {
        var project = new ProjectAssembly("/obj/App.dll", "/obj/references.txt");
        var assemblies = Read("[project, a.dll]", project).PostProcessing!.Assemblies.All;
        Assert.AreEqual(("/obj/App.dll", "/obj/references.txt"), (assemblies[0].Path, assemblies[0].ReferencesFile));
        Assert.AreEqual((Path.Combine(ManifestTexts.Folder, "a.dll"), null), (assemblies[1].Path, assemblies[1].ReferencesFile));
    }

    [TestMethod]
    public void Read_ProjectOutsideABuild_IsReadAllTheSame() => Assert.IsNull(Read("project").PostProcessing!.Assemblies.All.Single().Path, "a command that runs no plug-in needs to know of none");

    private static QuantizationManifest Read(string plugins, ProjectAssembly? project = null) =>
        ManifestReader.Parse(ManifestTexts.File, Text.Replace("@", plugins, StringComparison.Ordinal), new ManifestOverrides([]) { Project = project });
}
