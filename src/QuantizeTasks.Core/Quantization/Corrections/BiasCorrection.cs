using System.Runtime.InteropServices;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// POT's BiasCorrection: the layers in topological order, each by the shift of its mean output that all rounding of weights before it and its own causes, measured on real inputs with the biases
/// before it corrected already (openvino/tools/pot/algorithms/quantization/bias_correction; Nagel et al. 2019, appendix D). Activations stay in float: only the error of weights is
/// systematic. Unlike the fast form it sees what non-linear functions make of the errors before, and the zeros of padding.
/// </summary>
internal static class BiasCorrection
{
    /// <summary>POT uses this share of the calibration samples.</summary>
    private const double Share = 0.2;

    /// <summary>The corrected bias of every layer with weights, by name; null for one without a bias.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="weights">The weights of each layer, by name.</param>
    /// <param name="threshold">POT's <c>threshold</c>; see <see cref="BiasThreshold"/>.</param>
    /// <param name="passes">Runs models on the calibration samples.</param>
    /// <exception cref="QuantizeException">A layer's output is not finite, or a model cannot be run.</exception>
    public static IReadOnlyDictionary<string, double[]?> Correct(CalibratedModel model, IReadOnlyDictionary<string, QuantizedWeights> weights, double? threshold, ICalibrationPasses passes)
    {
        var graph = model.Prepared.Model.Graph;
        var biases = model.Placement.Layers.Where(l => l.Weights is not null).ToDictionary(l => l.Name, l => LayerBias.Of(graph, l), StringComparer.Ordinal);
        LayerOutput[] outputs = [.. model.Placement.Layers.Where(LayerBias.HasPlace).Select(l => LayerOutput.Of(model.Prepared, l)).OfType<LayerOutput>()];
        if (outputs.Length == 0)
            return biases;
        var stored = StoredWeightsModel.Create(model.Prepared, model.Placement, weights);
        var samples = Math.Max((int)(Share * passes.Samples), 1);
        var bytes = passes.Remember("bias correction/1", stored.Serialize(), Arguments(model.Prepared.Model, outputs, samples, threshold), () =>
        {
            var expected = FloatMeans(model.Prepared.Model, outputs, samples, passes);
            var prefix = new CorrectedPrefix(model.Prepared.Tensors, stored, samples, passes);
            var corrected = new List<double>();
            for (var i = 0; i < outputs.Length; i++)
            {
                var shift = expected[i].Zip(prefix.Means(outputs[i]), (want, have) => want - have).ToArray();
                var bias = BiasThreshold.Apply(biases[outputs[i].Layer.Name], shift, threshold);
                if (bias is not null)
                    prefix.SetBias(outputs[i], bias);
                corrected.AddRange(bias ?? new double[shift.Length]);
            }
            return MemoryMarshal.AsBytes<double>(corrected.ToArray()).ToArray();
        });
        ReadOnlySpan<double> rest = MemoryMarshal.Cast<byte, double>(bytes);
        foreach (var output in outputs)
        {
            var bias = rest[..weights[output.Layer.Name].Float.Channels].ToArray();
            biases[output.Layer.Name] = bias;
            rest = rest[bias.Length..];
        }
        return biases;
    }

    private static string Arguments(OnnxModel model, LayerOutput[] outputs, int samples, double? threshold)
    {
        using var builder = new FingerprintBuilder("bias correction");
        builder.Add("float model", model.Serialize().Fingerprint).Add("samples", samples).Add("threshold", threshold ?? double.PositiveInfinity);
        foreach (var output in outputs)
            builder.Add("layer", output.Layer.Name);
        return builder.Finish();
    }

    /// <summary>The mean of each output channel of each layer in the float model.</summary>
    private static double[][] FloatMeans(OnnxModel model, LayerOutput[] outputs, int samples, ICalibrationPasses passes)
    {
        var probe = model.Clone();
        string[] names = [.. outputs.Select(o => o.AddMeans(probe))];
        probe.Proto.Graph.Output.Clear();
        probe.Proto.Graph.Output.AddRange(names.Select(name => new ValueInfoProto { Name = name }));
        return ChannelMeans.Of(passes.Run(probe.Serialize(), samples), names, outputs);
    }
}
