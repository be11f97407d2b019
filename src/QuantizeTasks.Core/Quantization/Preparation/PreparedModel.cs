using QuantizeTasks.Onnx;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// A float model in the one form that the quantizer knows: opset 13 or later, every weight a plain initializer, every node with a name of its own,
/// constants folded and batch normalization fused. It computes what the model it came from computes, up to the rounding of float.
/// </summary>
/// <param name="Model">The model. Treat it as read-only and edit a <see cref="OnnxModel.Clone"/>.</param>
/// <param name="Tensors">Element type and shape of its tensors.</param>
internal sealed record PreparedModel(OnnxModel Model, TensorCatalogue Tensors);
