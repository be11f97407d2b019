using BenchmarkDotNet.Attributes;
using QuantizeTasks.Data;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Benchmarks;

/// <summary>
/// What evaluating one more configuration of the first sample's network costs: writing its bytes, making a session of them, reading a sample, running it.
/// The search makes a session for every configuration because the first two are small beside the samples.
/// </summary>
[MemoryDiagnoser]
public class EvaluationCosts
{
    private QuantizedModelVariants _variants = null!;
    private Configuration _configuration = null!;
    private SerializedModel _bytes = null!;
    private ModelSession _float = null!;
    private ModelSession _int8 = null!;
    private IDataLoader _data = null!;
    private Sample _sample = null!;

    [GlobalSetup]
    public void Setup()
    {
        var manifest = ManifestReader.Read(Path.Combine(Root(), "samples/GaugeReader/quantize.yaml"));
        var prepared = ModelPreparation.Prepare(OnnxModel.Load(manifest.Model.Value));
        var placement = QuantizerPlacement.Place(prepared, manifest.Compression);
        var statistics = Collector.Collect(prepared, placement.Observations, DataSource.Open(manifest.Calibration), manifest.Compression.Quantization, 1, (_, _) => { }, CancellationToken.None);
        _variants = DefaultQuantization.Quantize(new CalibratedModel(prepared, placement, statistics, []), manifest.Compression, null!);
        _configuration = Configuration.FullyQuantized.Revert(0);
        _bytes = _variants.Build(_configuration);
        _float = ModelSession.Create(_variants.Build(Configuration.Float), "float");
        _int8 = ModelSession.Create(_bytes, "int8");
        _data = DataSource.Open(manifest.Validation!);
        _sample = _data.Load(0);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _float.Dispose();
        _int8.Dispose();
    }

    [Benchmark]
    public object WriteVariant() => _variants.Build(_configuration);

    [Benchmark]
    public void CreateSession() => ModelSession.Create(_bytes, "variant").Dispose();

    [Benchmark]
    public Sample ReadSample() => _data.Load(0);

    [Benchmark(Baseline = true)]
    public object RunFloat() => _float.Run(_sample.Inputs);

    [Benchmark]
    public object RunInt8() => _int8.Run(_sample.Inputs);

    // BenchmarkDotNet runs a copy of this program in a folder further down.
    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "QuantizeTasks.slnx")))
                return folder.FullName;
        throw new InvalidOperationException("The benchmarks run inside the repository: they use a sample's model.");
    }
}
