namespace QuantizeTasks.Inference;

/// <summary>An input or output of a model as the runtime reports it.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="ElementType">The .NET type of one element; ONNX Runtime's Float16 for half precision.</param>
/// <param name="Shape">The extents, -1 where the model leaves one open.</param>
internal sealed record TensorInfo(string Name, Type ElementType, IReadOnlyList<int> Shape);
