using QuantizeTasks.Inference.Emulation;

namespace QuantizeTasks.Inference;

/// <summary>The instruction set with which int8 products are computed.</summary>
public enum EmulatedIsa
{
    /// <summary>The processor's own.</summary>
    None,

    /// <summary>AVX2 without VNNI, where the sums of two products saturate at 16 bits. AVX-512 without VNNI computes the same.</summary>
    Avx2,
}

/// <summary>What follows from the choice.</summary>
internal static class EmulatedIsas
{
    /// <summary>A model that computes so.</summary>
    /// <param name="isa">The instruction set.</param>
    /// <param name="open">Opens the model with these settings.</param>
    public static IModelRunner Open(this EmulatedIsa isa, Func<SessionSettings, ModelSession> open) =>
        isa == EmulatedIsa.None ? open(SessionSettings.Default) : EmulatedModel.Create(open, "the emulated model");

    /// <summary>The runtime as fingerprints, verdicts and reports name it.</summary>
    public static RuntimeIdentity Identity(this EmulatedIsa isa) =>
        isa == EmulatedIsa.None ? RuntimeLibrary.Identity : RuntimeLibrary.Identity with { Isa = "x64-avx2, emulated" };
}
