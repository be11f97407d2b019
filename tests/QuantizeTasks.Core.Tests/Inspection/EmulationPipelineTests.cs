using QuantizeTasks.Inference;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Pipeline;

namespace QuantizeTasks.Tests.Inspection;

/// <summary>The emulation from the commands' side: what they evaluate with, store and report.</summary>
[TestClass]
public sealed class EmulationPipelineTests
{
    [TestMethod]
    public void Run_Emulated_GivesAVerdictForThatProcessorAndSharesNothingWithTheNativeOne()
    {
        using var project = new PipelineProject();
        var manifest = project.Manifest(maximalDrop: 1);
        var native = project.Run(manifest);
        var emulated = QuantizationPipeline.Run(manifest, project.Options() with { EmulatedIsa = EmulatedIsa.Avx2 }, new Progress<RunEvent>(), default);

        Assert.IsEmpty(native.Saturation);
        Assert.AreEqual("x64-avx2, emulated", emulated.Runtime.Isa);
        Assert.AreEqual(native.Output!.Sha256, emulated.Output!.Sha256, "the same model");
        Assert.IsGreaterThan(0, emulated.Evaluations.Samples, "nothing that was measured on this processor counts");
        Assert.IsFalse(emulated.Saturation.IsEmpty, "the network's weights fill int8");
        foreach (var layer in emulated.Saturation)
        {
            Assert.IsGreaterThan(0, layer.RiskyWeightPairs, layer.Layer);
            Assert.IsLessThanOrEqualTo(layer.WeightPairs, layer.RiskyWeightPairs, layer.Layer);
            Assert.IsLessThanOrEqualTo(layer.Pairs, layer.Saturated, layer.Layer);
        }
        CollectionAssert.IsSubsetOf(emulated.Saturation.Select(s => s.Layer).ToArray(), emulated.Layers.Details.Select(d => d.Name).ToArray(), "layers as the model names them");
    }

    [TestMethod]
    public void Evaluate_Emulated_EqualsTheVerdictOfTheRunAndCountsTheSameEveryTime()
    {
        using var project = new PipelineProject();
        var (manifest, options) = (project.Manifest(maximalDrop: 1), project.Options() with { EmulatedIsa = EmulatedIsa.Avx2 });
        var run = QuantizationPipeline.Run(manifest, options, new Progress<RunEvent>(), default);
        var first = EvaluationPipeline.Evaluate(project.OutputPath, manifest, options, new Progress<RunEvent>(), default);
        var known = EvaluationPipeline.Evaluate(project.OutputPath, manifest, options with { Workers = 1 }, new Progress<RunEvent>(), default);

        Assert.AreEqual(run.Metrics.Single().Quantized, first.Metrics.Single().Value);
        CollectionAssert.AreEqual(run.Saturation.ToArray(), first.Saturation.ToArray());
        Assert.AreEqual(0, known.Evaluations.Samples);
        CollectionAssert.AreEqual(first.Saturation.ToArray(), known.Saturation.ToArray(), "although every sample was known");
    }
}
