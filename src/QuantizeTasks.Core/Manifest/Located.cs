using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>A value and where the manifest (or an override of it) says so.</summary>
/// <param name="Value">The value.</param>
/// <param name="Position">Where it is written.</param>
/// <param name="Source">What gave it instead of the manifest's text, in words that an error can name: <c>property QuantizeMaximalDrop</c> for an override, <c>the default</c> when nobody gave one. Null: the manifest.</param>
public sealed record Located<T>(T Value, SourcePosition Position, string? Source = null);
