namespace QuantizeTasks.Inference;

/// <summary>Which runtime, on which kind of processor. Part of every fingerprint and verdict.</summary>
/// <param name="Package">The package it came from.</param>
/// <param name="Version">ONNX Runtime's own version.</param>
/// <param name="Isa">The instruction set that decides which int8 kernels run, such as <c>x64-avx512-vnni</c>.</param>
/// <param name="RuntimeIdentifier">Operating system and architecture.</param>
public sealed record RuntimeIdentity(string Package, string Version, string Isa, string RuntimeIdentifier);
