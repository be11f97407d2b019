using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Inference;

/// <summary>The ONNX Runtime of this process: found once, described for fingerprints and verdicts.</summary>
/// <remarks>A process has one: the first that is used stays.</remarks>
public static class RuntimeLibrary
{
    private static readonly Lock Gate = new();
    private const string PlainPackage = "Microsoft.ML.OnnxRuntime";
    private static RuntimeSource? s_source;
    private static RuntimeIdentity? s_identity;

    /// <summary>Absolute path of the library that the managed API was told to load; null when it found one by itself.</summary>
    internal static string? LibraryPath { get; private set; }

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
    internal static string ExtensionsPath => Find(RuntimeSource.LibraryName("ortextensions"))
        ?? throw new QuantizeException(DiagnosticCodes.ExtensionsNotFound, $"ONNX Runtime Extensions ({RuntimeSource.LibraryName("ortextensions")}) was not found beside the program. Images cannot be decoded without it; data can be given as `tensors:` instead.");

    /// <summary>Measures with another runtime than the quantizer's own. Before anything is measured.</summary>
    public static void Use(RuntimeSource source)
    {
        lock (Gate)
            s_source = s_identity is null || source == s_source ? source : throw new InvalidOperationException("A runtime is loaded already, and a process has one.");
    }

    /// <summary>A package other than the plain one computes on other processors too, and what they compute is not what was measured; null when there is nothing to say.</summary>
    public static Diagnostic? Warning => s_source is { Package: { } package } && package != PlainPackage
        ? new Diagnostic(DiagnosticCodes.RuntimeFlavour, DiagnosticSeverity.Warning, $"The app's ONNX Runtime is {package}, and the verdict holds for its CPU provider: another provider computes otherwise.")
        : null;

    private static RuntimeIdentity Load()
    {
        var chosen = s_source is { } source ? RuntimeCheck.Require(source) : default;
        if (s_source?.Managed is { } managed && typeof(InferenceSession).Assembly.Location != managed)
            throw new QuantizeException(DiagnosticCodes.RuntimeNotFound, $"The managed API '{managed}' ({s_source.Origin}) was not loaded; '{typeof(InferenceSession).Assembly.Location}' was.");
        var path = s_source?.Native ?? Find(RuntimeSource.LibraryName("onnxruntime"));
        try
        {
            // The managed API names its library without a path; a system-wide one of another version must not win.
            if (path is not null)
            {
                NativeLibrary.SetDllImportResolver(typeof(InferenceSession).Assembly,
                    (name, _, _) => name.Contains("onnxruntime", StringComparison.Ordinal) ? NativeLibrary.Load(path) : 0);
                LibraryPath = path;
            }
        }
        catch (InvalidOperationException) when (s_source is null)
        {
            // The official package registers a resolver of its own, which looks in the same places.
        }
        try
        {
            using var options = new SessionOptions();
            var version = OrtEnv.Instance().GetVersionString();
            if (s_source is not null && version != chosen.Version)
                throw new QuantizeException(DiagnosticCodes.RuntimeNotFound, $"ONNX Runtime {version} was loaded, and not {chosen.Version} ({s_source.Origin}).");
            var package = s_source is null ? PlainPackage : $"{(s_source.Package is { } id ? $"{id} {s_source.PackageVersion}" : PlainPackage)} sha256:{chosen.Digest}";
            return new RuntimeIdentity(package, version, InstructionSet(), RuntimeInformation.RuntimeIdentifier)
            {
                Binaries = RuntimeBinaries.Fingerprint(Find(RuntimeSource.LibraryName("ortextensions"))),
                Origin = s_source is null ? "the quantizer's own" : $"{s_source.Origin}: {path}{(s_source.Managed is { } api ? $" with {api}" : "")}",
            };
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or BadImageFormatException or EntryPointNotFoundException or OnnxRuntimeException)
        {
            throw new QuantizeException(DiagnosticCodes.RuntimeNotFound, $"ONNX Runtime could not be loaded for {RuntimeInformation.RuntimeIdentifier}: {(e.InnerException ?? e).Message}", innerException: e);
        }
    }

    private static string? Find(string file)
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location) is { Length: > 0 } location ? location : AppContext.BaseDirectory;
        string[] candidates = [Path.Combine(folder, file), Path.Combine(folder, "runtimes", RuntimeSource.PortableRuntimeIdentifier, "native", file)];
        return candidates.FirstOrDefault(File.Exists);
    }

    /// <summary>What decides which int8 kernels run. U8S8 saturates on x64 without VNNI (ONNX Runtime's documentation of quantization, "When and why do I need to try U8U8?"), so a verdict holds for one of these.</summary>
    private static string InstructionSet()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        // DOTNET_EnableHWIntrinsic=0 hides the instruction from us and not from the runtime: what is measured so must not be taken for any processor's.
        if (!X86Base.IsSupported)
            return "x64-unknown";
        return InstructionSet(X86Base.CpuId(0, 0).Eax >= 7 ? (X86Base.CpuId(7, 0), X86Base.CpuId(7, 1).Eax) : default);
    }

    /// <summary>
    /// From CPUID leaf 7 and not from what .NET says: its own settings, such as DOTNET_EnableAVX512=0, do not bind ONNX Runtime. AVX2 is bit 5 and AVX512BW bit 30 of EBX, AVX512-VNNI bit 11 of ECX in
    /// sub-leaf 0, AVX-VNNI bit 4 of EAX in sub-leaf 1 (Intel SDM, volume 2A, CPUID).
    /// </summary>
    internal static string InstructionSet(((int Eax, int Ebx, int Ecx, int Edx) First, int SecondEax) leaf7)
    {
        var vector = (leaf7.First.Ebx & (1 << 30)) != 0 ? "avx512" : (leaf7.First.Ebx & (1 << 5)) != 0 ? "avx2" : "sse";
        return (leaf7.First.Ecx & (1 << 11)) != 0 || (leaf7.SecondEax & (1 << 4)) != 0 ? $"x64-{vector}-vnni" : $"x64-{vector}";
    }
}
