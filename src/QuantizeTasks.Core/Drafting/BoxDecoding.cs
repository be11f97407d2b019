using System.Collections.Immutable;

namespace QuantizeTasks.Drafting;

/// <summary>How a detector's outputs become boxes, as a manifest's metric says it.</summary>
/// <param name="Name">The <c>decoding</c>.</param>
/// <param name="Parameters">Its parameters as lines of YAML, each with what is to be checked about it or null.</param>
/// <param name="IsLetterboxed">Pictures keep their proportions and get a border, as YOLO's training does it; otherwise they are stretched.</param>
public sealed record BoxDecoding(string Name, ImmutableArray<(string Line, string? Check)> Parameters, bool IsLetterboxed);
