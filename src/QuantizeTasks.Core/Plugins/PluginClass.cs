using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Plugins;

/// <summary>A class that a manifest names, found and ready to be created.</summary>
internal sealed class PluginClass
{
    private static readonly ConcurrentDictionary<(string Path, string Sha256, string? References), PluginLoadContext> Contexts = [];

    private readonly PluginSpecification _specification;
    private readonly PluginArguments _arguments;

    private PluginClass(PluginSpecification specification, Type type, PluginLoadContext context)
    {
        (_specification, Context, Name) = (specification, context, type.FullName!);
        var constructors = type.GetConstructors();
        if (constructors.Length != 1)
            throw Unsuitable($"has {(constructors.Length == 0 ? "no public constructor" : $"{constructors.Length} public constructors")}; a plug-in has one, whose parameters are the manifest's `params`");
        _arguments = new PluginArguments(constructors[0], specification, Name);
    }

    /// <summary>The class's full name.</summary>
    public string Name { get; }

    public PluginLoadContext Context { get; }

    /// <summary>Everything that decides what the class computes: the contents of its assembly and of those that come with it, its parameters, the contents of the files that they name.</summary>
    public string Identity => string.Join("; ", ["plug-in/1", Name, .. Context.Versions, .. _arguments.Identity]);

    /// <summary>What a build has to look at: the assembly and what comes with it, and the paths among the parameters.</summary>
    public IEnumerable<string> Files => Context.Files.Select(f => f.Path).Concat(_arguments.Paths.Select(p => Directory.Exists(p) ? Path.Combine(p, "**", "*") : p));

    /// <summary>Finds the class; nothing of it is run yet.</summary>
    /// <typeparam name="T">The interface that it must implement.</typeparam>
    /// <exception cref="QuantizeException">There is no such class or several, or it cannot be a plug-in of this kind, or its parameters do not fit.</exception>
    public static PluginClass Find<T>(PluginSpecification specification)
    {
        var contexts = specification.Assemblies.All.Select(a => ContextOf(a, specification)).ToArray();
        var wanted = specification.Type.Value;
        var found = contexts.SelectMany(c => c.Main.Types.Where(t => t == wanted || SimpleName(t) == wanted).Select(t => (Context: c, Type: t))).ToArray();
        if (found.Length > 1 && found.Where(f => f.Type == wanted).ToArray() is [var exact])
            found = [exact];
        if (found.Length != 1)
            throw new QuantizeException(DiagnosticCodes.PluginClassNotFound, found.Length > 1
                ? $"The class '{wanted}' is there {found.Length} times: {string.Join(", ", found.Select(f => $"{f.Type} in {Path.GetFileName(f.Context.Main.Path)}"))}. Write it with its namespace, or name only one of the assemblies under `plugins`."
                : $"There is no class '{wanted}' in {string.Join(", ", contexts.Select(c => Path.GetFileName(c.Main.Path)))}.{DidYouMean.Hint(wanted, contexts.SelectMany(c => c.Main.Types).SelectMany(t => new[] { t, SimpleName(t) }))}", specification.Type.Position);
        var type = Load(found[0].Context, found[0].Type, specification);
        var what = type.IsInterface ? "is an interface" : type.IsAbstract ? "is abstract or static" : type.ContainsGenericParameters ? "has type parameters"
            : typeof(T).IsAssignableFrom(type) ? null
            : type.GetInterfaces().Any(i => i.FullName == typeof(T).FullName) ? $"implements another {typeof(T).FullName}, of {type.GetInterface(typeof(T).FullName!)!.Assembly.GetName()}, than that of the package {typeof(T).Assembly.GetName().Name}"
            : $"does not implement {typeof(T).FullName}, which is needed here";
        return what is null ? new PluginClass(specification, type, found[0].Context)
            : throw new QuantizeException(DiagnosticCodes.PluginUnsuitable, $"The class {type.FullName} {what}.", specification.Type.Position);
    }

    /// <summary>Runs the constructor.</summary>
    /// <exception cref="QuantizeException">It failed.</exception>
    public T Create<T>(out PluginCalls calls)
    {
        calls = new PluginCalls(Name, Context, _specification.Type.Position);
        return calls.Run("The constructor", () => (T)_arguments.Invoke());
    }

    private static PluginLoadContext ContextOf(PluginAssembly assembly, PluginSpecification specification)
    {
        if (assembly.Path is null)
            throw new QuantizeException(DiagnosticCodes.PluginNotFound,
                $"'{specification.Type.Value}' is looked for in the project that is built, and this is no build of a project. Say with --plugins which assembly that would be, or name it under `plugins` instead of the word '{PluginAssembly.Project}'.", assembly.Position);
        var file = PluginFile.Read(assembly.Path, assembly.Position);
        return Contexts.GetOrAdd((file.Path, file.Sha256, assembly.ReferencesFile), _ => new PluginLoadContext(assembly));
    }

    private static Type Load(PluginLoadContext context, string name, PluginSpecification specification)
    {
        try
        {
            var type = context.Assembly.GetType(name, throwOnError: true)!;
            _ = (type.GetInterfaces(), type.GetConstructors().Select(c => c.GetParameters()).ToArray());
            return type;
        }
        catch (Exception e) when (e is TypeLoadException or IOException or BadImageFormatException or ReflectionTypeLoadException)
        {
            throw new QuantizeException(DiagnosticCodes.PluginUnsuitable, $"The class {name} of '{context.Main.Path}' cannot be loaded: {e.Message}", specification.Type.Position, e);
        }
    }

    private QuantizeException Unsuitable(string what) => new(DiagnosticCodes.PluginUnsuitable, $"The class {Name} {what}.", _specification.Type.Position);

    private static string SimpleName(string fullName) => fullName[(fullName.LastIndexOfAny(['.', '+']) + 1)..];
}
