using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// A float model in the one form that the quantizer knows: opset 13 or later, every weight a plain initializer, every node with a name of its own,
/// constants folded and batch normalization fused. It computes what the model it came from computes, up to the rounding of float.
/// </summary>
/// <param name="Model">The model. Treat it as read-only and edit a <see cref="OnnxModel.Clone"/>.</param>
/// <param name="Tensors">Element type and shape of its tensors.</param>
internal sealed record PreparedModel(OnnxModel Model, TensorCatalogue Tensors)
{
    /// <summary>Nodes that are of another operator type than in the model they came from, as they were there, by their name: whoever names operators by type means that one.</summary>
    public ImmutableDictionary<string, NodeProto> AsWritten { get; init; } = ImmutableDictionary<string, NodeProto>.Empty;
}
