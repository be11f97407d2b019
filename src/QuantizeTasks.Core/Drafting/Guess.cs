namespace QuantizeTasks.Drafting;

/// <summary>Something that was guessed, with the reason, so that who knows better can tell whether it holds.</summary>
/// <param name="Value">What.</param>
/// <param name="Reason">Why: half a sentence in a line.</param>
public sealed record Guess<T>(T Value, string Reason);
