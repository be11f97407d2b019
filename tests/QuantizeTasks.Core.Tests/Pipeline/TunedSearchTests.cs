using System.Text.Json.Nodes;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>A search in which tuned int8 is enough, so that no layer goes back to float.</summary>
[TestClass]
public sealed class TunedSearchTests
{
    private static readonly QuantizerSettings PerTensor = QuantizerSettings.None with { Granularity = new("pertensor", new("test.yaml")) };

    private const string Refined = "layer-wise tuning and activations by mse";

    [TestMethod]
    public void Run_TunedInt8WithinBudget_LeavesNothingInFloat()
    {
        // One scale for a tensor in which one output channel is ten times as large as the others leaves these few steps.
        using var project = new PipelineProject(PlantedNetwork.Create(4, _ => null, (_, from, to) => (to == 0 ? 10f : 1f) / (from == 0 ? 10f : 1f)));
        var (plain, tuned) = (Drop(project, tuning: false), Drop(project, tuning: true));
        Assert.IsLessThan(plain, tuned, "tuning must help, or this tests nothing");
        Directory.Delete(project.StorePath, recursive: true);
        var report = project.Run(Manifest(project, (plain + tuned) / 2), options: o => o with { LockFile = project.File("quantize.lock.json") });
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.IsEmpty(report.Layers.Reverted);
        Assert.AreEqual("as the manifest says", report.Schemes[0].Name);
        Assert.AreEqual(plain, report.Schemes[0].Values[0] - report.Metrics[0].Baseline, 1e-12);
        var trial = report.Schemes.Single(s => s.Name == Refined);
        Assert.AreEqual((Refined, PipelineProject.Samples, true), (trial.Name, trial.Samples, trial.Kept));
        Assert.AreEqual(tuned, report.Metrics[0].Drop, 1e-9, "the model is the one that these settings give by themselves");
        // The whole validation, and the calibration samples for ranges and for tuning.
        Assert.AreEqual((PipelineProject.Samples + 32L, 3), (report.SearchDetails!.Effort.Samples, report.SearchDetails.Effort.Sessions));
        CollectionAssert.Contains(project.Events.OfType<StageStarted>().Select(s => s.Stage).ToArray(), "tune");

        var entry = JsonNode.Parse(File.ReadAllText(project.File("quantize.lock.json")))!["entries"]![0]!;
        Assert.AreEqual(Refined, (string)entry["decision"]!["settings"]!);
        var bytes = File.ReadAllBytes(project.OutputPath);
        Directory.Delete(project.StorePath, recursive: true);
        var again = project.Run(Manifest(project, (plain + tuned) / 2), options: o => o with { LockFile = project.File("quantize.lock.json"), LockedMode = true });
        Assert.IsTrue(again.Status == RunStatus.WithinBudget && again.Schemes.IsDefaultOrEmpty && again.Search.Length == 1, "a locked build searches nothing");
        CollectionAssert.AreEqual(bytes, File.ReadAllBytes(project.OutputPath));
    }

    [TestMethod]
    [DataRow(SearchStrategy.Greedy, null, DisplayName = "POT's loop tries nothing else")]
    [DataRow(SearchStrategy.Fast, false, DisplayName = "the manifest says no")]
    public void Run_TuningNotWanted_RevertsLayers(SearchStrategy strategy, bool? tuning)
    {
        using var project = new PipelineProject();
        var report = project.Run(project.Manifest(0, edit: m => m with
        {
            Compression = m.Compression with
            {
                Accuracy = m.Compression.Accuracy with { Search = strategy },
                Quantization = m.Compression.Quantization with { UseLayerwiseTuning = tuning },
            },
        }));
        Assert.IsTrue(report.Schemes.IsDefaultOrEmpty);
        Assert.IsNotEmpty(report.Layers.Reverted);
    }

    [TestMethod]
    [DataRow(120, 100, Preference.Speed, true, 100, true)]
    [DataRow(119, 100, Preference.Speed, true, 100, false, DisplayName = "a layer in float costs little")]
    [DataRow(119, 100, Preference.Size, true, 100, true, DisplayName = "it costs size")]
    [DataRow(0, 0, Preference.Speed, true, 100, true, DisplayName = "nothing is known of the device")]
    [DataRow(200, 100, Preference.Speed, true, 0, false, DisplayName = "no search")]
    [DataRow(200, 100, Preference.Speed, false, 100, false, DisplayName = "DefaultQuantization")]
    public void Refines_ModelThatInt8MakesFaster_IsWorthTuning(int inFloat, int inInt8, Preference prefer, bool isAccuracyAware, int iterations, bool expected)
    {
        var settings = Quantization.Settings.Of() with { Prefer = prefer, IsAccuracyAware = isAccuracyAware, Accuracy = new() { MaxIterNum = iterations } };
        Assert.AreEqual(expected, ModelSearch.Refines(settings, inFloat == 0 ? null : new Prediction([], inFloat, inInt8)));
    }

    /// <summary>What all samples together lose of the float model's own answers.</summary>
    private static double Drop(PipelineProject project, bool tuning) => project.Run(Manifest(project, 1e9, c => c with
    {
        Quantization = c.Quantization with
        {
            UseLayerwiseTuning = tuning,
            Activations = tuning ? c.Quantization.Activations with { RangeEstimator = new(new("mse", new("test.yaml")), null, null) } : c.Quantization.Activations,
        },
    })).Metrics[0].Drop;

    private static QuantizationManifest Manifest(PipelineProject project, double drop, Func<CompressionSettings, CompressionSettings>? edit = null) => project.Manifest(drop, edit: m => m with
    {
        Compression = (edit ?? (c => c))(m.Compression with { Prefer = Preference.Size, Quantization = m.Compression.Quantization with { UseLayerwiseTuning = null, Weights = PerTensor } }),
        Metrics = [m.Metrics[0] with { Name = new("log_loss", m.Metrics[0].Name.Position), Parameters = m.Metrics[0].Parameters.Add("scores", new("logits", default)) }],
    });
}
