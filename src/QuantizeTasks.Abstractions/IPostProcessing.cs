using System.Collections.Generic;

namespace QuantizeTasks;

/// <summary>
/// Turns a model's outputs into what metrics look at, such as boxes from the raw output of a detector. It is applied to the float model and to every int8 model alike.
/// Implementations are called from several threads at once and give equal results for equal outputs.
/// </summary>
public interface IPostProcessing
{
    /// <summary>What metrics see instead of the outputs.</summary>
    /// <param name="outputs">The model's outputs by name, with the batch axis (extent 1). Not to be changed.</param>
    /// <returns>
    /// Tensors by name. A metric reads the one that has the name of the model's first output, or the only one that there is, unless its parameter <c>output</c> names another.
    /// </returns>
    IReadOnlyDictionary<string, Tensor> Process(IReadOnlyDictionary<string, Tensor> outputs);
}
