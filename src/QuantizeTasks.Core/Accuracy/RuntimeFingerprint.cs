using QuantizeTasks.Inference;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Accuracy;

/// <summary>The runtime as a part of fingerprints: everything that may change what it computes.</summary>
internal static class RuntimeFingerprint
{
    public static FingerprintBuilder AddRuntime(this FingerprintBuilder fingerprint, RuntimeIdentity runtime) => fingerprint
        .Add("runtime", runtime.Package).Add("runtime version", runtime.Version).Add("isa", runtime.Isa).Add("platform", runtime.RuntimeIdentifier).Add("binaries", runtime.Binaries);
}
