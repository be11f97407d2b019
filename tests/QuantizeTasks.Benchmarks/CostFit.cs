using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Runs;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Benchmarks;

/// <summary>
/// Fits the coefficients of a device's cost model to this machine: the networks of the cases run in float and with everything in int8, in turn, under the runtime's profiler. An operator's cost is
/// linear in the coefficients, so that the cost model itself, run with one coefficient at a time set to 1, gives the amounts; coefficients of at least 0 that err least, each operator's error as a
/// share of its time, follow by least squares. Recurrent operators, which no case has, are measured in networks of their own: the name <c>recurrent</c>.
/// </summary>
internal static class CostFit
{
    private static readonly TimeSpan ProfileTime = TimeSpan.FromSeconds(6);

    public static int Print(string folder, string[] names, TextWriter output)
    {
        var equations = new List<CostEquation>();
        CostTable? shipped = null;
        foreach (var path in Directory.EnumerateFiles(folder, "quantize.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(path => names.Length == 0 || names.Any(name => path.Contains(name, StringComparison.Ordinal))))
        {
            var manifest = ManifestReader.Read(path);
            shipped = DeviceCatalogue.Find(manifest.Compression.TargetDevice).Costs;
            if (shipped is null)
                throw new QuantizeException(DiagnosticCodes.UnknownName, $"The device '{manifest.Compression.TargetDevice.Value}' has no costs to fit.", manifest.Compression.TargetDevice.Position);
            foreach (var preference in (Preference[])[Preference.Size, Preference.Speed])
                equations.AddRange(Measure(manifest, preference));
            Console.Error.WriteLine($"{path}: {equations.Count} equations until now");
        }
        RecurrentCosts[] recurrent = names.Length == 0 || names.Contains("recurrent", StringComparer.Ordinal) ? [.. RecurrentNetwork.All.Select(RecurrentCosts.Measure)] : [];
        if (recurrent.Length > 0)
            shipped ??= DeviceCatalogue.Find(RecurrentCosts.Device).Costs;
        if (shipped is null)
            return 1;
        Print([.. equations, .. recurrent.SelectMany(r => r.Equations)], shipped, output);
        if (recurrent.Length > 0)
            RecurrentCosts.Print(recurrent, shipped, output);
        return 0;
    }

    private static IEnumerable<CostEquation> Measure(QuantizationManifest manifest, Preference preference)
    {
        // One sample is enough: ranges hardly matter for time. What is only stored in int8 is computed in float and tells nothing.
        var settings = manifest.Compression with
        {
            Prefer = preference,
            IsAccuracyAware = false,
            Quantization = manifest.Compression.Quantization with { StatSubsetSize = new(1, manifest.Compression.TargetDevice.Position) },
        };
        var prepared = ModelPreparation.Prepare(ModelFile.Read(manifest.Model.Value).Model);
        var placed = QuantizerPlacement.Place(prepared, settings);
        ImmutableHashSet<string> chosen = [.. placed.Layers.Select(l => l.Name), .. placed.AgnosticOperators.Select(a => a.Name)];
        var placement = QuantizerPlacement.Place(prepared, settings, chosen);
        using var folder = new TemporaryStore();
        var passes = new CachedCalibration(manifest with { Compression = settings }, folder.Store, 1, (_, _) => { }, CancellationToken.None);
        var variants = DefaultQuantization.Quantize(DefaultQuantization.Calibrate(prepared, placement, settings, passes), settings, passes);
        var times = OperatorTimes.Measure([(prepared.Model.Serialize(), "float"), (variants.Build(Configuration.FullyQuantized), "int8")],
            DataSource.Open(manifest.Calibration).Load(0).Inputs, ProfileTime, CancellationToken.None);
        var (inFloat, inInt8) = (MeasuredCosts.ByCandidate(placement, times[0]), MeasuredCosts.ByCandidate(placement, times[1]));
        var candidates = new Candidates(placement.Layers, placement.AgnosticOperators, ImmutableSortedDictionary<string, string>.Empty);
        var unit = CostEquation.Units.ToDictionary(u => u, u => new CostModel(prepared, CostEquation.Only(u)));
        var amounts = unit.ToDictionary(u => u.Key, u => u.Value.Of(candidates));
        foreach (var layer in placement.Layers.Where(l => l.OperatorType is "Conv" or "Gemm" or "MatMul"))
        {
            // A float kernel tells the same under both preferences.
            if (preference == Preference.Size && inFloat.TryGetValue(layer.Name, out var floats))
                yield return CostEquation.Of(amounts.Select(a => (a.Key, (double)a.Value[layer.Name].Float)), LatencyComparison.Median(floats));
            if (preference == Preference.Size && inInt8.TryGetValue(layer.Name, out var integers))
                yield return CostEquation.Of(amounts.Select(a => (a.Key, (double)a.Value[layer.Name].Int8)), LatencyComparison.Median(integers));
        }
        var conversions = times[1].Where(t => t.OperatorType is "QuantizeLinear" or "DequantizeLinear" or "ReorderInput" or "ReorderOutput"
            || (t.OperatorType == "Transpose" && OptimizedGraph.OriginalName(t.Name) is "" or "Transpose")).Sum(t => t.Typical);
        if (conversions > 0)
            yield return CostEquation.Of(unit.Select(u => (u.Key, (double)Border.Find(prepared.Model.Graph, candidates, u.Value).Values.Sum(b => b.Cost(chosen)))), conversions);
    }

    private static void Print(List<CostEquation> equations, CostTable shipped, TextWriter output)
    {
        output.WriteLine("costs:");
        var rows = new List<string>();
        foreach (var kernel in Kernels.All)
        {
            // A layer whose bias is added apart has a term of another kernel in it, and belongs to its own.
            var own = equations.Where(e => e.Kernel == kernel.Name).ToArray();
            if (own.Length < kernel.Terms.Length)
            {
                rows.Add($"| {kernel.Name} | {own.Length} | | |");
                continue;
            }
            var fitted = NonNegativeLeastSquares.Solve(
                [.. own.Select(e => kernel.Terms.Select(t => e.Amounts.GetValueOrDefault((kernel.Name, t.Name)) / e.Picoseconds).ToArray())], [.. own.Select(_ => 1.0)]);
            output.WriteLine($"  {kernel.Name}: {{ {string.Join(", ", kernel.Terms.Select((t, i) => string.Create(CultureInfo.InvariantCulture, $"{t.Name}: {fitted[i]:G3}")))} }}");
            rows.Add($"| {kernel.Name} | {own.Length} | {Ratios(own, t => shipped.Coefficients[kernel.Name][t], kernel)} | {Ratios(own, t => fitted[kernel.Terms.Select(x => x.Name).ToList().IndexOf(t)], kernel)} |");
        }
        output.WriteLine();
        output.WriteLine("Predicted to measured time, median (tenth and ninetieth percentile):");
        output.WriteLine();
        output.WriteLine("| kernel | operators | coefficients in the device's file | fitted here |");
        output.WriteLine("|---|---|---|---|");
        rows.ForEach(output.WriteLine);
    }

    private static string Ratios(CostEquation[] equations, Func<string, double> coefficient, Kernel kernel)
    {
        var ratios = equations.Select(e => e.Ratio(kernel, coefficient)).Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"{ratios[ratios.Length / 2]:F2} ({ratios[ratios.Length / 10]:F2}-{ratios[ratios.Length * 9 / 10]:F2})");
    }

    private sealed class TemporaryStore : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("quantize-bench-").FullName;

        public ContentStore Store => new(_folder);

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
