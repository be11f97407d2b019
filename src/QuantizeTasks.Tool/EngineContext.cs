using System.Reflection;
using System.Runtime.Loader;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Tool;

/// <summary>
/// The whole tool once more, with the managed API of the app's ONNX Runtime in the place of its own: which assembly a program gets under a name is decided when it starts, and this is the
/// place where it can be decided otherwise.
/// </summary>
internal sealed class EngineContext : AssemblyLoadContext
{
    private const string Api = "Microsoft.ML.OnnxRuntime";

    private readonly string _api;
    private readonly string _folder;

    private EngineContext(string api)
        : base("engine") => (_api, _folder) = (api, Path.GetDirectoryName(typeof(EngineContext).Assembly.Location)!);

    /// <summary>Runs the tool with the managed API of a source; null when it has none of its own, or one that the tool cannot work with, which it then says itself.</summary>
    public static int? Run(RuntimeSource? source, string[] arguments)
    {
        // In the context itself this very type is another one, so only the default context tells whether it is the first time.
        if (source?.Managed is not { } api || GetLoadContext(typeof(EngineContext).Assembly) != Default || ManagedApi.Missing(api).Count > 0)
            return null;
        var tool = new EngineContext(api).LoadFromAssemblyPath(typeof(EngineContext).Assembly.Location);
        var start = tool.GetType(typeof(Startup).FullName!)!.GetMethod(nameof(Startup.Run), BindingFlags.Public | BindingFlags.Static)!;
        return start.CreateDelegate<Func<string[], int>>()(arguments);
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = assemblyName.Name == Api ? _api : Path.Combine(_folder, $"{assemblyName.Name}.dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
