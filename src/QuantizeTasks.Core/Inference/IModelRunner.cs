namespace QuantizeTasks.Inference;

/// <summary>A model ready to run: in ONNX Runtime, or as another processor would compute it. Runs may be concurrent.</summary>
internal interface IModelRunner : IDisposable
{
    /// <summary>The outputs, in the model's order.</summary>
    IReadOnlyList<TensorInfo> Outputs { get; }

    /// <summary>Runs the model once.</summary>
    /// <param name="inputs">A tensor per input. The key "" stands for the only input.</param>
    /// <returns>All outputs by name.</returns>
    IReadOnlyDictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs);
}
