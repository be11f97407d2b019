using QuantizeTasks.Metrics;

namespace QuantizeTasks.Tests.Metrics;

[TestClass]
public class MetricDocumentTests
{
    [TestMethod]
    public void Document_NamesEveryMetricAndOption()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"));
        foreach (var name in MetricFactory.Names)
            Assert.Contains($"`{(name.StartsWith("accuracy", StringComparison.Ordinal) ? "accuracy@topK" : name)}`", text);
        foreach (var option in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "QuantizeTasks.Core", "Metrics"), "*.cs", SearchOption.AllDirectories).SelectMany(File.ReadLines)
            .SelectMany(line => System.Text.RegularExpressions.Regex.Matches(line, "parameters\\.(?:Text|Texts|RequiredText|Number|Numbers|PositiveNumber|Integer|OneOf)\\(\"([a-z_]+)\"").Select(m => m.Groups[1].Value)).Distinct())
            Assert.Contains($"`{option}", text, $"the option {option}");
    }
}
