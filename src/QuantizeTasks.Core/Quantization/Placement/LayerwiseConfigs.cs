using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// Gives single quantizers settings of their own (POT: <c>layerwise_configs</c>). A quantizer is named by a tensor that it quantizes, or as POT names it, by an operator and the number of its input:
/// <c>conv1/fq_input_0</c> or <c>conv1/fq_weights_1</c> (openvino/tools/pot/graph/transformer.py).
/// </summary>
internal sealed class LayerwiseConfigs(OnnxModel model)
{
    private readonly OnnxGraph _graph = model.Graph;
    private readonly List<Diagnostic> _errors = [];
    private readonly List<Diagnostic> _warnings = [];

    /// <summary>Names of tensors that are there and not quantized: with another preference or budget they may be, so this is no error.</summary>
    public ImmutableArray<Diagnostic> Warnings => [.. _warnings];

    /// <summary>The layers and quantizers with their own settings.</summary>
    /// <exception cref="QuantizeException">A name that names nothing, or nothing that was not named before, with its place.</exception>
    public (ImmutableArray<QuantizedLayer> Layers, ImmutableArray<ActivationQuantizer> Quantizers) Apply(
        ImmutableArray<LayerwiseConfig> configs, ImmutableArray<QuantizedLayer> layers, ImmutableArray<ActivationQuantizer> quantizers)
    {
        foreach (var config in configs)
        {
            var (tensor, reader) = Find(config.Name.Value);
            if (tensor is null)
                Error(DiagnosticCodes.UnknownName, config, $"has '{config.Name.Value}', but the model '{model.Name}' has no tensor and no operator's input of that name.{DidYouMean.Hint(config.Name.Value, Tensors())} Names are those of the float model once constants and batch normalizations are folded.");
            else if (_graph.IsConstant(tensor))
                layers = ToLayers(config, layers, l => l.Weights?.Tensor == tensor && (reader is null || l.Name == reader.Name));
            else
                quantizers = ToQuantizer(config, quantizers, tensor);
        }
        return _errors.Count == 0 ? (layers, quantizers) : throw new QuantizeException(_errors);
    }

    private ImmutableArray<QuantizedLayer> ToLayers(LayerwiseConfig config, ImmutableArray<QuantizedLayer> layers, Func<QuantizedLayer, bool> isMeant)
    {
        if (config.Settings.RangeEstimator is { } estimator && (estimator.Min?.Aggregator ?? estimator.Max?.Aggregator) is { } aggregator)
            _errors.Add(new Diagnostic(DiagnosticCodes.ConflictingKeys, DiagnosticSeverity.Error, $"'{config.Name.Value}' are weights, of which there is one sample: 'aggregator' has no effect. Remove it.", aggregator.Position));
        if (!layers.Any(isMeant))
            Warn(config, "no int8 layer has these weights");
        else if (layers.Any(l => isMeant(l) && l.OwnWeights is not null))
            Error(DiagnosticCodes.ConflictingKeys, config, $"names weights with '{config.Name.Value}' that another name of it stands for already. Remove one of them.");
        return [.. layers.Select(l => isMeant(l) ? l with { OwnWeights = config.Settings } : l)];
    }

    private ImmutableArray<ActivationQuantizer> ToQuantizer(LayerwiseConfig config, ImmutableArray<ActivationQuantizer> quantizers, string tensor)
    {
        if (quantizers.FirstOrDefault(q => q.Tensors.Contains(tensor)) is not { } quantizer)
            Warn(config, "nothing that runs in int8 reads or makes this tensor");
        else if (quantizer.Own is not null)
            Error(DiagnosticCodes.ConflictingKeys, config, $"names a quantizer with '{config.Name.Value}' that another name of it stands for already: '{string.Join("', '", quantizer.Tensors)}' share one. Remove one of the names.");
        else
            return quantizers.Replace(quantizer, quantizer with { Own = config.Settings });
        return quantizers;
    }

    /// <summary>The tensor, and the operator where the name is that of an operator's input.</summary>
    private (string? Tensor, NodeProto? Reader) Find(string name)
    {
        if (_graph.Producer(name) is not null || _graph.IsInput(name) || _graph.IsInitializer(name))
            return (name, null);
        foreach (var kind in (string[])["/fq_input_", "/fq_weights_"])
            if (name.LastIndexOf(kind, StringComparison.Ordinal) is > 0 and var end && int.TryParse(name.AsSpan(end + kind.Length), out var port)
                && _graph.Nodes.FirstOrDefault(n => n.Name == name[..end]) is { } node && port >= 0 && port < node.Input.Count && node.Input[port].Length > 0
                && _graph.IsConstant(node.Input[port]) == (kind == "/fq_weights_"))
                return (node.Input[port], node);
        return default;
    }

    private IEnumerable<string> Tensors() => _graph.Inputs.Concat(_graph.Nodes.SelectMany(n => n.Output)).Concat(_graph.Initializers.Select(i => i.Name)).Where(n => n.Length > 0);

    private void Error(string code, LayerwiseConfig config, string message) => _errors.Add(new Diagnostic(code, DiagnosticSeverity.Error, $"layerwise_configs {message}", config.Name.Position));

    private void Warn(LayerwiseConfig config, string because) =>
        _warnings.Add(new Diagnostic(DiagnosticCodes.NothingToCorrect, DiagnosticSeverity.Warning, $"What layerwise_configs says of '{config.Name.Value}' changes nothing: {because}.", config.Name.Position));
}
