using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace QuantizeTasks;

/// <summary>
/// What a run that went well leaves: its time says what was looked at, its lines are the warnings that each later build repeats instead of running again. One file, so that neither can be
/// there without the other.
/// </summary>
internal static class Stamp
{
    /// <summary>The warnings in it.</summary>
    public static IReadOnlyList<ToolEvent?> Read(string path) =>
        [.. File.ReadAllLines(path).Where(line => line.Length > 0).Select(ToolEvent.TryParse)];

    /// <summary>Whether every line is a warning.</summary>
    public static bool IsSound(string path) => new FileInfo(path).Length == 0 || Read(path).All(warning => warning is { IsDiagnostic: true });

    /// <summary>The time of a stamp that holds warnings, as text; empty for one that holds none, and when there is none. Another time later on means another run.</summary>
    public static string Warned(string path) => new FileInfo(path) is { Exists: true, Length: > 0 } ? Time(path) : "";

    /// <summary>The time of a stamp, as text.</summary>
    public static string Time(string path) => File.GetLastWriteTimeUtc(path).Ticks.ToString(CultureInfo.InvariantCulture);
}
