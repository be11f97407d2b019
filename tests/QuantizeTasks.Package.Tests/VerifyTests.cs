using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>QuantizedModel.Verify in test projects of three frameworks, run with `dotnet test`.</summary>
[TestClass]
public sealed class VerifyTests
{
    private const string Sdk = """<PackageReference Include="Microsoft.NET.Test.Sdk" Version="18.11.0" />""";

    [TestMethod]
    [DataRow("MSTest", "TestClass", "TestMethod", "using Microsoft.VisualStudio.TestTools.UnitTesting;", """<PackageReference Include="MSTest.TestFramework" Version="4.5.2" /><PackageReference Include="MSTest.TestAdapter" Version="4.5.2" />""")]
    [DataRow("xUnit", "Xunit.Collection(\"all\")", "Xunit.Fact", "", """<PackageReference Include="xunit" Version="2.9.3" /><PackageReference Include="xunit.runner.visualstudio" Version="2.8.2" />""")]
    [DataRow("NUnit", "NUnit.Framework.TestFixture", "NUnit.Framework.Test", "", """<PackageReference Include="NUnit" Version="5.0.0" /><PackageReference Include="NUnit3TestAdapter" Version="6.3.1" />""")]
    public void Verify_InATestProject_PassesWithinTheBudgetAndFailsWithTheBuildsWords(string framework, string classAttribute, string attribute, string usings, string packages)
    {
        var project = new TestProject(framework);
        TinyNetwork.Write(project.Root);
        project.Write("wide.yaml", TinyNetwork.Manifest("0.5"));
        project.Write("narrow.yaml", TinyNetwork.Manifest("0.00001"));
        project.Write("none.yaml", TinyNetwork.Manifest("0.5").Replace("maximal_drop: 0.5", "preset: performance", StringComparison.Ordinal));
        project.Write("App.Tests/App.Tests.csproj", TestProject.Csproj($"""<PackageReference Include="QuantizeTasks.Testing" Version="{Packages.Version}" />{Sdk}{packages}""",
            "<Nullable>enable</Nullable><NoWarn>$(NoWarn);NU1603;NU1608</NoWarn><IsPackable>false</IsPackable>", "<TargetFramework>net10.0</TargetFramework>"));
        project.Write("App.Tests/Tests.cs", $$"""
            {{usings}}
            using System;
            using QuantizeTasks.Testing;
            [{{classAttribute}}]
            public class Tests
            {
                private static readonly VerificationOptions Options = new() { CacheDirectory = @"{{project["cache"]}}" };

                [{{attribute}}] public void Wide() => QuantizedModel.Verify("wide.yaml", Options);

                [{{attribute}}] public void Narrow() => QuantizedModel.Verify("narrow.yaml", Options);

                [{{attribute}}] public void NoBudget() => QuantizedModel.Verify("none.yaml", Options);

                [{{attribute}}] public void Missing() => QuantizedModel.Verify("missing.yaml", Options);

                [{{attribute}}] public void Figures()
                {
                    var metric = QuantizedModel.Measure("narrow.yaml", Options).Metrics[0];
                    if (metric.Name != "mae" || metric.Samples != {{TinyNetwork.Samples}} || metric.Budget != 0.00001 || !(metric.Drop > metric.Budget) || Math.Abs(metric.Quantized - metric.Baseline - metric.Drop) > 1e-12)
                        throw new Exception($"{metric.Name} {metric.Samples} {metric.Baseline} {metric.Quantized} {metric.Drop} {metric.Budget}");
                }
            }
            """);
        if (framework != "MSTest" && DotNet.Run(project["App.Tests"], "restore", "-nologo") is { ExitCode: not 0 } restored)
            Assert.Inconclusive($"NOT TESTED: the packages of {framework} cannot be had here. {restored.Output}");

        var result = DotNet.Run(project["App.Tests"], "test", "-nologo", "-nr:false", "--logger", "console;verbosity=detailed");

        Assert.AreEqual(1, result.ExitCode, result.Output);
        foreach (var (test, passes) in new[] { ("Wide", true), ("Figures", true), ("Narrow", false), ("NoBudget", false), ("Missing", false) })
            StringAssert.Matches(result.Output, new System.Text.RegularExpressions.Regex($@"{(passes ? "Passed" : "Failed")} (Tests\.)?{test} \["), result.Output);
        Assert.Contains("error QTZ2001", result.Output);
        Assert.Contains("The manifest states no budget", result.Output);
        Assert.Contains("There is no manifest 'missing.yaml'", result.Output);
        Assert.IsFalse(File.Exists(project["quantize.lock.json"]) || File.Exists(project["wide.lock.json"]), "a test writes nothing beside the sources");
    }
}
