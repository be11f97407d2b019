using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>Writes the nodes of a weighted layer: its int8 weights and the bias in the form that the runtime's kernel takes.</summary>
internal sealed class LayerWriter(PreparedModel prepared, VariantPlan plan, IReadOnlyDictionary<string, EncodedLayer> encoded, TensorNames names, RowsWriter rows, WrittenGraph graph)
{
    /// <summary>Makes a node of the layer read int8 constants instead of float ones.</summary>
    public void WriteConstants(NodeProto node, QuantizedLayer layer, LayerWeights weights)
    {
        var constants = encoded[layer.Name];
        if (node.Name == layer.Name)
        {
            node.Input[weights.Input] = graph.Dequantize(names.Derive(layer.Name, "weights"), constants.Weights, constants.Scales, constants.ZeroPoints, constants.Axis);
            if (constants.Bias is null || (weights.BiasNode is { } adds && adds != node.Name) || weights.IsGemm || weights.AddsApart)
                return;
            var bias = AddBias(constants);
            if (node.Input.Count < 3)
                node.Input.Add(bias);
            else
                node.Input[2] = bias;
        }
        else if (node.Name == weights.BiasNode && !weights.IsGemm)
        {
            var bias = constants.Bias!;
            if (!plan.TryGetQuantized(layer.Output, out _) && prepared.Tensors.Rank(layer.Inputs[0]) >= 3)
            {
                // With two axes MatMulAddFusion leaves it alone, and the product has an int8 kernel that gives floats.
                bias = bias.Clone();
                bias.Dims.Insert(0, 1);
            }
            graph.Add(bias);
            node.Input[node.Input.IndexOf(weights.Bias)] = bias.Name;
        }
    }

    /// <summary>
    /// Appends a node of the layer. A matrix product with its bias becomes a Gemm on two axes: the runtime would make one of the float Add and the product by itself,
    /// too early for it to find an int8 kernel (MatMulAddFusion runs before the Q/DQ fusions).
    /// </summary>
    public void Append(NodeProto node, QuantizedLayer layer)
    {
        if (layer.Weights is { IsGemm: true } weights && node.Name == weights.BiasNode)
        {
            var product = graph.Nodes.FindLast(n => n.Name == layer.Name)!;
            graph.Nodes.Remove(product);
            product.OpType = "Gemm";
            product.Input.Add(AddBias(encoded[layer.Name]));
            product.Output[0] = node.Output[0];
            node = product;
            if (!weights.Stack.IsEmpty)
            {
                product.Input[0] = rows.Of(product.Input[0], encoded[layer.Name].Weights.Dims[0]);
                rows.Append(product, weights);
                return;
            }
        }
        if (layer.Weights is { Stack.IsEmpty: false } && rows.TryLeaveOut(node, layer))
            return;
        graph.Add(node);
        if (layer.Weights is { AddsApart: true } && node.Name == layer.Name)
            AddApart(node);
    }

    /// <summary>What a Gemm adds that is no bias is added after the product, which gives floats.</summary>
    private void AddApart(NodeProto gemm)
    {
        var (addend, sum) = (gemm.Input[2], gemm.Output[0]);
        gemm.Input.RemoveAt(2);
        gemm.Output[0] = names.Derive(sum, "product");
        graph.Add(NodeAttributes.Node("Add", names.Derive(gemm.Name, "addition"), [gemm.Output[0], addend], sum));
    }

    private string AddBias(EncodedLayer constants)
    {
        if (constants.BiasScales is not null)
            return graph.Dequantize(constants.Bias!.Name, constants.Bias, constants.BiasScales!, constants.BiasZeroPoints!, constants.Axis is null ? null : 0);
        graph.Add(constants.Bias!);
        return constants.Bias!.Name;
    }
}
