using System.Collections.Generic;

namespace QuantizeTasks;

/// <summary>What a metric sees of one sample.</summary>
public readonly struct MetricInput
{
    /// <summary>Creates the input of one observation.</summary>
    public MetricInput(IReadOnlyDictionary<string, Tensor> outputs, string firstOutput, Tensor? label, IReadOnlyDictionary<string, Tensor>? reference, string sampleName = "", string? slice = null)
    {
        Outputs = outputs;
        FirstOutput = firstOutput;
        Label = label;
        Reference = reference;
        SampleName = sampleName;
        Slice = slice;
    }

    /// <summary>What a message calls the sample (<see cref="Sample.Name"/>).</summary>
    public string SampleName { get; }

    /// <summary>The part of the data set that the sample belongs to (<see cref="Sample.Slice"/>); null when the data set says nothing.</summary>
    public string? Slice { get; }

    /// <summary>The evaluated model's outputs by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Outputs { get; }

    /// <summary>The name of the model's first output, which metrics read unless told otherwise.</summary>
    public string FirstOutput { get; }

    /// <summary>The sample's label; null without labels.</summary>
    public Tensor? Label { get; }

    /// <summary>The float model's outputs on the same sample; null unless <see cref="IMetric.NeedsReference"/>.</summary>
    public IReadOnlyDictionary<string, Tensor>? Reference { get; }
}
