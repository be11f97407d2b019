using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>
/// A small convolutional network and random data in a folder of their own. The labels are what the float model answers, so its accuracy is 1 and
/// every answer that quantization changes is a drop.
/// </summary>
internal sealed class PipelineProject : IDisposable
{
    public const int Samples = 120;
    private const int Channels = 32;
    private readonly TemporaryFolder _folder = new();

    public PipelineProject(OnnxModel? model = null, int samples = Samples)
    {
        var data = TestModels.RandomFloats("validation", [samples, 3, 16, 16]);
        WriteNpy(_folder.File("x.npy"), data, samples, 3, 16, 16);
        WriteNpy(_folder.File("calibration.npy"), TestModels.RandomFloats("calibration", [16, 3, 16, 16]), 16, 3, 16, 16);
        Replace(model ?? Network(), samples);
    }

    public string ModelPath => _folder.File("model.onnx");

    /// <summary>Another model on the same data, with labels that are its answers.</summary>
    public void Replace(OnnxModel model, int samples = Samples)
    {
        model.Save(ModelPath);
        var data = TestModels.RandomFloats("validation", [samples, 3, 16, 16]);
        using var session = ModelSession.Open(ModelPath);
        var labels = Enumerable.Range(0, samples)
            .Select(i => session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Create(data.AsSpan(i * 768, 768).ToArray(), 1, 3, 16, 16) })["y"].As<float>())
            .Select(scores => (float)Array.IndexOf(scores, scores.Max())).ToArray();
        WriteNpy(_folder.File("labels.npy"), labels, samples);
    }

    public string OutputPath => _folder.File("out", "models", "model.int8.onnx");

    public string StorePath => _folder.File("store");

    public string BestPath => _folder.File("report", "best.int8.onnx");

    /// <summary>Events of the last run.</summary>
    public ConcurrentQueue<RunEvent> Events { get; private set; } = [];

    public string File(params string[] parts) => _folder.File(parts);

    /// <summary>
    /// Four convolutions and a classifier. One channel between the second and the third is a hundred times as large as the others, so that one scale
    /// for the tensor leaves the others few steps: their group is harmful, the others hardly.
    /// </summary>
    public static OnnxModel Network(Action<TestModels>? tail = null)
    {
        var model = TestModels.Opset(13).Input("x", 1, 3, 16, 16);
        var (from, channels) = ("x", 3);
        for (var i = 1; i <= 4; i++)
        {
            var stride = i == 4 ? 4 : 1;
            var w = TestModels.RandomFloats($"w{i}", [Channels, channels, 3, 3], 0, 1 / MathF.Sqrt(channels * 9));
            for (var k = 0; k < w.Length; k++)
                if (i == 2 && k / (channels * 9) == 0)
                    w[k] *= 100;
                else if (i == 3 && k / 9 % channels == 0)
                    w[k] /= 100;
            model.Floats($"w{i}", w, Channels, channels, 3, 3).Random($"b{i}", Channels)
                .Named($"conv{i}", "Conv", [from, $"w{i}", $"b{i}"], [$"c{i}"], n => n.With("pads", 1, 1, 1, 1).With("strides", stride, stride))
                .Named($"relu{i}", "Relu", [$"c{i}"], [$"r{i}"]);
            (from, channels) = ($"r{i}", Channels);
        }
        model.Named("flatten", "Flatten", [from], ["f"]).Floats("wg", TestModels.RandomFloats("wg", [16 * Channels, 10], 0, 0.1f), 16 * Channels, 10).Named("classes", "Gemm", ["f", "wg"], ["g"]);
        if (tail is null)
            model.Named("copy", "Identity", ["g"], ["y"]);
        else
            tail(model);
        return model.Output("y").Build();
    }

    public QuantizationManifest Manifest(double? maximalDrop = 0.5, bool isAccuracyAware = true, Func<QuantizationManifest, QuantizationManifest>? edit = null)
    {
        var at = new SourcePosition(_folder.File("quantize.yaml"), 1, 1);
        Located<string> Text(string value) => new(value, at);
        TensorSourceSpecification Source(string file, string? labels) =>
            new(at, ImmutableSortedDictionary<string, Located<string>>.Empty.Add("x", Text(_folder.File(file))), labels is null ? null : Text(_folder.File(labels)));
        var manifest = new QuantizationManifest
        {
            Path = _folder.File("quantize.yaml"),
            Model = Text(ModelPath),
            Output = Text("models/model.int8.onnx"),
            Validation = Source("x.npy", "labels.npy"),
            Calibration = Source("calibration.npy", null),
            Metrics = [new MetricSpecification(Text("accuracy@top1"), null, ImmutableSortedDictionary<string, Located<object>>.Empty)],
            Compression = new CompressionSettings
            {
                TargetDevice = Text("CPU"),
                IsAccuracyAware = isAccuracyAware,
                // A search for layers, which tuned int8 could make needless.
                Quantization = new DefaultQuantizationParameters { UseLayerwiseTuning = false },
                Accuracy = new AccuracyAwareParameters { MaximalDrop = maximalDrop is { } drop ? new Located<double>(drop, at) : null },
            },
        };
        return edit is null ? manifest : edit(manifest);
    }

    public RunReport Run(QuantizationManifest manifest, int workers = 2, Action<RunEvent>? onEvent = null, bool measureLatency = false, Func<RunOptions, RunOptions>? options = null, CancellationToken cancellation = default)
    {
        Events = [];
        return QuantizationPipeline.Run(manifest, (options ?? (o => o))(Options(workers, measureLatency)), new Listener(e =>
        {
            Events.Enqueue(e);
            onEvent?.Invoke(e);
        }), cancellation);
    }

    public RunOptions Options(int workers = 2, bool measureLatency = false) => new()
    {
        OutputDirectory = _folder.File("out"),
        ReportDirectory = _folder.File("report"),
        CacheDirectory = StorePath,
        Workers = workers,
        MeasureLatency = measureLatency,
    };

    public void Dispose() => _folder.Dispose();

    /// <summary>The npy format, version 1.0, float32 in C order (numpy.lib.format).</summary>
    public static void WriteNpy(string path, float[] values, params int[] shape)
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({string.Join(", ", shape)},), }}";
        header = header.PadRight(((10 + header.Length + 64) / 64 * 64) - 11) + "\n";
        // A loader may still hold the file of before; a new one of the name is none of its business.
        System.IO.File.Delete(path);
        using var stream = System.IO.File.Create(path);
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(header));
        stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private sealed class Listener(Action<RunEvent> report) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => report(value);
    }
}
