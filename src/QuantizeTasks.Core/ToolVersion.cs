using System.Reflection;

namespace QuantizeTasks;

/// <summary>The version of this program. Part of every key in the store: what another version computed is not believed.</summary>
internal static class ToolVersion
{
    /// <summary>With the commit, where the build knows it.</summary>
    public static string Current { get; } =
        typeof(ToolVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? typeof(ToolVersion).Assembly.GetName().Version!.ToString();
}
