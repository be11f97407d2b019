using System.Text.RegularExpressions;

namespace QuantizeTasks.Tests;

/// <summary>The lines of the documentation for jobs that share no folder, as a CI system runs them: two jobs a round, which have nothing but what the round before exported.</summary>
[TestClass]
public sealed partial class DocumentedJobsTests
{
    private const int Jobs = 2;

    [TestMethod]
    public void ToolDocument_LinesForJobsWithoutASharedFolder_HandTheirWorkOn()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("NOT TESTED: the lines are for a shell that Windows does not have.");
        var folder = Directory.CreateTempSubdirectory("jobs-").FullName;
        try
        {
            var lines = Lines().Match(File.ReadAllText(Path.Combine(Repository.Root, "docs/tool.md")).ReplaceLineEndings("\n")).Groups["lines"].Value.Trim().Split('\n');
            Assert.HasCount(3, lines);
            Assert.Contains(" --merge round1/*.qtzcache ", lines[0]);
            Round("1", lines[0].Replace(" --merge round1/*.qtzcache ", " "), lines[1], Path.Combine(folder, "round1"));
            Round("2", lines[0], lines[1], Path.Combine(folder, "last", "shards"));

            SlurmTests.Manifest(Path.Combine(folder, "last", "quantize.yaml"), samples: 40);
            var (exitCode, text) = DocumentedLines.Run(lines[2], Path.Combine(folder, "last"), ("QUANTIZE_CACHE_DIRECTORY", Path.Combine(folder, "last", "cache")));
            Assert.AreEqual(4, exitCode, text);
            StringAssert.Contains(text, "error QTZ2001");
            Assert.DoesNotContain("were evaluated by no shard", text, "the float and the int8 model came from the first round");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Round(string name, string evaluate, string export, string to)
        {
            Directory.CreateDirectory(to);
            for (var job = 1; job <= Jobs; job++)
            {
                var own = Directory.CreateDirectory(Path.Combine(folder, $"{name}-{job}")).FullName;
                SlurmTests.Manifest(Path.Combine(own, "quantize.yaml"), samples: 40);
                if (Directory.Exists(Path.Combine(folder, "round1")))
                    Directory.CreateSymbolicLink(Path.Combine(own, "round1"), Path.Combine(folder, "round1"));
                var (exitCode, text) = DocumentedLines.Run($"set -e\n{evaluate}\n{export}", own, ("CI_NODE_INDEX", $"{job}"), ("CI_NODE_TOTAL", $"{Jobs}"));
                Assert.AreEqual(0, exitCode, text);
                StringAssert.Contains(text, $"Shard {job}/{Jobs}: ");
                File.Move(Path.Combine(own, $"shard-{job}.qtzcache"), Path.Combine(to, $"shard-{job}.qtzcache"));
            }
        }
    }

    [GeneratedRegex(@"```sh\n(?<lines>(?:(?!```).)*CI_NODE_INDEX.*?)```", RegexOptions.Singleline)]
    private static partial Regex Lines();
}
