using System.Runtime.InteropServices;
using System.Security.Cryptography;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Inference;

/// <summary>What must hold of an ONNX Runtime before anything is measured with it. The library is asked by its absolute path: one of the same name may lie in the system's folders.</summary>
internal static unsafe class RuntimeCheck
{
    /// <summary>
    /// The managed API has what is used here since 1.16 (OrtValue; onnxruntime's release notes). It asks a library for version 14 of the C API, which every library since then offers.
    /// </summary>
    public static readonly Version Oldest = new(1, 16);

    private const string WayOut = "Set the property QuantizeOnnxRuntimePath (or --onnxruntime-path) to another one, or to 'bundled' to measure with the quantizer's own.";

    /// <summary>The version of a source's library and what tells its file from others.</summary>
    /// <exception cref="QuantizeException">It is missing, not for this machine, no ONNX Runtime, or too old.</exception>
    public static (string Version, string Digest) Require(RuntimeSource source)
    {
        if (source.Native is not { } path)
            throw Error(DiagnosticCodes.RuntimeNotForMachine, $"{source.Origin} has no library for {RuntimeSource.PortableRuntimeIdentifier}, the machine that measures. {source.Available}.");
        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw Error(DiagnosticCodes.RuntimeNotForMachine, $"'{path}' ({source.Origin}) cannot be loaded on {RuntimeSource.PortableRuntimeIdentifier}: {Reason(e.Message)}.", e);
        }
        if (!NativeLibrary.TryGetExport(library, "OrtGetApiBase", out var getBase))
            throw Error(DiagnosticCodes.RuntimeNotForMachine, $"'{path}' ({source.Origin}) is no ONNX Runtime: it does not export OrtGetApiBase.");
        var version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)((delegate* unmanaged<nint*>)getBase)()[1])()) ?? "";
        RequireVersion(version, source);
        if (source.Managed is { } managed && ManagedApi.Missing(managed) is { Count: > 0 } missing)
            throw Error(DiagnosticCodes.RuntimeTooOld, $"The managed API '{managed}' ({source.Origin}) lacks what the quantizer uses: {string.Join(", ", missing.Take(3))}{(missing.Count > 3 ? $" and {missing.Count - 3} more" : "")}. It is older than {Oldest}.0, or not ONNX Runtime's.");
        using var file = File.OpenRead(path);
        return (version, Convert.ToHexStringLower(SHA256.HashData(file))[..16]);
    }

    /// <exception cref="QuantizeException">It is older than what is used here.</exception>
    public static void RequireVersion(string version, RuntimeSource source)
    {
        // Nightly versions have a suffix: 1.23.0-dev-20250101.
        if (!Version.TryParse(version.Split('-', '+')[0], out var parsed) || parsed < Oldest)
            throw Error(DiagnosticCodes.RuntimeTooOld, $"ONNX Runtime '{version}' ({source.Origin}) is too old; {Oldest}.0 is the oldest that the quantizer can measure with. Update it.");
    }

    private static QuantizeException Error(string code, string message, Exception? inner = null) => new(code, $"{message} {WayOut}", innerException: inner);

    /// <summary>What the system's loader said is on the last line; before it stands advice on how to trace a process.</summary>
    private static string Reason(string text) => text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1].TrimEnd('.');
}
