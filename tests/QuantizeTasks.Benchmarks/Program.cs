using System.Globalization;
using BenchmarkDotNet.Running;
using QuantizeTasks.Benchmarks;

// `cases <folder> [name ...]` runs the tool on every case below a folder and prints the table of docs/benchmarks.md;
// `calibration-memory <manifest>` compares the peak memory of calibrating with 100 and with 1,000 samples;
// `presets <folder> [name ...]` compares presets and range estimators there;
// `corrections <folder> [case ...]` prints plain int8 accuracy with each correction on or off, the table of docs/algorithm.md;
// `search <folder> [name ...]` compares the two searches on them;
// `fit-costs <folder> [name ...]` fits the coefficients of the device's cost model to this machine: the `costs` of a device's file;
// `graph [nodes ...]` prepares and places ever longer graphs: a table of docs/benchmarks.md;
// `large [megabytes ...]` quantizes weights of these sizes: another table there;
// `no-op <folder of the repository> <folder of packages> [runs]` measures what the package adds to a build in which nothing changed;
// anything else goes to BenchmarkDotNet.
if (args is ["corrections", var cases, .. var chosen])
    return CorrectionTable.Print(cases, chosen, Console.Out);
if (args is ["operators", .. var models])
    return OperatorTable.Print(models, Console.Out);
if (args is ["latency", .. var compared])
    return LatencyTable.Print(compared, Console.Out);
if (args is ["cases", var folder, .. var names])
    return CaseTable.Print(folder, names, Console.Out);
if (args is ["calibration-memory", var manifest])
    return CalibrationMemory.Print(manifest, Console.Out);
if (args is ["calibrate", var path, var estimator, var count])
    return CalibrationMemory.Run(path, estimator, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture), Console.Out);
if (args is ["presets", var presetCases, .. var presetNames])
    return PresetTable.Print(presetCases, presetNames, Console.Out);
if (args is ["fit-costs", var fitted, .. var several])
    return CostFit.Print(fitted, several, Console.Out);
if (args is ["search", var searched, .. var some])
    return SearchTable.Print(searched, some, Console.Out);
if (args is ["no-op", var repository, var packages, .. var repetitions])
    return NoOpBuild.Print(repository, packages, repetitions is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 10, Console.Out);
if (args is ["large", .. var megabytes])
    return LargeWeights.Print(megabytes.Length == 0 ? [2560] : [.. megabytes.Select(text => int.Parse(text, CultureInfo.InvariantCulture))], Console.Out);
if (args is ["graph", .. var sizes])
{
    LargeGraph.Run(sizes.Length == 0 ? [7_500, 15_000, 30_000] : [.. sizes.Select(text => int.Parse(text, CultureInfo.InvariantCulture))], Console.Out);
    return 0;
}
BenchmarkSwitcher.FromAssembly(typeof(CaseTable).Assembly).Run(args);
return 0;
