namespace QuantizeTasks.FakeTool;

internal sealed record Job(
    int SchemaVersion, string Manifest, string? Model, string OutputDirectory, string ReportDirectory, string? CacheDirectory,
    string Stamp, string InputsFile, string OutputsFile, int Workers, SortedDictionary<string, Override> Overrides, SortedDictionary<string, Override> Options);

internal sealed record Override(string Value, string Source, string File);
