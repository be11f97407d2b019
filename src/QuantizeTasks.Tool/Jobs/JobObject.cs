using System.Text.Json;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>A JSON object of a job file, whose members must be what they should.</summary>
internal sealed class JobObject
{
    private readonly JsonElement _element;
    private readonly string _file;
    private readonly string _prefix;

    public JobObject(JsonElement element, string file, string prefix)
    {
        (_element, _file, _prefix) = (element, file, prefix);
        if (element.ValueKind != JsonValueKind.Object)
            throw Invalid($"{(prefix.Length == 0 ? "it" : $"'{prefix.TrimEnd('.')}'")} is no JSON object");
    }

    public void AllowOnly(IReadOnlyCollection<string> names)
    {
        foreach (var member in _element.EnumerateObject().Where(m => !names.Contains(m.Name)))
            throw Invalid($"'{_prefix}{member.Name}' is unknown");
    }

    /// <summary>Null only when optional.</summary>
    public string? Text(string name, bool optional = false)
    {
        if (!_element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return optional ? null : throw Invalid($"'{_prefix}{name}' is missing");
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Invalid($"'{_prefix}{name}' is no text");
    }

    /// <summary>An absolute path. Null only when optional.</summary>
    public string? Path(string name, bool optional = false)
    {
        var path = Text(name, optional);
        return path is null || System.IO.Path.IsPathFullyQualified(path) ? path : throw Invalid($"'{_prefix}{name}' is no absolute path: '{path}'");
    }

    public int Number(string name) =>
        _element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0
            ? number : throw Invalid($"'{_prefix}{name}' is missing or no whole number from 0");

    /// <summary>An object; null when there is none.</summary>
    public JobObject? Object(string name) =>
        _element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? new JobObject(value, _file, $"{_prefix}{name}.") : null;

    /// <summary>The members of an object of objects, in the written order.</summary>
    public IEnumerable<(string Name, JobObject Value)> Objects(string name)
    {
        if (!_element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Object)
            throw Invalid($"'{_prefix}{name}' is missing or no JSON object");
        return value.EnumerateObject().Select(member => (member.Name, new JobObject(member.Value, _file, $"{_prefix}{name}.{member.Name}.")));
    }

    public QuantizeException Invalid(string reason) => Invalid(_file, reason);

    public static QuantizeException Invalid(string file, string reason) =>
        new(DiagnosticCodes.JobInvalid, $"This is no job that can be run: {reason}.", new SourcePosition(file));
}
