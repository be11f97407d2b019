using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Scaling;

/// <summary>How each quantizer of a model works.</summary>
/// <param name="Activations">One option for each activation quantizer, in order.</param>
/// <param name="ActivationType">The integers that 8-bit activations are stored in: unsigned or signed, as the device's kernels take them.</param>
/// <param name="Weights">One option for each layer with weights, by its name.</param>
/// <param name="Warnings">What the manifest wishes and the device cannot do, and what is done instead; each once.</param>
internal sealed record QuantizerChoices(
    ImmutableArray<QuantizerOption> Activations, QuantizedType ActivationType, ImmutableSortedDictionary<string, QuantizerOption> Weights, ImmutableArray<Diagnostic> Warnings)
{
    /// <summary>Chooses from the device's menus by preset and wishes.</summary>
    /// <exception cref="QuantizeException">There is no such device, or what reads one tensor has nothing in common.</exception>
    public static QuantizerChoices Of(QuantizerPlacement placement, CompressionSettings settings) => Of(placement, settings, DeviceCatalogue.Find(settings.TargetDevice));

    /// <summary>The same for a device that is at hand.</summary>
    public static QuantizerChoices Of(QuantizerPlacement placement, CompressionSettings settings, DeviceProfile device) => new Chooser(device, settings).Choose(placement);

    /// <summary>The type that the values of one activation quantizer are stored in.</summary>
    public QuantizedType TypeOf(int quantizer) => (Activations[quantizer].Bits, ActivationType.IsSigned()) switch
    {
        (8, _) => ActivationType,
        (_, true) => QuantizedType.Int16,
        _ => QuantizedType.UInt16,
    };

    private sealed class Chooser(DeviceProfile device, CompressionSettings settings)
    {
        private readonly DefaultQuantizationParameters _parameters = settings.Quantization;
        private readonly string _preset = settings.Quantization.Preset?.Value ?? "performance";
        private readonly List<Diagnostic> _warnings = [];

        public QuantizerChoices Choose(QuantizerPlacement placement)
        {
            ImmutableArray<QuantizerOption> activations = [.. placement.Quantizers.Select(q => Activation(q, placement.Layers))];
            var weights = placement.Layers.Where(l => l.Weights is not null).ToImmutableSortedDictionary(l => l.Name, Weights, StringComparer.Ordinal);
            if (_parameters.WeightsOnly)
                WarnOfWishesWithoutEffect();
            return new(activations, device.HasUnsignedActivations ? QuantizedType.UInt8 : QuantizedType.Int8, weights, [.. placement.Warnings.Concat(_warnings).Distinct()]);
        }

        /// <summary>Weights that are only stored have one form (<see cref="Writing.StoredConstants"/>), and activations none.</summary>
        private void WarnOfWishesWithoutEffect()
        {
            var (weights, activations) = (_parameters.Weights, _parameters.Activations);
            SourcePosition?[] other =
            [
                weights.Bits is { Value: not 8 } bits ? bits.Position : null, weights.Mode is { Value: not "symmetric" } mode ? mode.Position : null,
                weights.Granularity is { Value: not "perchannel" } granularity ? granularity.Position : null, weights.LevelLow?.Position, weights.LevelHigh?.Position, weights.RangeEstimator?.Preset?.Position,
            ];
            foreach (var position in other.OfType<SourcePosition>())
                Warn(position, "With weights_only, weights are symmetric int8 with a scale for each channel; this has no effect.");
            foreach (var position in new[] { activations.Bits?.Position, activations.Mode?.Position, activations.Granularity?.Position, activations.LevelLow?.Position, activations.LevelHigh?.Position, activations.RangeEstimator?.Preset?.Position }.OfType<SourcePosition>())
                Warn(position, "With weights_only, activations stay in float; this has no effect.");
        }

        private QuantizerOption Activation(ActivationQuantizer quantizer, ImmutableArray<QuantizedLayer> layers)
        {
            var readers = layers.Where(l => l.Inputs.Any(quantizer.Tensors.Contains)).ToArray();
            var writers = layers.Where(l => l.NeedsQuantizedOutput && quantizer.Tensors.Contains(l.Output)).Select(l => device.Of(l.OperatorType)).ToArray();
            ImmutableArray<QuantizerMenu> menus = [.. readers.Select(r => device.Of(r.OperatorType).Activations), .. writers.Select(w => w.Outputs).OfType<QuantizerMenu>()];
            if (menus.IsEmpty)
                menus = [.. writers.Select(w => w.Activations)];
            if (menus.IsEmpty)
                menus = [device.Otherwise.Activations];
            var options = MenuSelection.Common(menus);
            if (options.IsEmpty)
                throw new QuantizeException(DiagnosticCodes.DeviceCannot,
                    $"What reads '{quantizer.Tensors[0]}' has no way of quantizing it in common on '{device.Name}'. Leave one of {string.Join(", ", readers.Select(r => $"'{r.Name}'"))} in float (ignored).", settings.TargetDevice.Position);
            var wishes = quantizer.Refine(_parameters).Activations;
            if (wishes.Bits is { Value: 16 } && options.All(o => o.Bits != 16) && device.Int16 != SixteenBits.None)
            {
                options = [.. options.Select(o => o with { Bits = 16, LevelLow = null, LevelHigh = null })];
                if (device.Int16 == SixteenBits.Simulated)
                    Warn(wishes.Bits.Position, $"'{device.Name}' has no kernels for activations of 16 bits: they are rounded to 16 bits and computed with in float, so nothing gets faster.");
            }
            // POT: with model_type transformer the product of two activations takes symmetric ones (algorithms/quantization/minmax).
            if (settings.ModelType?.Value == "transformer" && readers.Any(r => r.OperatorType == "MatMul" && r.Weights is null))
                return WithLevels(Choose([.. MenuSelection.WithWeaker(options).Where(o => o.Mode == QuantizerMode.Symmetric)], wishes with { Mode = null }, "activations", takesLast: false), wishes, "activations");
            var option = Choose(options, wishes, "activations", _preset != "performance");
            CheckPreset(option, wishes, "activations", _preset == "performance");
            return WithLevels(option, wishes, "activations");
        }

        private QuantizerOption Weights(QuantizedLayer layer)
        {
            var options = Options(layer);
            var wishes = layer.Refine(_parameters).Weights;
            var option = Choose(options, wishes, "weights", _preset == "accuracy");
            CheckPreset(option, wishes, "weights", _preset != "accuracy");
            return WithLevels(option, wishes, "weights");
        }

        private ImmutableArray<QuantizerOption> Options(QuantizedLayer layer)
        {
            var options = device.Of(layer.OperatorType).Weights.Options;
            // Its depthwise kernel needs one zero point for all channels; with several it falls back to one that takes 36 times as long (measured with 1.30).
            return layer.Weights!.IsDepthwise ? [.. MenuSelection.WithWeaker(options).Where(o => o.Mode == QuantizerMode.Symmetric)] : options;
        }

        private QuantizerOption Choose(ImmutableArray<QuantizerOption> options, QuantizerSettings wishes, string kind, bool takesLast)
        {
            var (option, refused) = MenuSelection.Choose(options, wishes, takesLast);
            foreach (var (field, wish, used, position) in refused)
                Warn(position, $"'{device.Name}' has no kernels for {kind} with {field} '{wish}'; '{used}' is used.");
            return option;
        }

        private void CheckPreset(QuantizerOption option, QuantizerSettings wishes, string kind, bool isSymmetric)
        {
            if (_parameters.Preset is { } preset && wishes.Mode is null && isSymmetric != (option.Mode == QuantizerMode.Symmetric))
                Warn(preset.Position, $"The preset '{preset.Value}' asks for {(isSymmetric ? "symmetric" : "asymmetric")} {kind}, but '{device.Name}' has no kernels for them; they are {(isSymmetric ? "asymmetric" : "symmetric")}.");
        }

        /// <summary>Levels that are given in place of the option's own: fewer for weights, which are rounded here, but for activations all of the type, to which QuantizeLinear rounds.</summary>
        private QuantizerOption WithLevels(QuantizerOption option, QuantizerSettings wishes, string kind)
        {
            if ((wishes.LevelLow ?? wishes.LevelHigh) is not { } given)
                return option;
            var isSymmetricWeight = kind == "weights" && option.Mode == QuantizerMode.Symmetric;
            var wished = QuantizerLevels.Of(option.Bits, isSymmetricWeight, wishes.LevelLow?.Value, wishes.LevelHigh?.Value);
            var own = QuantizerLevels.Of(option.Bits, isSymmetricWeight, option.LevelLow, option.LevelHigh);
            if (kind == "activations" ? wished.Count == own.Count : isSymmetricWeight ? wished.OnEachSide <= own.OnEachSide : wished.Count <= own.Count)
                return option with { LevelLow = wishes.LevelLow?.Value ?? option.LevelLow, LevelHigh = wishes.LevelHigh?.Value ?? option.LevelHigh };
            Warn(given.Position, $"'{device.Name}' has no kernels for {kind} with {wished.Count} levels; {own.Count} are used.");
            return option;
        }

        private void Warn(SourcePosition position, string message) => _warnings.Add(new Diagnostic(DiagnosticCodes.DeviceCannot, DiagnosticSeverity.Warning, message, position));
    }
}
