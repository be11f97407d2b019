using System.Reflection;

namespace QuantizeTasks;

/// <summary>The version of this program. Part of every key in the store: what another version computed is not believed.</summary>
internal static class ToolVersion
{
    /// <summary>
    /// The version with the commit, where the build knows it, and the compiled module's identity, which in a deterministic build follows from the code:
    /// so a change of the code alone is another version too, also of the abstractions.
    /// </summary>
    public static string Current { get; } = $"{Informational} {typeof(ToolVersion).Module.ModuleVersionId} {typeof(IMetric).Module.ModuleVersionId}";

    public static string Informational =>
        typeof(ToolVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? typeof(ToolVersion).Assembly.GetName().Version!.ToString();
}
