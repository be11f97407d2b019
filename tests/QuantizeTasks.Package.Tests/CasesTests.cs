using System.Reflection;
using System.Text.RegularExpressions;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>The list of kinds of builds names tests that exist.</summary>
[TestClass]
public partial class CasesTests
{
    [TestMethod]
    public void Cases_EachOfTheList_HasATest()
    {
        var rows = File.ReadAllLines(Path.Combine(Surroundings.Repository, "tests/QuantizeTasks.Package.Tests/README.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToArray();

        Assert.IsGreaterThan(30, rows.Length);
        foreach (var row in rows)
        {
            var names = TestName().Matches(row);
            Assert.IsNotEmpty(names, row);
            foreach (Match name in names)
                Assert.IsNotNull(typeof(CasesTests).Assembly.GetType($"QuantizeTasks.Package.Tests.{name.Groups[1].Value}")?.GetMethod(name.Groups[2].Value)?.GetCustomAttribute<TestMethodAttribute>(), name.Value);
        }
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
