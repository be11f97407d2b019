namespace QuantizeTasks.Inference;

/// <summary>Which runtime, on which kind of processor. Part of every fingerprint and verdict.</summary>
/// <param name="Package">The package it came from; for one that is not the quantizer's own with its version and the beginning of the library's SHA-256, since versions can be built anew.</param>
/// <param name="Version">ONNX Runtime's own version.</param>
/// <param name="Isa">The instruction set that decides which int8 kernels run, such as <c>x64-avx512-vnni</c>.</param>
/// <param name="RuntimeIdentifier">Operating system and architecture.</param>
public sealed record RuntimeIdentity(string Package, string Version, string Isa, string RuntimeIdentifier)
{
    /// <summary>What named this runtime, and where its library and its managed API lie; not part of any fingerprint.</summary>
    public string Origin { get; init; } = "";

    /// <summary>SHA-256 of the native libraries of ONNX Runtime and its Extensions: a build of one's own has the version of the official one, and other kernels.</summary>
    public string Binaries { get; init; } = "";

    /// <summary>
    /// Whether the sums of two products of unsigned and signed bytes saturate at 16 bits: on x64 with AVX2 or AVX-512 but without VNNI
    /// (onnxruntime_session_options_config_keys.h, session.x64quantprecision).
    /// </summary>
    public bool ProductsSaturate => Isa.StartsWith("x64-avx", StringComparison.Ordinal) && !Isa.EndsWith("-vnni", StringComparison.Ordinal);
}
