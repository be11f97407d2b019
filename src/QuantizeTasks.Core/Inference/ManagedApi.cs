using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace QuantizeTasks.Inference;

/// <summary>Whether another version of the managed API has all that this assembly was compiled against. Read from both files; nothing is loaded.</summary>
public static class ManagedApi
{
    private const string Name = "Microsoft.ML.OnnxRuntime";

    /// <summary>Types and members that are used here and not there, such as <c>InferenceSession.Run(4)</c> for one with four parameters; in ordinal order.</summary>
    public static IReadOnlyList<string> Missing(string path) => Missing(path, typeof(ManagedApi).Assembly.Location);

    /// <summary>The same for any assembly that uses it.</summary>
    /// <param name="path">The managed API.</param>
    /// <param name="user">The assembly that uses it.</param>
    public static IReadOnlyList<string> Missing(string path, string user)
    {
        try
        {
            using var used = new PEReader(File.OpenRead(user));
            using var offered = new PEReader(File.OpenRead(path));
            var there = Offered(offered.GetMetadataReader());
            return [.. Used(used.GetMetadataReader()).Where(u => !there.Contains(u)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is BadImageFormatException or InvalidOperationException or IOException)
        {
            return [$"it cannot be read ({e.Message.TrimEnd('.')})"];
        }
    }

    private static HashSet<string> Offered(MetadataReader metadata)
    {
        var offered = new HashSet<string>(StringComparer.Ordinal);
        foreach (var handle in metadata.TypeDefinitions)
        {
            var type = metadata.GetTypeDefinition(handle);
            var name = metadata.GetString(type.Name);
            offered.Add(name);
            foreach (var method in type.GetMethods().Select(metadata.GetMethodDefinition))
                offered.Add($"{name}.{metadata.GetString(method.Name)}({Parameters(metadata.GetBlobReader(method.Signature))})");
            foreach (var field in type.GetFields().Select(metadata.GetFieldDefinition))
                offered.Add($"{name}.{metadata.GetString(field.Name)}");
        }
        return offered;
    }

    private static IEnumerable<string> Used(MetadataReader metadata)
    {
        foreach (var type in metadata.TypeReferences.Select(metadata.GetTypeReference).Where(t => IsOurs(metadata, t)))
            yield return metadata.GetString(type.Name);
        foreach (var member in metadata.MemberReferences.Select(metadata.GetMemberReference))
            if (TypeOf(metadata, member.Parent) is { } type && IsOurs(metadata, type))
                yield return member.GetKind() == MemberReferenceKind.Method
                    ? $"{metadata.GetString(type.Name)}.{metadata.GetString(member.Name)}({Parameters(metadata.GetBlobReader(member.Signature))})"
                    : $"{metadata.GetString(type.Name)}.{metadata.GetString(member.Name)}";
    }

    private static bool IsOurs(MetadataReader metadata, TypeReference type) =>
        type.ResolutionScope.Kind == HandleKind.AssemblyReference && metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == Name;

    private static TypeReference? TypeOf(MetadataReader metadata, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeReference)
            return metadata.GetTypeReference((TypeReferenceHandle)parent);
        if (parent.Kind != HandleKind.TypeSpecification)
            return null;
        // A generic type with its arguments: GENERICINST, CLASS or VALUETYPE, the type (ECMA-335, II.23.2.14).
        var signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            return null;
        signature.ReadByte();
        var generic = signature.ReadTypeHandle();
        return generic.Kind == HandleKind.TypeReference ? metadata.GetTypeReference((TypeReferenceHandle)generic) : null;
    }

    /// <summary>How many parameters a method has: header, number of type parameters if it has any, number of parameters (ECMA-335, II.23.2.1).</summary>
    private static int Parameters(BlobReader signature)
    {
        if (signature.ReadSignatureHeader().IsGeneric)
            signature.ReadCompressedInteger();
        return signature.ReadCompressedInteger();
    }
}
