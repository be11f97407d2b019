using Spectre.Console;

namespace QuantizeTasks.Tool.Views;

/// <summary>A line of styled text that is cut rather than wrapped, and through which no control character of a foreign name gets to the terminal.</summary>
internal sealed class StyledLine
{
    private readonly List<(string Text, Style Style)> _parts = [];

    /// <summary>How many columns it takes where every character takes one.</summary>
    public int Length => _parts.Sum(part => part.Text.Length);

    public StyledLine Add(string text, Style? style = null)
    {
        _parts.Add((string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)), style ?? Style.Plain));
        return this;
    }

    /// <summary>The line in at most so many columns.</summary>
    public Paragraph Fit(int width)
    {
        var paragraph = new Paragraph { Overflow = Overflow.Crop };
        var isCut = Length > width;
        var left = isCut ? width - 1 : width;
        foreach (var (text, style) in _parts)
        {
            paragraph.Append(text[..Math.Clamp(left, 0, text.Length)], style);
            left -= text.Length;
        }
        return isCut ? paragraph.Append("\u2026") : paragraph;
    }
}
