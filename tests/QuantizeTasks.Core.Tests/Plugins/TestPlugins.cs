using System.Collections.Immutable;
using System.Reflection;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Plugins;

namespace QuantizeTasks.Tests.Plugins;

/// <summary>The assembly of plug-ins that tests load, and manifests that name classes in it.</summary>
internal static class TestPlugins
{
    public static string Library { get; } = typeof(TestPlugins).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "TestPlugins").Value!;

    public static SourcePosition At { get; } = new(System.IO.Path.Combine(System.IO.Path.GetTempPath(), "quantize.yaml"), 4, 11);

    public static SourcePosition AtParameter { get; } = new(At.File, 5, 20);

    public static PluginSpecification Specification(string type, params (string Name, object Value)[] parameters) =>
        new(new(type, At), parameters.ToImmutableSortedDictionary(p => p.Name, p => new Located<object>(p.Value, AtParameter), StringComparer.Ordinal), Assemblies(Library));

    public static PluginAssemblies Assemblies(params string?[] paths) => new(System.IO.Path.GetDirectoryName(At.File)!, [.. paths.Select(p => new PluginAssembly(p, null, At))]);

    public static MetricSpecification MetricEntry(string type, params (string Name, object Value)[] parameters) =>
        new(new($"my {type}", At), null, ImmutableSortedDictionary<string, Located<object>>.Empty) { Plugin = Specification(type, parameters) };

    public static IMetric Metric(string type, params (string Name, object Value)[] parameters) => MetricFactory.Create(MetricEntry(type, parameters));

    public static PluginSourceSpecification Source(string type, params (string Name, object Value)[] parameters) => new(At, Specification(type, parameters));

    public static IDataLoader Loader(string type, params (string Name, object Value)[] parameters) => DataSource.Open(Source(type, parameters));

    public static MetricInput Input(string sample = "s", params float[] scores) =>
        new(new Dictionary<string, Tensor> { ["y"] = Tensor.Create(scores.Length == 0 ? [1f] : scores, 1, Math.Max(1, scores.Length)) }, "y", Tensor.Create([1f]), null, sample);

    public static Diagnostic Fails(string code, Action action)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(action).Diagnostics.Single();
        Assert.AreEqual(code, error.Code, error.Message);
        return error;
    }
}
