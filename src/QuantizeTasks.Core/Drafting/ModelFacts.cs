using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Drafting;

/// <summary>What the graph and a first run say about a model.</summary>
internal sealed class ModelFacts
{
    /// <summary>Edges that image models take most often; the first is by far the commonest.</summary>
    private static readonly int[] UsualEdges = [224, 256, 320, 416, 512, 640];

    /// <summary>For open extents that are no picture's: long enough for a window of any usual kernel.</summary>
    private const int OtherExtent = 16;

    /// <exception cref="QuantizeException">ONNX Runtime does not take the model.</exception>
    public ModelFacts(OnnxModel model)
    {
        Model = model;
        using var session = ModelSession.Create(model);
        Inputs = [.. session.Inputs];
        OutputNames = [.. session.Outputs.Select(o => o.Name)];
        Image = Inputs is [var only] ? PictureInput.Find(model.Graph, only) : null;
        var edges = Image is { HasOpenSize: true } ? UsualEdges : [0];
        foreach (var edge in edges)
            if (Run(session, edge) is { } outputs)
            {
                (Outputs, Edge) = (outputs, edge);
                break;
            }
    }

    public OnnxModel Model { get; }

    public ImmutableArray<TensorInfo> Inputs { get; }

    public ImmutableArray<string> OutputNames { get; }

    /// <summary>What says that the only input is a picture; null when it is none.</summary>
    public PictureInput? Image { get; }

    /// <summary>The edge that stands for open heights and widths; 0 when there are none or none was found.</summary>
    public int Edge { get; }

    /// <summary>What the model gives for one made-up sample, in the order of <see cref="OutputNames"/>; null when it would not run on any.</summary>
    public ImmutableArray<Tensor>? Outputs { get; }

    /// <summary>The operator that makes an output, behind those that only reshape or rename.</summary>
    public NodeProto? Maker(string output)
    {
        var node = Model.Graph.Producer(output);
        while (node is { OpType: "Identity" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Transpose" or "Cast" })
            node = Model.Graph.Producer(node.Input[0]);
        return node;
    }

    private ImmutableArray<Tensor>? Run(ModelSession session, int edge)
    {
        try
        {
            var outputs = session.Run(Inputs.ToDictionary(i => i.Name, i => Make(i, edge), StringComparer.Ordinal));
            return [.. OutputNames.Select(name => outputs[name])];
        }
        catch (QuantizeException)
        {
            return null; // this size is not for this model, or nobody knows what would be
        }
    }

    private Tensor Make(TensorInfo input, int edge)
    {
        int[] shape = [.. input.Shape.Select((extent, axis) => extent > 0 ? extent : axis == 0 ? 1 : Image?.IsSpatial(axis) == true ? edge : OtherExtent)];
        var length = shape.Aggregate(1L, (product, extent) => product * extent);
        // A picture of 8192 by 8192 has fewer elements.
        if (length > 1 << 28)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The input '{input.Name}' has {length} elements.");
        return Type.GetTypeCode(input.ElementType) switch
        {
            TypeCode.Single => Tensor.Create(new float[length], shape),
            TypeCode.Double => Tensor.Create(new double[length], shape),
            TypeCode.Int64 => Tensor.Create(new long[length], shape),
            TypeCode.Int32 => Tensor.Create(new int[length], shape),
            TypeCode.Byte => Tensor.Create(new byte[length], shape),
            TypeCode.Boolean => Tensor.Create(new bool[length], shape),
            _ => throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"Nobody knows what to feed to '{input.Name}'."),
        };
    }
}
