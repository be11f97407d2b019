using Microsoft.Build.Framework;

namespace QuantizeTasks.MSBuild.Tests;

/// <summary>What holds for every task of the package.</summary>
[TestClass]
public class TaskTests
{
    private static readonly Type[] Tasks = [.. typeof(RunQuantization).Assembly.GetExportedTypes().Where(type => !type.IsAbstract && typeof(ITask).IsAssignableFrom(type))];

    [TestMethod]
    public void Tasks_AllOfThem_SayThatTheyMayRunInAMultithreadedBuild()
    {
        Assert.IsGreaterThan(3, Tasks.Length);
        foreach (var task in Tasks)
            Assert.Contains("Microsoft.Build.Framework.MSBuildMultiThreadableTaskAttribute", task.GetCustomAttributes(inherit: false).Select(attribute => attribute.GetType().FullName), task.Name);
    }

    [TestMethod]
    public void Tasks_AllOfThem_AreDeclaredInTheTargets()
    {
        var targets = string.Concat(Directory.GetFiles(Path.Combine(ReadmeTests.Folder, "build")).Select(File.ReadAllText));

        foreach (var task in Tasks)
            Assert.Contains($"TaskName=\"QuantizeTasks.{task.Name}\"", targets);
    }
}
