namespace QuantizeTasks.Tool.Jobs;

/// <summary>Where the store lies when nobody says.</summary>
internal static class CacheFolder
{
    public const string Variable = "QUANTIZE_CACHE_DIRECTORY";

    private const string Name = "quantize-tasks";

    /// <summary>The environment variable, else the place for caches on this system (on Linux that of the XDG base directory specification).</summary>
    public static string Default(ToolContext context)
    {
        if (context.Variable(Variable) is { Length: > 0 } chosen)
            return context.Absolute(chosen);
        if (OperatingSystem.IsWindows())
            return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), Name);
        var home = context.Variable("HOME") is { Length: > 0 } folder ? folder : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
            return Path.Combine(home, "Library", "Caches", Name);
        // The specification says that a relative path there is invalid and to be ignored.
        var caches = context.Variable("XDG_CACHE_HOME") is { } xdg && Path.IsPathRooted(xdg) ? xdg : Path.Combine(home, ".cache");
        return Path.Combine(caches, Name);
    }
}
