using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Onnx.Upgrade;

/// <summary>Brings models of older operator sets to the first one that quantization can use: per-channel QuantizeLinear exists from opset 13 on.</summary>
internal static class OpsetUpgrade
{
    public const long Target = 13;

    /// <summary>Returns the model itself when it is at opset 13 or later.</summary>
    /// <exception cref="QuantizeException">The opset is not supported.</exception>
    public static OnnxModel Upgrade(OnnxModel model)
    {
        if (model.Opset < Target)
            throw new QuantizeException(DiagnosticCodes.OpsetUnsupported, $"The model uses opset {model.Opset}; {Target} or later is needed. Export it again with a later opset.", new SourcePosition(model.Name));
        return model;
    }
}
