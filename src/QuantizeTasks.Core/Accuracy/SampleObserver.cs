using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Accuracy;

/// <summary>Runs one model on samples and lets the metrics look at the outputs.</summary>
internal sealed class SampleObserver(IDataLoader data, ReferenceOutputs references)
{
    /// <summary>What a sample contributes to each of the metrics. Called from several threads.</summary>
    /// <param name="session">The model.</param>
    /// <param name="isFloat">Whether it is the float model itself, whose outputs are then the reference.</param>
    /// <param name="index">The sample.</param>
    /// <param name="metrics">The metrics.</param>
    public double[][] Observe(IModelRunner session, bool isFloat, int index, IReadOnlyList<IMetric> metrics)
    {
        var sample = data.Load(index);
        if (sample.Label is null && metrics.FirstOrDefault(m => m.NeedsLabels) is { } unlabelled)
            throw new QuantizeException(DiagnosticCodes.LabelMissing,
                $"{unlabelled.Name} needs labels, and sample '{sample.Name}' of the validation data has none. Give `labels:` beside the data source.");
        var outputs = session.Run(sample.Inputs);
        IReadOnlyDictionary<string, Tensor>? reference = null;
        if (metrics.Any(m => m.NeedsReference))
        {
            if (isFloat)
                references.Keep(index, outputs);
            reference = isFloat ? outputs : references.Of(index, sample);
        }
        return [.. metrics.Select(m => m.Observe(new MetricInput(outputs, session.Outputs[0].Name, sample.Label, m.NeedsReference ? reference : null, sample.Name, sample.Slice)))];
    }
}
