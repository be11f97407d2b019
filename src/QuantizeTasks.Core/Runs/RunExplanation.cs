using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Calibration.Ranges;
using QuantizeTasks.Quantization.Errors;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Quantization.Writing;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>What the report shows of the model beside the verdict: the error of each layer, ranges and values of tensors, what was chosen automatically, and the network. Nothing of it decides anything.</summary>
internal sealed class RunExplanation
{
    private readonly CalibratedModel _calibrated;
    private readonly QuantizedModelVariants _variants;
    private readonly QuantizationManifest _manifest;
    private readonly Lazy<LayerSurvey> _survey;
    private readonly Lazy<OnnxModel?> _separable;
    private string? _unmeasured;

    private const string NotInLockedMode = "in locked mode nothing is measured but the verdict, and the cache has none of this model. A run that is not in locked mode measures them, and so does `dotnet quantize inspect`";

    /// <param name="calibrated">What was quantized.</param>
    /// <param name="variants">The quantized model in all its configurations.</param>
    /// <param name="manifest">How it was quantized, and where the calibration data is.</param>
    /// <param name="passes">Remembers what was measured.</param>
    /// <param name="workers">Samples in flight at once.</param>
    /// <param name="measures">Whether anything is measured that is not remembered.</param>
    /// <param name="cancellation">Ends measurements.</param>
    public RunExplanation(CalibratedModel calibrated, QuantizedModelVariants variants, QuantizationManifest manifest, ICalibrationPasses passes, int workers, bool measures, CancellationToken cancellation)
    {
        (_calibrated, _variants, _manifest) = (calibrated, variants, manifest);
        // Single layers can be cut only out of the Q/DQ form; the other one computes the same.
        var separable = new Lazy<SerializedModel>(() => (manifest.Compression.Format == ModelFormat.Qdq ? variants
            : DefaultQuantization.Quantize(calibrated, manifest.Compression with { Format = ModelFormat.Qdq }, passes)).Build(Configuration.FullyQuantized));
        _separable = new(() => calibrated.Placement.Layers.IsEmpty ? null : OnnxModel.Parse(separable.Value, calibrated.Prepared.Model.Name));
        _survey = new(() => Survey(separable, passes, workers, measures, cancellation));
    }

    /// <summary>What int8 is bad at in a group, in words.</summary>
    public string Reason(QuantizerGroup group)
    {
        var reasons = new LossReasons(_calibrated, _survey.Value.Errors, _manifest.Compression.Quantization.Weights.Granularity?.Value == "pertensor");
        return string.Join(". ", group.Layers.Select(layer => group.Layers.Length == 1 ? reasons.Of(layer) : $"{layer}: {reasons.Of(layer)}"));
    }

    /// <summary>Adds to the record of a run what is known of the model in this configuration.</summary>
    public RunReport Explain(RunReport report, Configuration configuration) => report with
    {
        Layers = report.Layers with { Details = [.. report.Layers.Details.Select(WithErrors)], ErrorSamples = _survey.Value.Errors.Samples, NoErrors = _unmeasured },
        Tensors = [.. Tensors(configuration)],
        Ranges = Ranges(),
        Network = NetworkRecords.Of(_calibrated, configuration),
    };

    private LayerDetail WithErrors(LayerDetail detail)
    {
        if (_calibrated.Placement.Layers.FirstOrDefault(l => l.Name == detail.Name) is not { } layer)
            return detail;
        var error = _survey.Value.Errors.Find(layer.Name);
        return detail with
        {
            Input = layer.Inputs[0],
            WeightDecibels = _separable.Value is { } model ? WeightErrors.Decibels(layer, _calibrated.Prepared.Model.Graph, model.Graph) : null,
            LocalDecibels = error?.LocalDecibels,
            AccumulatedDecibels = error?.AccumulatedDecibels,
        };
    }

    private IEnumerable<TensorRecord> Tensors(Configuration configuration)
    {
        // What is passed on as it is holds the values of where it comes from.
        var sources = _calibrated.Placement.Quantizers.Where(q => q.Sources.Length == 1).SelectMany(q => q.Tensors.Select(tensor => (tensor, q.Sources[0]))).ToDictionary(p => p.tensor, p => p.Item2, StringComparer.Ordinal);
        var values = _survey.Value.Values;
        foreach (var (tensor, scale) in Scales(_variants.Scales(configuration)).OrderBy(t => t.Key, StringComparer.Ordinal))
            yield return new TensorRecord(tensor, scale.Type.ToString().ToLowerInvariant(), scale.Scale, scale.ZeroPoint, scale.Low, scale.High)
            {
                Values = (values.GetValueOrDefault(tensor) ?? values.GetValueOrDefault(sources.GetValueOrDefault(tensor, tensor))) is { } seen ? new HistogramRecord(seen.Minimum, seen.Maximum, seen.Zeros, seen.Clipped, seen.Counts) : null,
            };
    }

    private RangesRecord Ranges()
    {
        var parameters = _manifest.Compression.Quantization;
        var preset = parameters.Preset?.Value ?? "performance";
        return _calibrated.Automatic is { } chosen
            ? new RangesRecord(chosen.Preset, chosen.Estimator, true, [.. chosen.Trials.Select(t => new RangeTrialRecord(t.Preset, t.Estimator, t.Samples, t.Error))])
            : new RangesRecord(preset, EstimatorPresets.NameOf(EstimatorPresets.OfActivations(parameters)), false, []);
    }

    private Dictionary<string, TensorScale> Scales(ImmutableArray<TensorScale> scales) =>
        _calibrated.Placement.Quantizers.Zip(scales).SelectMany(p => p.First.Tensors.Select(tensor => (tensor, p.Second))).ToDictionary(p => p.tensor, p => p.Second, StringComparer.Ordinal);

    /// <summary>Without figures when they cannot be measured: an explanation that is missing is no reason to fail a run whose verdict stands.</summary>
    private LayerSurvey Survey(Lazy<SerializedModel> separable, ICalibrationPasses passes, int workers, bool measures, CancellationToken cancellation)
    {
        if (_calibrated.Placement.Layers.IsEmpty)
            return LayerSurvey.None;
        if ((_unmeasured = LayerSurvey.TooLarge(_calibrated)) is not null)
            return LayerSurvey.None;
        try
        {
            var data = CalibrationData.Open(_manifest);
            int[] samples = [.. SampleSubset.Select(data.Count, _manifest.Compression.Quantization).Take(LayerSurvey.MostSamples)];
            var scales = Scales(_variants.Scales(Configuration.FullyQuantized));
            LayerSurvey Measure() => measures ? LayerSurvey.Measure(_calibrated, separable.Value, scales, data, samples, Workers.Count(workers), cancellation) : throw new QuantizeException(DiagnosticCodes.DataNotFound, NotInLockedMode);
            var known = passes.Remember("layer survey/1", _variants.Build(Configuration.FullyQuantized), string.Create(CultureInfo.InvariantCulture, $"{samples.Length} samples"), () => Measure().ToBytes());
            return LayerSurvey.FromBytes(known) ?? Measure();
        }
        catch (QuantizeException e)
        {
            _unmeasured = e.Diagnostics[0].Message;
            return LayerSurvey.None;
        }
    }
}
