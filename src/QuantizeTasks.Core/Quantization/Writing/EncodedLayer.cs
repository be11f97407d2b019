using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>A weighted layer's constants in int8 form. It depends on statistics and settings, never on the configuration, so it is made once.</summary>
/// <param name="Weights">The stored weights.</param>
/// <param name="Scales">Their scales.</param>
/// <param name="ZeroPoints">Their zero points, all 0.</param>
/// <param name="Bias">int32 for Conv and Gemm, float where an Add node adds it; null without a bias.</param>
/// <param name="BiasScales">Input scale times weight scale, for an int32 bias.</param>
/// <param name="BiasZeroPoints">All 0, for an int32 bias.</param>
/// <param name="Axis">The axis of the scales; null when there is one scale for all.</param>
internal sealed record EncodedLayer(TensorProto Weights, TensorProto Scales, TensorProto ZeroPoints, TensorProto? Bias, TensorProto? BiasScales, TensorProto? BiasZeroPoints, int? Axis);
