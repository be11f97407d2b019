using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tool;

/// <summary>The real quantizer behind the commands.</summary>
internal static class QuantizerEngine
{
    public static Engine Create() => new()
    {
        ReadManifest = (path, overrides) => ManifestFile.Read(path, overrides),
        ReadPot = ManifestFile.ReadPot,
        UseRuntime = RuntimeLibrary.Use,
        InputFiles = RunInputs.Files,
        Run = QuantizationPipeline.Run,
        RunShard = ShardPipeline.Run,
        Evaluate = EvaluationPipeline.Evaluate,
        Version = InstalledVersions.Program,
        Runtime = InstalledVersions.Runtime,
        Compare = ComparisonPipeline.Compare,
        Bench = BenchmarkPipeline.Compare,
        Rank = RankingPipeline.Rank,
        Draft = Drafting.ManifestDraft.Of,
        Try = NormalizationTrial.Choose,
        Inspect = InspectionPipeline.Inspect,
    };
}
