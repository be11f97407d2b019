using QuantizeTasks.Accuracy;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Runs;

/// <summary>
/// What int8 is compared with: the float model, but where a search reverts to 16 bits because the device has no float, the model with everything in 16 bits, as POT does on GNA. Where everything
/// has 16 bits from the start that would be the model itself, which proves nothing; it is the float model then.
/// </summary>
internal static class BaselineModel
{
    /// <param name="settings">Device and preset.</param>
    /// <param name="file">The float model.</param>
    /// <param name="variants">The quantized model under the manifest's settings.</param>
    public static EvaluatedModel Of(CompressionSettings settings, ModelFile file, IModelVariants variants) => Rungs.Reversion(settings) is null
        ? EvaluatedModel.Of(file)
        : EvaluatedModel.Of(variants.Build(Configuration.FullyQuantized.Revert(variants.Revertible)), "the 16-bit model");
}
