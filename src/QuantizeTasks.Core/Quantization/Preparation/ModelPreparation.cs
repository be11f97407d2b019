using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Upgrade;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>Brings a float model into the form that the quantizer works on.</summary>
internal static class ModelPreparation
{
    /// <summary>IR version that goes with opset 13; from 4 on an initializer need not be an input too.</summary>
    private const long MinimalIrVersion = 7;

    /// <summary>Prepares a copy; the model itself is not changed. Inputs and outputs keep their names, order and types.</summary>
    /// <exception cref="Diagnostics.QuantizeException">The opset is too old, or ONNX Runtime rejects the model.</exception>
    public static PreparedModel Prepare(OnnxModel model)
    {
        OpsetUpgrade.Check(model);
        // Names come first, so that a node of the user's file has the same name however the later steps change; ONNX Runtime wants them unique too.
        var prepared = model.Clone();
        NodeNames.Complete(prepared.Graph);
        prepared = FunctionInlining.Apply(prepared);
        prepared.Proto.IrVersion = Math.Max(prepared.Proto.IrVersion, MinimalIrVersion);
        ConstantsAsInitializers.Apply(prepared.Graph);
        // Before the runtime sees it, which cannot load every model of bfloat16.
        HalfPrecision.Lift(prepared);
        // The steps below may then take for granted that every node has the inputs, outputs and attributes its operator must have.
        ModelSession.Create(prepared, new SessionSettings { OptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL }).Dispose();

        NoOpRemoval.Apply(prepared.Graph);
        Pruning.Apply(prepared.Graph);
        // Before the upgrade, which wants to know shapes and scales that exporters like to compute.
        var tensors = ConstantFolding.Apply(prepared);
        CastRemoval.Apply(prepared.Graph, tensors);
        prepared = OpsetUpgrade.Upgrade(prepared, tensors.Find);
        GemmFactors.Fold(prepared.Graph);
        AffineFusion.Apply(prepared.Graph, tensors);
        ForwardFusion.Apply(prepared.Graph);
        var asWritten = GlobalPooling.Apply(prepared.Graph, tensors);
        Pruning.Apply(prepared.Graph);
        prepared.Graph.SortTopologically();
        return new PreparedModel(prepared, TensorCatalogue.Of(prepared)) { AsWritten = asWritten };
    }
}
