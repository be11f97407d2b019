using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>Operator sets beside the default one.</summary>
internal static class Domains
{
    /// <summary>ONNX Runtime's own operators (onnxruntime/docs/ContribOperators.md); of one version since ever.</summary>
    public const string Microsoft = "com.microsoft";

    /// <summary>Makes a model import version 1 of an operator set, unless it imports it already.</summary>
    public static void Import(ModelProto model, string domain)
    {
        if (model.OpsetImport.All(o => o.Domain != domain))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = 1 });
    }
}
