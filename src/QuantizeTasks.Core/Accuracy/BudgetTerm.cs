using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Accuracy;

/// <summary>What one metric may lose.</summary>
/// <param name="MaximalDrop">The largest drop that passes; null for no budget. A negative one asks for a gain.</param>
/// <param name="Type">What the drop is measured in.</param>
/// <param name="Position">Where the budget is written.</param>
internal sealed record BudgetTerm(double? MaximalDrop, DropType Type, SourcePosition? Position = null);
