namespace QuantizeTasks.Onnx;

/// <summary>What somebody who can infer types knows about a tensor.</summary>
/// <param name="DataType">Element type, as TensorProto numbers it.</param>
/// <param name="Shape">Extents, -1 where open; null when the number of axes is unknown.</param>
internal sealed record KnownTensor(int DataType, IReadOnlyList<int>? Shape);
