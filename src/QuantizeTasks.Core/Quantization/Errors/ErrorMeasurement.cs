using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Quantization.Errors;

/// <summary>
/// Measures <see cref="LocalErrors"/> in one pass over samples: the float model gives every layer's inputs and output, each layer of the int8 model is run by itself
/// on those inputs, in the kernel it has in the whole model, and the whole int8 model is run beside them.
/// </summary>
internal static class ErrorMeasurement
{
    /// <summary>Measures. Memory does not grow with the number of samples, and the result does not depend on the number of workers.</summary>
    /// <param name="calibrated">The float model that was quantized: the one that calibration may have rewritten, whose hidden tensors the int8 model has.</param>
    /// <param name="layers">The layers that are int8 in <paramref name="quantized"/>.</param>
    /// <param name="quantized">The int8 model, in Q/DQ form.</param>
    /// <param name="data">Where the samples come from; labels are not needed.</param>
    /// <param name="samples">Indices of the samples.</param>
    /// <param name="workers">Samples in flight at once; at least 1.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <param name="observe">Told the values of every float tensor that a layer of the float model reads or makes, once a sample, from any thread.</param>
    /// <exception cref="QuantizeException">A model cannot be run on a sample, or gives a value that is not finite.</exception>
    public static LocalErrors Measure(
        CalibratedModel calibrated, IReadOnlyList<QuantizedLayer> layers, SerializedModel quantized, IDataLoader data, IReadOnlyList<int> samples, int workers, CancellationToken cancellation, Action<string, float[]>? observe = null)
    {
        var prepared = calibrated.Prepared;
        var model = OnnxModel.Parse(quantized, prepared.Model.Name);
        foreach (var layer in layers)
            Dequantize(layer.Output, model.Graph);
        var cuts = layers.Select(layer => LayerCut.Of(layer, model, prepared.Tensors)).ToArray();
        using var sessions = new Sessions(prepared.Model, model, cuts);
        var sums = cuts.Select(c => new LayerError(c.Layer.Name, 0, 0, 0)).ToArray();
        foreach (var batch in samples.Chunk(Math.Max(1, workers) * 2))
        {
            var found = new (LayerError[]? Errors, ExceptionDispatchInfo? Failure)[batch.Length];
            Parallel.For(0, batch.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, workers), CancellationToken = cancellation }, i =>
            {
                try
                {
                    found[i].Errors = sessions.Run(data.Load(batch[i]), observe);
                }
                catch (Exception e)
                {
                    found[i].Failure = ExceptionDispatchInfo.Capture(e);
                }
            });
            foreach (var (errors, failure) in found)
            {
                failure?.Throw();
                for (var k = 0; k < sums.Length; k++)
                    sums[k] = sums[k] with { Signal = sums[k].Signal + errors![k].Signal, Local = sums[k].Local + errors[k].Local, Accumulated = sums[k].Accumulated + errors[k].Accumulated };
            }
        }
        return new LocalErrors(samples.Count, [.. sums]);
    }

    /// <summary>Gives a layer's output back under its name where nothing in the model reads it so: an operator that stays in float next to int8 may dequantize it in a way of its own.</summary>
    private static void Dequantize(string output, OnnxGraph graph)
    {
        if (graph.Producer(output) is not null)
            return;
        var quantize = graph.Nodes.Single(n => n.Name == ActivationWriter.QuantizerOf(output));
        var dequantize = NodeAttributes.Node("DequantizeLinear", "", quantize.Input.Skip(1).Prepend(quantize.Output[0]), output);
        dequantize.Domain = quantize.Domain;
        graph.Add(dequantize);
    }

    /// <summary>The float model, the int8 model, and each layer of it alone.</summary>
    private sealed class Sessions : IDisposable
    {
        // Dozens of sessions for a handful of samples: what each kept for its next run would be several times what one run of the model takes.
        private static readonly SessionSettings Frugal = SessionSettings.Default with { KeepsMemory = false };

        private readonly LayerCut[] _cuts;
        private readonly ModelSession _float;
        private readonly ModelSession _quantized;
        private readonly ModelSession[] _layers;
        private readonly List<ModelSession> _opened = [];

        public Sessions(OnnxModel original, OnnxModel quantized, LayerCut[] cuts)
        {
            _cuts = cuts;
            var outputs = cuts.Select(c => c.Layer.Output);
            try
            {
                _float = Opened(Exposing(original, outputs.Concat(cuts.SelectMany(c => c.Layer.Inputs))));
                _quantized = Opened(Exposing(quantized, outputs));
                _layers = [.. cuts.Select(c => Opened(ModelSession.Create(c.Model.Serialize(), c.Layer.Name, Frugal)))];
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public LayerError[] Run(Sample sample, Action<string, float[]>? observe)
        {
            var expected = _float.Run(sample.Inputs);
            foreach (var tensor in observe is null ? [] : _cuts.SelectMany(c => c.Layer.Inputs.Append(c.Layer.Output)).Distinct(StringComparer.Ordinal))
                if ((expected.TryGetValue(tensor, out var seen) ? seen : Fed(sample, tensor)) is { } values && values.ElementType == typeof(float))
                    observe!(tensor, values.As<float>());
            // What int8 gives is compared where it lies: copies of every layer's output would be as much again as the float model's.
            var accumulated = Read(_quantized, sample.Inputs, [.. _cuts.Select(c => c.Layer.Output).Distinct(StringComparer.Ordinal)], expected);
            var errors = new LayerError[_cuts.Length];
            for (var i = 0; i < errors.Length; i++)
            {
                var cut = _cuts[i];
                var inputs = cut.Inputs.ToDictionary(p => p.Fed, p => expected.TryGetValue(p.Tensor, out var made) ? made : Fed(sample, p.Tensor));
                var output = cut.Layer.Output;
                var error = new LayerError(cut.Layer.Name, Squares(expected[output].As<float>()), Read(_layers[i], inputs, [output], expected)[output], accumulated[output]);
                if (!double.IsFinite(error.Signal + error.Local + error.Accumulated))
                    throw new QuantizeException(DiagnosticCodes.ValueNotFinite, $"On the sample '{sample.Name}' the output of '{cut.Layer.Name}' holds a value that is not finite, so its error cannot be measured.");
                errors[i] = error;
            }
            return errors;
        }

        public void Dispose() => _opened.ForEach(session => session.Dispose());

        private ModelSession Opened(ModelSession session)
        {
            _opened.Add(session);
            return session;
        }

        /// <summary>A model with only these tensors as outputs; those that are inputs are known anyway.</summary>
        private static ModelSession Exposing(OnnxModel model, IEnumerable<string> tensors)
        {
            var copy = model.Clone();
            copy.Proto.Graph.Output.Clear();
            // An output without a type is allowed to ONNX Runtime, which fills in what it infers.
            copy.Proto.Graph.Output.AddRange(tensors.Distinct(StringComparer.Ordinal).Where(t => !model.Graph.IsInput(t)).Select(t => new ValueInfoProto { Name = t }));
            return ModelSession.Create(copy, Frugal);
        }

        private static Tensor Fed(Sample sample, string input) => sample.Inputs.TryGetValue(input, out var tensor) ? tensor : sample.Inputs[""];

        /// <summary>Runs a model and holds its outputs against those of the same names.</summary>
        private static Dictionary<string, double> Read(ModelSession session, IReadOnlyDictionary<string, Tensor> inputs, string[] outputs, IReadOnlyDictionary<string, Tensor> expected)
        {
            var differences = new Dictionary<string, double>(StringComparer.Ordinal);
            session.Run(inputs, outputs, (output, elements, _) => differences[outputs[output]] = Differences(expected[outputs[output]].As<float>(), elements));
            return differences;
        }

        private static double Squares(float[] values)
        {
            var sum = 0.0;
            foreach (var value in values)
                sum += (double)value * value;
            return sum;
        }

        private static double Differences(float[] want, ReadOnlySpan<float> have)
        {
            var sum = 0.0;
            for (var i = 0; i < want.Length; i++)
            {
                var difference = (double)want[i] - have[i];
                sum += difference * difference;
            }
            return sum;
        }
    }
}
