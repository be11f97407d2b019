using QuantizeTasks.Data;
using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>The samples that ranges come from: never those that are kept back for the verdict.</summary>
internal static class CalibrationData
{
    /// <summary>Opens them.</summary>
    public static IDataLoader Open(QuantizationManifest manifest)
    {
        var whole = DataSource.Open(manifest.Calibration);
        return KeptBack(manifest) is { } holdout ? new SampleSelection(whole, Holdout.Divide(whole.Count, holdout).Used) : whole;
    }

    /// <summary>Identifies their names, contents and preprocessing.</summary>
    public static string Fingerprint(QuantizationManifest manifest)
    {
        var whole = DataSource.Fingerprint(manifest.Calibration);
        if (KeptBack(manifest) is not { } holdout)
            return whole;
        using var fingerprint = new FingerprintBuilder("calibration without holdout/1");
        return fingerprint.Add("of", whole).Add("holdout", holdout.Fraction.Value).Add("seed", holdout.Seed).Finish();
    }

    private static HoldoutSpecification? KeptBack(QuantizationManifest manifest) => ReferenceEquals(manifest.Calibration, manifest.Validation) ? manifest.Holdout : null;
}
