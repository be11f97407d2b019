using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Plugins;

/// <summary>
/// A plug-in's assembly and the dependencies that it comes with, apart from the quantizer's own: both may use one library in different versions. Only the framework and
/// <c>QuantizeTasks.Abstractions</c> are shared. Files are read and not mapped, so a build may replace them meanwhile.
/// </summary>
internal sealed class PluginLoadContext : AssemblyLoadContext
{
    private static readonly Assembly Shared = typeof(IMetric).Assembly;
    private static readonly string OwnFolder = Path.GetDirectoryName(typeof(PluginLoadContext).Assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;

    private readonly AssemblyDependencyResolver? _resolver;
    private readonly Lazy<Assembly> _assembly;
    private readonly ImmutableDictionary<string, string> _listed = ImmutableDictionary<string, string>.Empty;

    /// <exception cref="QuantizeException">The file is missing or no assembly, or it was compiled against a later version of the abstractions.</exception>
    public PluginLoadContext(PluginAssembly plugin)
        : base($"plug-in {plugin.Path}")
    {
        Main = PluginFile.Read(plugin.Path!, plugin.Position);
        _assembly = new(() => FromFile(Main.Path));
        if (Main.References.FirstOrDefault(r => r.Name == Shared.GetName().Name) is { } compiledAgainst && compiledAgainst.Version > Shared.GetName().Version)
            throw new QuantizeException(DiagnosticCodes.PluginNotFound,
                $"'{plugin.Path}' was compiled against {Shared.GetName().Name} {compiledAgainst.Version}, and this quantizer has {Shared.GetName().Version}. Use the same version of both packages.", plugin.Position);
        if (plugin.ReferencesFile is { } list)
            _listed = ReadList(list, plugin.Position);
        else
            _resolver = new AssemblyDependencyResolver(plugin.Path!);
        Files = [.. Closure(plugin.Position).OrderBy(f => Path.GetFileName(f.Path), StringComparer.Ordinal)];
    }

    /// <summary>The plug-in's own file.</summary>
    public PluginFile Main { get; }

    /// <summary>The plug-in's file and that of every assembly that comes with it, by their names.</summary>
    public ImmutableArray<PluginFile> Files { get; }

    /// <summary>Name and SHA-256 of each.</summary>
    public IEnumerable<string> Versions => Files.Select(f => $"{Path.GetFileNameWithoutExtension(f.Path)} {f.Sha256}");

    /// <summary>The plug-in's own assembly, loaded when first asked for.</summary>
    public Assembly Assembly => _assembly.Value;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == Shared.GetName().Name)
            return Shared;
        if (Find(assemblyName) is { } path)
            return path == Main.Path ? Assembly : FromFile(path);
        // The default context would lend the quantizer's own libraries, of whatever version.
        return File.Exists(Path.Combine(OwnFolder, $"{assemblyName.Name}.dll")) ? throw new FileNotFoundException($"'{assemblyName.Name}' does not lie beside the plug-in, and the quantizer's own is not lent.") : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        var path = _resolver?.ResolveUnmanagedDllToPath(unmanagedDllName)
            ?? new[] { unmanagedDllName, $"{unmanagedDllName}.dll", $"lib{unmanagedDllName}.so", $"lib{unmanagedDllName}.dylib", $"{unmanagedDllName}.so", $"{unmanagedDllName}.dylib" }
                .Select(name => _listed.GetValueOrDefault(name)).FirstOrDefault(p => p is not null);
        return path is null ? 0 : NativeLibrary.Load(path);
    }

    private Assembly FromFile(string path)
    {
        using var assembly = new MemoryStream(File.ReadAllBytes(path));
        var symbols = Path.ChangeExtension(path, ".pdb");
        if (!File.Exists(symbols))
            return LoadFromStream(assembly);
        using var lines = new MemoryStream(File.ReadAllBytes(symbols));
        return LoadFromStream(assembly, lines);
    }

    private string? Find(AssemblyName name) => _resolver?.ResolveAssemblyToPath(name) ?? _listed.GetValueOrDefault($"{name.Name}.dll");

    private List<PluginFile> Closure(SourcePosition position)
    {
        var files = new List<PluginFile> { Main };
        var seen = new HashSet<string>(StringComparer.Ordinal) { Path.GetFileNameWithoutExtension(Main.Path), Shared.GetName().Name! };
        for (var i = 0; i < files.Count; i++)
            foreach (var reference in files[i].References)
                if (seen.Add(reference.Name!) && Find(reference) is { } path)
                    files.Add(PluginFile.Read(path, position));
        return files;
    }

    private static ImmutableDictionary<string, string> ReadList(string list, SourcePosition position)
    {
        try
        {
            return File.ReadAllLines(list).Where(line => line.Length > 0).GroupBy(l => Path.GetFileName(l), StringComparer.OrdinalIgnoreCase)
                .ToImmutableDictionary(g => g.Key, g => g.First(), StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.PluginNotFound, $"The list of what the plug-in needs cannot be read: {e.Message}", position, e);
        }
    }
}
