using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>A class of the user's own, to be created with these parameters.</summary>
/// <param name="Type">Its name, with or without the namespace.</param>
/// <param name="Parameters">By their names in the manifest, unconverted.</param>
/// <param name="Assemblies">Where to look for it.</param>
public sealed record PluginSpecification(Located<string> Type, ImmutableSortedDictionary<string, Located<object>> Parameters, PluginAssemblies Assemblies);

/// <summary>The manifest's <c>plugins</c>.</summary>
/// <param name="Folder">The folder that paths among a plug-in's parameters are relative to.</param>
/// <param name="All">In the written order; none when the manifest has no <c>plugins</c>.</param>
public sealed record PluginAssemblies(string Folder, ImmutableArray<PluginAssembly> All);

/// <summary>An assembly with plug-ins.</summary>
/// <param name="Path">Absolute; null for the project's own where nobody says which that is.</param>
/// <param name="ReferencesFile">A text file with the absolute path of an assembly that it needs a line; null: they are found as the program itself finds them.</param>
/// <param name="Position">Where the manifest names it.</param>
public sealed record PluginAssembly(string? Path, string? ReferencesFile, SourcePosition Position)
{
    /// <summary>What stands in a manifest for the assembly of the project that is built.</summary>
    public const string Project = "project";
}

/// <summary>What the word <c>project</c> under <c>plugins</c> stands for.</summary>
/// <param name="Path">Absolute path of the assembly.</param>
/// <param name="ReferencesFile">As in <see cref="PluginAssembly"/>.</param>
public sealed record ProjectAssembly(string Path, string? ReferencesFile = null);
