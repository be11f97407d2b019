using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Inference;

/// <summary>The ONNX Runtime of this process: found once, described for fingerprints and verdicts.</summary>
internal static class RuntimeLibrary
{
    private static readonly Lock Gate = new();
    private static RuntimeIdentity? s_identity;

    /// <summary>Loads the runtime if it is not loaded yet.</summary>
    /// <exception cref="QuantizeException">There is no usable runtime for this machine.</exception>
    public static RuntimeIdentity Identity
    {
        get
        {
            lock (Gate)
                return s_identity ??= Load();
        }
    }

    /// <summary>The path of ONNX Runtime Extensions, which decode JPEG and PNG.</summary>
    public static string ExtensionsPath => Find(LibraryName("ortextensions"))
        ?? throw new QuantizeException(DiagnosticCodes.ExtensionsNotFound, $"ONNX Runtime Extensions ({LibraryName("ortextensions")}) was not found beside the program. Images cannot be decoded without it; data can be given as `tensors:` instead.");

    private static RuntimeIdentity Load()
    {
        try
        {
            // The managed API names its library without a path; a system-wide one of another version must not win.
            if (Find(LibraryName("onnxruntime")) is { } path)
                NativeLibrary.SetDllImportResolver(typeof(InferenceSession).Assembly,
                    (name, _, _) => name.Contains("onnxruntime", StringComparison.Ordinal) ? NativeLibrary.Load(path) : 0);
        }
        catch (InvalidOperationException)
        {
            // The official package registers a resolver of its own, which looks in the same places.
        }
        try
        {
            using var options = new SessionOptions();
            return new RuntimeIdentity("Microsoft.ML.OnnxRuntime", OrtEnv.Instance().GetVersionString(), InstructionSet(), RuntimeInformation.RuntimeIdentifier);
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or BadImageFormatException or EntryPointNotFoundException or OnnxRuntimeException)
        {
            throw new QuantizeException(DiagnosticCodes.RuntimeNotFound, $"ONNX Runtime could not be loaded for {RuntimeInformation.RuntimeIdentifier}: {(e.InnerException ?? e).Message}", innerException: e);
        }
    }

    private static string? Find(string file)
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location) is { Length: > 0 } location ? location : AppContext.BaseDirectory;
        string[] candidates = [Path.Combine(folder, file), Path.Combine(folder, "runtimes", PortableRuntimeIdentifier(), "native", file)];
        return candidates.FirstOrDefault(File.Exists);
    }

    private static string LibraryName(string stem) =>
        OperatingSystem.IsWindows() ? $"{stem}.dll" : OperatingSystem.IsMacOS() ? $"lib{stem}.dylib" : $"lib{stem}.so";

    private static string PortableRuntimeIdentifier()
    {
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
    }

    /// <summary>What decides which int8 kernels run. U8S8 saturates on x64 without VNNI (onnxruntime issue 21048), so a verdict holds for one of these.</summary>
    private static string InstructionSet()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        var vector = Avx512BW.IsSupported ? "avx512" : Avx2.IsSupported ? "avx2" : "sse";
        return HasVnni() ? $"x64-{vector}-vnni" : $"x64-{vector}";
    }

    /// <summary>CPUID leaf 7: AVX512-VNNI is bit 11 of ECX in sub-leaf 0, AVX-VNNI bit 4 of EAX in sub-leaf 1 (Intel SDM, volume 2A, CPUID).</summary>
    private static bool HasVnni()
    {
        if (!X86Base.IsSupported)
            return false;
        var (_, _, ecx, _) = X86Base.CpuId(7, 0);
        var (eax, _, _, _) = X86Base.CpuId(7, 1);
        return (ecx & (1 << 11)) != 0 || (eax & (1 << 4)) != 0;
    }
}
