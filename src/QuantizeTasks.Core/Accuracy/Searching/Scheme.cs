using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>A way to quantize the whole model.</summary>
/// <param name="Name">What is changed in the manifest's settings; empty for themselves.</param>
/// <param name="Settings">The settings.</param>
/// <param name="Variants">The model under them, in all its configurations.</param>
/// <param name="Evaluator">Evaluates these.</param>
internal sealed record Scheme(string Name, CompressionSettings Settings, IModelVariants Variants, IConfigurationEvaluator Evaluator);

/// <summary>A scheme that was tried with everything in int8.</summary>
/// <param name="Name">The scheme.</param>
/// <param name="Values">Each metric's value.</param>
/// <param name="Samples">On how many samples.</param>
/// <param name="Kept">Whether it took the place of what was best until then.</param>
internal sealed record SchemeTrial(string Name, ImmutableArray<double> Values, int Samples, bool Kept);
