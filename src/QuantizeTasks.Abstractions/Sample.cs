using System.Collections.Generic;

namespace QuantizeTasks;

/// <summary>One item of a data set: what goes into the model and, when the data set has labels, what should come out.</summary>
public sealed class Sample
{
    /// <summary>Creates a sample.</summary>
    public Sample(string name, IReadOnlyDictionary<string, Tensor> inputs, Tensor? label = null, string? slice = null)
    {
        Name = name;
        Inputs = inputs;
        Label = label;
        Slice = slice;
    }

    /// <summary>What a message calls it: a file name, or a row number.</summary>
    public string Name { get; }

    /// <summary>A tensor per model input, with the batch axis (extent 1). The key "" stands for the model's only input.</summary>
    public IReadOnlyDictionary<string, Tensor> Inputs { get; }

    /// <summary>The label: a scalar class index, a number, or an array such as a mask. Null without labels.</summary>
    public Tensor? Label { get; }

    /// <summary>The part of the data set it belongs to, such as night shots, by which a report breaks results down. Null when the data set says nothing.</summary>
    public string? Slice { get; }
}
