using System.Reflection;

namespace QuantizeTasks.Package.Tests.Testing;

/// <summary>What the build of this test project knew.</summary>
internal static class Surroundings
{
    public static string Repository => Value("Repository");

    public static string Configuration => Value("Configuration");

    /// <summary><c>npm</c> or <c>nuget</c>: with another value for packing, what was built would not fit.</summary>
    public static string OnnxRuntimeSource => Value("OnnxRuntimeSource");

    /// <summary>The machine's package folder, so that nothing is downloaded again.</summary>
    public static string PackageFolder => Value("PackageFolder");

    public static string Platform => Value("Platform");

    public static string FakeTool => Value("FakeTool");

    private static string Value(string key) =>
        typeof(Surroundings).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
