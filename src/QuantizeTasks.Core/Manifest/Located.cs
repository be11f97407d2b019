using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>A value and where the manifest (or an override of it) says so.</summary>
public sealed record Located<T>(T Value, SourcePosition Position);
