using System.Collections.Immutable;

namespace QuantizeTasks.Reporting.Html.Network;

/// <summary>A box of the drawing: one operator, or several that are drawn as one.</summary>
/// <param name="First">Index of its first operator.</param>
/// <param name="Operators">How many operators it stands for.</param>
/// <param name="Int8">How many of them are int8 or pass integers on.</param>
/// <param name="Returned">How many the search returned to float.</param>
/// <param name="Inputs">Indices of the boxes that it reads; all are smaller than its own.</param>
internal sealed record NetworkBlock(int First, int Operators, int Int8, int Returned, ImmutableArray<int> Inputs);
