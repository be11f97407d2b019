using BenchmarkDotNet.Running;
using QuantizeTasks.Benchmarks;

// `cases <folder> [name ...]` runs the tool on every case below a folder and prints the table of docs/benchmarks.md;
// anything else goes to BenchmarkDotNet.
if (args is ["cases", var folder, .. var names])
    return CaseTable.Print(folder, names, Console.Out);
BenchmarkSwitcher.FromAssembly(typeof(CaseTable).Assembly).Run(args);
return 0;
