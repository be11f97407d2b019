namespace QuantizeTasks.Diagnostics;

/// <summary>A place in a text file, or a whole file. Line and column count from 1; 0 means the file as a whole.</summary>
public readonly record struct SourcePosition(string File, int Line = 0, int Column = 0)
{
    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{File}({Line},{Column})" : File;
}
