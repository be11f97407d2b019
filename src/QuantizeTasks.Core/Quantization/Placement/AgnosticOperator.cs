using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>An operator that passes stored integers through: the tensors on both of its sides share one scale.</summary>
/// <param name="Name">Node name.</param>
/// <param name="OperatorType">Operator type.</param>
/// <param name="Inputs">The activations among its inputs, each once: the first input, or all of a Concat.</param>
/// <param name="Outputs">Its outputs: one, or all of a Split.</param>
internal sealed record AgnosticOperator(string Name, string OperatorType, ImmutableArray<string> Inputs, ImmutableArray<string> Outputs);
