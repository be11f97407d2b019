using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>A small model taken through the whole of DefaultQuantization with random calibration data.</summary>
internal sealed class QuantizedTestModel
{
    public QuantizedTestModel(TestModels builder, CompressionSettings? settings = null, int samples = 8)
    {
        settings ??= Settings.Of();
        Original = builder.Build();
        Prepared = ModelPreparation.Prepare(Original);
        Placement = QuantizerPlacement.Place(Prepared, settings);
        Samples = new RandomSamples(Original, samples);
        Passes = new DirectPasses(Samples, settings.Quantization);
        Calibrated = DefaultQuantization.Calibrate(Prepared, Placement, settings, Passes);
        Variants = DefaultQuantization.Quantize(Calibrated, settings, Passes);
    }

    public OnnxModel Original { get; }

    public PreparedModel Prepared { get; }

    public QuantizerPlacement Placement { get; }

    public RandomSamples Samples { get; }

    public DirectPasses Passes { get; }

    public CalibratedModel Calibrated { get; }

    public CalibrationStatistics Statistics => Calibrated.Statistics;

    public QuantizedModelVariants Variants { get; }

    public OptimizedGraph Optimized(Configuration? configuration = null) => OptimizedGraph.Of(Variants.Build(configuration ?? Configuration.FullyQuantized), "test.int8.onnx");

    public OnnxModel Written(Configuration? configuration = null) => OnnxModel.Parse(Variants.Build(configuration ?? Configuration.FullyQuantized), "test.int8.onnx");

    /// <summary>Root mean square difference of the outputs to the float model's, relative to their own root mean square, over the calibration samples.</summary>
    public double RelativeError(Configuration configuration)
    {
        using var expected = ModelSession.Create(Original.ToBytes(), "float", TestRuns.Plain);
        using var actual = ModelSession.Create(Variants.Build(configuration), "int8");
        var (noise, signal) = (0.0, 0.0);
        for (var i = 0; i < Samples.Count; i++)
        {
            var (want, have) = (expected.Run(Samples.Load(i).Inputs), actual.Run(Samples.Load(i).Inputs));
            foreach (var (name, tensor) in want)
            {
                var (a, b) = (tensor.As<float>(), have[name].As<float>());
                CollectionAssert.AreEqual(tensor.Shape.ToArray(), have[name].Shape.ToArray());
                for (var k = 0; k < a.Length; k++)
                {
                    noise += Math.Pow(a[k] - b[k], 2);
                    signal += Math.Pow(a[k], 2);
                }
            }
        }
        return Math.Sqrt(noise / signal);
    }
}
