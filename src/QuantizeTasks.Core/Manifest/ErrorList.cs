using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>All that is wrong with a manifest, so that it can be said at once.</summary>
internal sealed class ErrorList
{
    private readonly List<Diagnostic> _errors = [];

    /// <summary>Adds an error about a value. An override is named, because the manifest does not show its value.</summary>
    public void Add(string code, ManifestNode at, string message) => Add(code, at.Position, at.Source, message);

    /// <summary>Adds an error about a value.</summary>
    public void Add<T>(string code, Located<T> at, string message) => Add(code, at.Position, at.Source, message);

    /// <summary>Adds an error at a place.</summary>
    public void Add(string code, SourcePosition position, string? source, string message) =>
        _errors.Add(new Diagnostic(code, DiagnosticSeverity.Error, source is null ? message : $"{message} This value comes from {source}.", position));

    /// <summary>Whether anything is wrong.</summary>
    public bool HasAny => _errors.Count > 0;

    /// <summary>Ends the reading if anything is wrong.</summary>
    /// <exception cref="QuantizeException">With every error, in the order of the text.</exception>
    public void ThrowIfAny()
    {
        if (_errors.Count > 0)
            throw new QuantizeException([.. _errors.Distinct()
                .OrderBy(e => e.Position?.File, StringComparer.Ordinal).ThenBy(e => e.Position?.Line).ThenBy(e => e.Position?.Column).ThenBy(e => e.Code, StringComparer.Ordinal)]);
    }
}
