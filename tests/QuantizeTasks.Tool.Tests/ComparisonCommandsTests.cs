using System.Text.Json;
using QuantizeTasks.Comparison;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tool.Commands;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class ComparisonCommandsTests
{
    [TestMethod]
    public void Compare_Data_PrintsStructureOutputsAndMetrics()
    {
        ComparisonRequest? asked = null;
        using var tool = new ToolRun { Comparison = request => Compared(asked = request) };
        Assert.AreEqual(0, tool.Run("compare", "a.onnx", "b.onnx", "--data", "quantize.yaml", "--samples", "9"), tool.Error);
        Assert.AreEqual((tool.PathOf("a.onnx"), tool.PathOf("b.onnx"), tool.PathOf("quantize.yaml"), 9), (asked!.First, asked.Second, asked.Data!.Path, asked.Samples));
        Assert.AreEqual("""
                     first             second
            file     a.onnx            b.onnx
            bytes    1000              250 (25.0%)
            opset    13                13
            made by  pytorch 2         QuantizeTasks 1
            input    x float[N,3,8,8]  x float[N,3,8,8]
            output   y float[N,10]     y float[N,10]

            operators       first  second
            Conv            3      3
            QuantizeLinear  0      4

            stored elements  first     second
            float            250 in 6  0
            int8             0         250 in 6

            outputs on 9 samples  SQNR     cosine    largest difference  same prediction
            y                     21.5 dB  0.998700  0.25                88.9% of 9
            z / zz                equal    1.000000  0                   -

            metric         first  second  drop        samples
            accuracy@top1  71.9%  69.5%   2.4 points  1000

            """.ReplaceLineEndings("\n"), tool.Out);
    }

    [TestMethod]
    public void Compare_Json_IsOneDocument()
    {
        using var tool = new ToolRun { Comparison = Compared };
        Assert.AreEqual(0, tool.Run("compare", "a.onnx", "b.onnx", "--json"), tool.Error);
        using var json = JsonDocument.Parse(tool.Out);
        var root = json.RootElement;
        CollectionAssert.AreEqual(new[] { "schemaVersion", "first", "second", "samples", "outputs", "metrics", "runtime" }, root.EnumerateObject().Select(m => m.Name).ToArray());
        Assert.AreEqual(4, root.GetProperty("second").GetProperty("operators").GetProperty("QuantizeLinear").GetInt32());
        Assert.AreEqual(JsonValueKind.Null, root.GetProperty("outputs")[1].GetProperty("sqnrDecibels").ValueKind);
        Assert.IsTrue(root.GetProperty("outputs")[1].GetProperty("equal").GetBoolean());
        Assert.AreEqual("", tool.Error);
    }

    [TestMethod]
    public void Bench_Text_SaysHowFastHowSpreadAndHowSure()
    {
        BenchmarkRequest? asked = null;
        using var tool = new ToolRun { Benchmark = request => Timed(asked = request, new RatioEstimate(0.5, 0.48, 0.53, 0.957)) };
        Assert.AreEqual(0, tool.Run("bench", "a.onnx", "b.onnx", "--duration", "3", "--threads", "2"), tool.Error);
        Assert.AreEqual((TimeSpan.FromSeconds(3), 2), (asked!.Duration, asked.Threads));
        Assert.AreEqual("""
                    model   MB    median ms  fastest  10%    90%
            first   a.onnx  4.00  20.00      18.00    19.00  25.00
            second  b.onnx  1.00  9.000      8.500    8.600  9.900

            The second is faster: 2.00 times as fast as the first; 0.480 to 0.530 of its time with 96% confidence.
            77 rounds of a few runs each in turn, 2 threads, input 'row 0', p 1 on x64

            """.ReplaceLineEndings("\n"), tool.Out);
    }

    [TestMethod]
    [DataRow(1.5, 1.2, 1.7, "The second is slower: 1.50 times as long as the first; 1.200 to 1.700 of its time with 95% confidence.")]
    [DataRow(0.9, 0.8, 1.0, "No difference can be told from noise: 0.800 to 1.000 of its time with 95% confidence.")]
    [DataRow(1.1, null, null, "The second took 1.100 of the first's time, but there were too few rounds to say how sure it is. --duration gives it more.")]
    public void Statement_Interval_DecidesWhatIsSaid(double value, double? low, double? high, string expected) =>
        Assert.AreEqual(expected, BenchCommand.Statement(new RatioEstimate(value, low, high, 0.95)));

    [TestMethod]
    public void Bench_Json_IsOneDocument()
    {
        using var tool = new ToolRun { Benchmark = request => Timed(request, new RatioEstimate(0.5, null, null, 0)) };
        Assert.AreEqual(0, tool.Run("bench", "a.onnx", "b.onnx", "--json"), tool.Error);
        using var json = JsonDocument.Parse(tool.Out);
        CollectionAssert.AreEqual(new[] { "schemaVersion", "first", "second", "ratio", "rounds", "threads", "sample", "runtime" }, json.RootElement.EnumerateObject().Select(m => m.Name).ToArray());
        Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty("ratio").GetProperty("low").ValueKind);
    }

    [TestMethod]
    public void Rank_Text_PrintsATable()
    {
        Manifest.QuantizationManifest? asked = null;
        using var tool = new ToolRun { Ranking = manifest => Ranked(asked = manifest) };
        Assert.AreEqual(0, tool.Run("rank", "quantize.yaml", "--preset", "mixed"), tool.Error);
        Assert.AreEqual("mixed", asked!.Compression.Quantization.Preset!.Value);
        StringAssert.StartsWith(tool.Out, """
            rank  group  regains  speed  samples  layers
            1     conv1  66.7%    25.0%  32       2
            2     conv2  -        75.0%  8        1

            accuracy@top1: float 71.9%, everything in int8 69.5% (drop 2.4 points)

            """.ReplaceLineEndings("\n"));
    }

    [TestMethod]
    public void Rank_CsvAndJson_AreForPrograms()
    {
        using var csv = new ToolRun { Ranking = Ranked };
        Assert.AreEqual(0, csv.Run("rank", "quantize.yaml", "--csv"), csv.Error);
        Assert.AreEqual("rank,group,state,score,samples,regained,speed_share,layers\r\n1,conv1,int8,0.7,32,0.6666666666666666,0.25,conv1 conv3\r\n2,conv2,int8,0.6,8,,0.75,conv2\r\n", csv.Out);
        using var text = new ToolRun { Ranking = Ranked };
        Assert.AreEqual(0, text.Run("rank", "quantize.yaml", "--json"), text.Error);
        using var json = JsonDocument.Parse(text.Out);
        CollectionAssert.AreEqual(new[] { "schemaVersion", "model", "metric", "samples", "ranking" }, json.RootElement.EnumerateObject().Select(m => m.Name).ToArray());
        Assert.AreEqual("", csv.Error + text.Error);
        Assert.AreEqual(1, csv.Run("rank", "quantize.yaml", "--csv", "--json"));
    }

    /// <summary>A tool whose quantizer answers everything with something made up.</summary>
    internal static ToolRun Scripted() => new()
    {
        Comparison = Compared,
        Benchmark = request => Timed(request, new RatioEstimate(0.5, 0.48, 0.53, 0.957)),
        Ranking = Ranked,
        Draft = InitCommandTests.Any,
        Evaluation = OtherCommandsTests.AnyEvaluation,
        Inspection = OtherCommandsTests.AnyInspection,
    };

    private static RankingReport Ranked(Manifest.QuantizationManifest manifest) => new(manifest.Model.Value, new MetricRecord("accuracy@top1", true, 0.719, 0.695, 0.695, 0.024, null, "absolute", false, 1000), 32,
    [
        new RankingRecord(1, "conv1", ["conv1", "conv3"], 0.7, 32, 2 / 3.0, 0.25, "int8"),
        new RankingRecord(2, "conv2", ["conv2"], 0.6, 8, null, 0.75, "int8"),
    ]);

    private static LatencyReport Timed(BenchmarkRequest request, RatioEstimate ratio) => new()
    {
        First = new ModelLatency("a.onnx", 4000000, 20, 18, 19, 25),
        Second = new ModelLatency("b.onnx", 1000000, 9, 8.5, 8.6, 9.9),
        Ratio = ratio,
        Rounds = 77,
        Threads = request.Threads,
        Sample = "row 0",
        Runtime = new RuntimeRecord("p", "1", "x64"),
    };

    private static ComparisonReport Compared(ComparisonRequest request) => new()
    {
        First = Structure("a.onnx", 1000, "pytorch 2", [("Conv", 3)], "float"),
        Second = Structure("b.onnx", 250, "QuantizeTasks 1", [("Conv", 3), ("QuantizeLinear", 4)], "int8"),
        Samples = request.Samples,
        Outputs = [new OutputDifference("y", "y", 21.48, 0.9987, 0.25, 8 / 9.0, 9), new OutputDifference("z", "zz", double.PositiveInfinity, 1, 0, null, 0)],
        Metrics = [new MetricPair("accuracy@top1", true, 0.719, 0.695, 1000)],
    };

    private static ModelStructure Structure(string path, long bytes, string producer, (string, int)[] operators, string type) => new()
    {
        Path = path,
        Sha256 = "00",
        Bytes = bytes,
        Opset = 13,
        Producer = producer,
        Inputs = [new ModelTensor("x", "float", ["N", "3", "8", "8"])],
        Outputs = [new ModelTensor("y", "float", ["N", "10"])],
        Operators = System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(operators.Select(o => KeyValuePair.Create(o.Item1, o.Item2))),
        Stored = System.Collections.Immutable.ImmutableSortedDictionary.CreateRange([KeyValuePair.Create(type, new StoredElements(6, 250))]),
    };
}
