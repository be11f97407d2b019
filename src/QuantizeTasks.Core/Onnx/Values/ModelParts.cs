using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx.Values;

/// <summary>Puts models together from parts of others without copying them.</summary>
internal static class ModelParts
{
    /// <summary>All of a model but its nodes and initializers. What is in it is shared with the model.</summary>
    public static ModelProto Shell(ModelProto model)
    {
        // A field that is absent must stay so: proto2 tells it from an empty one, and the same model must give the same bytes.
        var shell = new ModelProto { Graph = new GraphProto() };
        if (model.HasIrVersion)
            shell.IrVersion = model.IrVersion;
        if (model.HasProducerName)
            shell.ProducerName = model.ProducerName;
        if (model.HasProducerVersion)
            shell.ProducerVersion = model.ProducerVersion;
        if (model.HasDomain)
            shell.Domain = model.Domain;
        if (model.HasModelVersion)
            shell.ModelVersion = model.ModelVersion;
        if (model.HasDocString)
            shell.DocString = model.DocString;
        shell.OpsetImport.AddRange(model.OpsetImport);
        shell.MetadataProps.AddRange(model.MetadataProps);
        shell.Functions.AddRange(model.Functions);
        var (from, to) = (model.Graph, shell.Graph);
        if (from.HasName)
            to.Name = from.Name;
        if (from.HasDocString)
            to.DocString = from.DocString;
        to.Input.AddRange(from.Input);
        to.Output.AddRange(from.Output);
        to.ValueInfo.AddRange(from.ValueInfo);
        to.SparseInitializer.AddRange(from.SparseInitializer);
        to.QuantizationAnnotation.AddRange(from.QuantizationAnnotation);
        to.MetadataProps.AddRange(from.MetadataProps);
        return shell;
    }
}
