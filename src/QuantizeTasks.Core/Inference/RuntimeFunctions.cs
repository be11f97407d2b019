using System.Diagnostics;
using System.Runtime.InteropServices;

namespace QuantizeTasks.Inference;

/// <summary>
/// The functions of ONNX Runtime's C API that its managed API does not offer. They are entries of a table that only grows (onnxruntime_c_api.h, <c>struct OrtApi</c>),
/// so their positions hold for every later version.
/// </summary>
internal static unsafe class RuntimeFunctions
{
    /// <summary>The first version with AddExternalInitializers, of ONNX Runtime 1.12.</summary>
    private const uint ApiVersion = 12;

    private const int GetErrorMessage = 2;
    private const int CreateTensorWithDataAsOrtValue = 49;
    private const int CreateCpuMemoryInfo = 69;
    private const int ReleaseStatus = 93;
    private const int ReleaseMemoryInfo = 94;
    private const int ReleaseValue = 96;
    private const int AddExternalInitializersToOptions = 210;

    /// <summary>onnxruntime_c_api.h, <c>OrtAllocatorType</c> and <c>OrtMemType</c>.</summary>
    private const int ArenaAllocator = 1;

    private const int DefaultMemory = 0;

    private static readonly Lazy<nint> Table = new(FindTable);

    /// <summary>Describes memory of this process; to be released.</summary>
    public static nint DescribeMemory()
    {
        nint info;
        Check(((delegate* unmanaged<int, int, nint*, nint>)Function(CreateCpuMemoryInfo))(ArenaAllocator, DefaultMemory, &info));
        return info;
    }

    public static void ReleaseMemoryDescription(nint info) => ((delegate* unmanaged<nint, void>)Function(ReleaseMemoryInfo))(info);

    /// <summary>A value over memory that stays the caller's; to be released.</summary>
    public static nint CreateValue(nint memoryInfo, void* data, long length, ReadOnlySpan<long> dims, int elementType)
    {
        nint value;
        fixed (long* extents = dims)
            Check(((delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)Function(CreateTensorWithDataAsOrtValue))(memoryInfo, data, (nuint)length, extents, (nuint)dims.Length, elementType, &value));
        return value;
    }

    public static void Release(nint value) => ((delegate* unmanaged<nint, void>)Function(ReleaseValue))(value);

    /// <summary>Gives initializers with external data their values from memory.</summary>
    public static void AddExternalInitializers(nint sessionOptions, ReadOnlySpan<nint> utf8Names, ReadOnlySpan<nint> values)
    {
        fixed (nint* names = utf8Names, handles = values)
            Check(((delegate* unmanaged<nint, nint*, nint*, nuint, nint>)Function(AddExternalInitializersToOptions))(sessionOptions, names, handles, (nuint)values.Length));
    }

    private static nint Function(int position) => ((nint*)Table.Value)[position];

    private static void Check(nint status)
    {
        if (status == 0)
            return;
        var message = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<nint, byte*>)Function(GetErrorMessage))(status));
        ((delegate* unmanaged<nint, void>)Function(ReleaseStatus))(status);
        throw new InvalidOperationException(message);
    }

    /// <summary>In the library that the managed API has loaded, wherever it found it: there must not be two of them in one process.</summary>
    private static nint FindTable()
    {
        _ = RuntimeLibrary.Identity;
        // A plug-in may have brought a library of the same name into the process.
        if (RuntimeLibrary.LibraryPath is { } path)
            return TableOf(NativeLibrary.Load(path)) is not 0 and var known ? known : throw Missing();
        foreach (ProcessModule module in Process.GetCurrentProcess().Modules)
        {
            if (!module.ModuleName.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase)
                || !NativeLibrary.TryLoad(module.FileName, out var library))
                continue;
            if (TableOf(library) is not 0 and var table)
                return table;
        }
        throw Missing();
    }

    private static nint TableOf(nint library) =>
        NativeLibrary.TryGetExport(library, "OrtGetApiBase", out var getBase) ? ((delegate* unmanaged<uint, nint>)((delegate* unmanaged<nint*>)getBase)()[0])(ApiVersion) : 0;

    private static InvalidOperationException Missing() => new($"ONNX Runtime does not offer version {ApiVersion} of its C API.");
}
