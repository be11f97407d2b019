using System;
using System.Collections.Generic;
using Microsoft.Build.Framework;
using QuantizeTasks.Json;

namespace QuantizeTasks;

/// <summary>One line of what the tool prints under <c>--log-format msbuild</c>: a diagnostic or a message.</summary>
internal sealed class ToolEvent
{
    private ToolEvent(Dictionary<string, object?> members) => Members = members;

    private Dictionary<string, object?> Members { get; }

    public bool IsDiagnostic => Text("kind") == "diagnostic";

    /// <summary>Anything that is not plainly a warning is an error: a severity this version does not know must not pass.</summary>
    public bool IsError => Text("severity") != "warning";

    public string Code => Text("code");

    public string Message => IsDiagnostic ? Text("message") : Text("text");

    /// <summary>Empty when the diagnostic names no file.</summary>
    public string File => Text("file");

    /// <summary>From 1; 0 for the file as a whole.</summary>
    public int Line => Number("line");

    /// <summary>From 1; 0 when not known.</summary>
    public int Column => Number("column");

    public MessageImportance Importance => Text("importance") switch
    {
        "high" => MessageImportance.High,
        "normal" => MessageImportance.Normal,
        _ => MessageImportance.Low,
    };

    /// <summary>Null when the line is no event, such as what a native library prints by itself.</summary>
    public static ToolEvent? TryParse(string line)
    {
        if (!line.StartsWith("{", StringComparison.Ordinal))
            return null;
        try
        {
            return JsonReader.Read(line) is Dictionary<string, object?> members
                && members.TryGetValue("kind", out var kind) && kind is "diagnostic" or "message"
                ? new ToolEvent(members)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private string Text(string name) => Members.TryGetValue(name, out var value) && value is string text ? text : "";

    private int Number(string name) =>
        Members.TryGetValue(name, out var value) && value is double and >= 0 and <= int.MaxValue ? (int)(double)value : 0;
}
