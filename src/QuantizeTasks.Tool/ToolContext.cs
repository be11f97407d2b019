namespace QuantizeTasks.Tool;

/// <summary>Everything outside that a command touches besides files.</summary>
internal sealed record ToolContext
{
    /// <summary>Results, and nothing else.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Progress, warnings, errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Standard input as bytes. Called once at most.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Standard output as bytes, for a model. Called once at most, and then <see cref="Out"/> is not used.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Whether standard input is a terminal, from which no model comes.</summary>
    public required bool InputIsTerminal { get; init; }

    /// <summary>Whether standard output is a terminal, on which a model makes a mess.</summary>
    public required bool OutputIsTerminal { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal that can be drawn on.</summary>
    public required bool ErrorIsTerminal { get; init; }

    /// <summary>An environment variable, or null.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>What relative paths on the command line are relative to.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Set by Ctrl-C and by SIGTERM.</summary>
    public required CancellationToken Cancellation { get; init; }

    /// <summary>An absolute path for one on the command line.</summary>
    public string Absolute(string path) => Path.GetFullPath(path, WorkingDirectory);

    /// <summary>
    /// Whether a view that moves the cursor is welcome: on a terminal, not in a CI job whose log is a file in the end, not where colours and with them
    /// escape codes are declined (no-color.org), not on a terminal that calls itself dumb.
    /// </summary>
    public bool WantsLiveView => ErrorIsTerminal && !IsSet("NO_COLOR") && !IsSet("CI") && !IsSet("TF_BUILD") && Variable("TERM") != "dumb";

    private bool IsSet(string variable) => !string.IsNullOrEmpty(Variable(variable));
}
