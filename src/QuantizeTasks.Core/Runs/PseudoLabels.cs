using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>
/// POT's <c>annotation_free</c>: the float model's own answers take the place of labels, and samples on which it is not sure enough (<c>annotation_conf_threshold</c>) are left out.
/// The float model is then right on every sample by definition, so that a drop is the share of its sure answers that int8 changes.
/// </summary>
/// <param name="Set">The samples that are left, with these labels.</param>
/// <param name="Record">For the report.</param>
internal sealed record PseudoLabels(ValidationSet Set, PseudoLabelRecord Record)
{
    /// <param name="validation">Samples, with labels or without.</param>
    /// <param name="manifest">Asks for it.</param>
    /// <param name="evaluate">Evaluates the float model on all samples of a set.</param>
    /// <param name="model">Identifies the float model.</param>
    /// <param name="runtime">What it runs on.</param>
    /// <exception cref="QuantizeException">No sample is left, or the model is no classifier.</exception>
    public static PseudoLabels Of(ValidationSet validation, QuantizationManifest manifest, Func<ValidationSet, Evaluation> evaluate, string model, RuntimeIdentity runtime)
    {
        var threshold = manifest.Compression.Accuracy.AnnotationConfidence;
        var specification = manifest.Metrics[0];
        var classes = new PredictedClass(specification.Parameters.TryGetValue("output", out var output) ? output.Value as string : null);
        var answers = evaluate(validation with { Entries = [new(classes, specification, null)] }).Metrics[0].Contributions;
        ImmutableArray<int> sure = [.. Enumerable.Range(0, answers.Length).Where(i => answers[i][1] >= threshold)];
        if (sure.IsEmpty)
            throw new QuantizeException(DiagnosticCodes.TooFewSamples, FormattableString.Invariant(
                $"annotation_free leaves none of {answers.Length} samples: the float model's confidence is nowhere as high as annotation_conf_threshold ({threshold}); the highest is {answers.Max(a => a[1]):G3}."), specification.Name.Position);
        return new(
            validation with
            {
                Loader = new Relabelled(validation.Loader, sure, [.. sure.Select(i => (float)answers[i][0])]),
                Identity = () =>
                {
                    using var fingerprint = new FingerprintBuilder("pseudo labels/1");
                    return fingerprint.Add("of", validation.Identity()).Add("model", model).Add("output", classes.Definition).Add("threshold", threshold)
                        .AddRuntime(runtime).Add("tool", ToolVersion.Current).Finish();
                },
            },
            new PseudoLabelRecord(sure.Length, answers.Length, threshold));
    }

    /// <summary>Some samples of a data set with other labels.</summary>
    private sealed class Relabelled(IDataLoader whole, ImmutableArray<int> indices, ImmutableArray<float> labels) : IDataLoader
    {
        public int Count => indices.Length;

        public Sample Load(int index)
        {
            var sample = whole.Load(indices[index]);
            return new Sample(sample.Name, sample.Inputs, Tensor.Create([labels[index]]), sample.Slice);
        }
    }
}
