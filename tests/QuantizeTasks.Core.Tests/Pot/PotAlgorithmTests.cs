using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pot;

/// <summary>Basic algorithms of the Post-training Optimization Tool, given one by one.</summary>
[TestClass]
public sealed class PotAlgorithmTests : IDisposable
{
    private readonly PotProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    [DataRow("ActivationChannelAlignment MinMaxQuantization FastBiasCorrection", "")]
    [DataRow("ActivationChannelAlignment MinMaxQuantization BiasCorrection", "\"use_fast_bias\": false")]
    [DataRow("MinMaxQuantization FastBiasCorrection", "\"channel_alignment\": false")]
    [DataRow("ActivationChannelAlignment MinMaxQuantization", "\"bias_correction\": false")]
    [DataRow("MinMaxQuantization", "\"channel_alignment\": false, \"bias_correction\": false")]
    public void Read_BasicAlgorithms_AreDefaultQuantizationWithThese(string names, string options)
    {
        var several = Read(string.Join(", ", names.Split(' ').Select(n => $$"""{ "name": "{{n}}", "params": { "stat_subset_size": 7{{(n.StartsWith("MinMax", StringComparison.Ordinal) ? ", \"preset\": \"mixed\"" : "")}} } }""")));
        var one = Read($$"""{ "name": "DefaultQuantization", "params": { "stat_subset_size": 7, "preset": "mixed", {{options}} } }""");
        Assert.AreEqual(ManifestDump.Of(one), ManifestDump.Of(several));
        Assert.IsFalse(several.Compression.IsAccuracyAware);
    }

    [TestMethod]
    public void Run_BasicAlgorithms_DoWhatTheyAre()
    {
        var whole = Run("""{ "name": "DefaultQuantization", "params": { "stat_subset_size": 8 } }""", "whole");
        var parts = Run("""{ "name": "ActivationChannelAlignment" }, { "name": "MinMaxQuantization", "params": { "stat_subset_size": 8 } }, { "name": "FastBiasCorrection", "params": { } }""", "parts");
        var bare = Run("""{ "name": "MinMaxQuantization", "params": { "stat_subset_size": 8 } }""", "bare");
        Assert.AreEqual(whole.Output!.Sha256, parts.Output!.Sha256);
        Assert.AreNotEqual(whole.Output.Sha256, bare.Output!.Sha256, "biases stay as they are");
    }

    [TestMethod]
    [DataRow("""{ "name": "MagnitudeSparsity", "params": { "sparsity_level": 0.5 } }, { "name": "DefaultQuantization" }""", "Pruning is no quantization")]
    [DataRow("""{ "name": "RangeOptimization" }""", "'tune_hyperparams'")]
    [DataRow("""{ "name": "TunableQuantization" }""", "'tune_hyperparams'")]
    [DataRow("""{ "name": "INT4MixedQuantization" }""", "4 bits have no kernels")]
    [DataRow("""{ "name": "DefaultQuantization" }, { "name": "FastBiasCorrection" }""", "does all that there is to do")]
    [DataRow("""{ "name": "DefaultQuantization" }, { "name": "AccuracyAwareQuantization" }""", "'AccuracyAwareQuantization' stands beside another algorithm")]
    [DataRow("""{ "name": "FastBiasCorrection" }""", "MinMaxQuantization, which may not be missing")]
    [DataRow("""{ "name": "FastBiasCorrection" }, { "name": "MinMaxQuantization" }""", "Together they must be")]
    [DataRow("""{ "name": "MinMaxQuantization" }, { "name": "FastBiasCorrection" }, { "name": "BiasCorrection" }""", "Together they must be")]
    [DataRow("""{ "name": "MinMaxQuantisation" }""", "Did you mean 'MinMaxQuantization'?")]
    public void Read_AlgorithmsThatAreNotThere_SayWhatToDo(string algorithms, string message)
    {
        var errors = _project.Errors(Text(algorithms));
        Assert.IsTrue(errors.Any(e => e.Code == DiagnosticCodes.PotKeyUnsupported && e.Position is { Line: > 0 } && e.Message.Contains(message, StringComparison.Ordinal)), string.Join('\n', errors));
    }

    [TestMethod]
    public void Read_ParametersThatDiffer_AreAConflict()
    {
        var error = _project.Errors(Text("""{ "name": "MinMaxQuantization", "params": { "stat_subset_size": 7, "weights": { "bits": 8 } } }, { "name": "FastBiasCorrection", "params": { "stat_subset_size": 8, "weights": { "bits": 8 } } }""")).Single();
        Assert.AreEqual(DiagnosticCodes.ConflictingKeys, error.Code);
        StringAssert.Contains(error.Message, "'stat_subset_size'");
    }

    private QuantizationManifest Read(string algorithms) => _project.Read(Text(algorithms));

    private RunReport Run(string algorithms, string folder) => QuantizationPipeline.Run(Read(algorithms), new RunOptions
    {
        OutputDirectory = _project.Path(folder),
        ReportDirectory = _project.Path(folder, "report"),
        CacheDirectory = _project.Path(folder, "store"),
        MeasureLatency = false,
    }, new Progress<RunEvent>(), default);

    private static string Text(string algorithms) => $$"""
        {
          "model": { "model_name": "tiny", "model": "model.onnx" },
          "engine": { "type": "simplified", "data_source": "images" },
          "compression": { "algorithms": [ {{algorithms}} ] }
        }
        """;
}
