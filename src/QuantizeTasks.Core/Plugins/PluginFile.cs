using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Plugins;

/// <summary>What an assembly file says of itself, read without loading it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">Of the file. A module version id would not do: tools that rewrite an assembly after it was compiled may leave it as it was.</param>
/// <param name="Types">Full names of its classes, <c>Outer+Inner</c> for nested ones.</param>
/// <param name="References">The assemblies that it was compiled against.</param>
internal sealed record PluginFile(string Path, string Sha256, ImmutableArray<string> Types, ImmutableArray<AssemblyName> References)
{
    /// <exception cref="QuantizeException">The file is missing or no .NET assembly.</exception>
    public static PluginFile Read(string path, SourcePosition position)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            using var file = new PEReader([.. bytes]);
            if (!file.HasMetadata)
                throw new QuantizeException(DiagnosticCodes.PluginNotFound, $"'{path}' is no .NET assembly.", position);
            var metadata = file.GetMetadataReader();
            return new PluginFile(path, Convert.ToHexStringLower(SHA256.HashData(bytes)),
                [.. metadata.TypeDefinitions.Select(h => Name(metadata, h)).Where(n => !n.Contains('<', StringComparison.Ordinal))],
                [.. metadata.AssemblyReferences.Select(h => metadata.GetAssemblyReference(h).GetAssemblyName())]);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new QuantizeException(DiagnosticCodes.PluginNotFound, $"There is no assembly '{path}'. Build the project that it comes from first.", position, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            throw new QuantizeException(DiagnosticCodes.PluginNotFound, $"'{path}' cannot be read as a .NET assembly: {e.Message}", position, e);
        }
    }

    private static string Name(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        var name = metadata.GetString(type.Name);
        var outer = type.GetDeclaringType();
        return !outer.IsNil ? $"{Name(metadata, outer)}+{name}" : type.Namespace.IsNil ? name : $"{metadata.GetString(type.Namespace)}.{name}";
    }
}
