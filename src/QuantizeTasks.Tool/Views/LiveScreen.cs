using Spectre.Console;

namespace QuantizeTasks.Tool.Views;

/// <summary>
/// Draws a picture in place of the last one, below what is on the terminal already. The drawing library's own live display counts the lines that it wrote; when the terminal has become narrower
/// since, the terminal has broken them into more, and pieces of old pictures stay. Here the rows are counted anew for the width of the moment.
/// </summary>
internal sealed class LiveScreen(IAnsiConsole console, Func<(int Width, int Height)> size)
{
    // DEC private modes: 25 is the cursor; 2026 makes terminals that know it show a picture only when it is whole.
    private const string HideCursor = "\u001b[?25l";
    private const string ShowCursor = "\u001b[?25h";
    private const string Begin = "\u001b[?2026h";
    private const string End = "\u001b[?2026l";

    // The first row by itself: when everything from the top of the screen on is erased, tmux keeps it in its history, picture after picture.
    private const string EraseBelow = "\u001b[0K\u001b[1B\u001b[0J\u001b[1A";

    private IReadOnlyList<int> _lengths = [];

    /// <summary>Puts a picture in the place of the last one.</summary>
    /// <param name="picture">The lines for a width and a height.</param>
    public void Draw(Func<int, int, IReadOnlyList<StyledLine>> picture)
    {
        var (width, height) = size();
        var lines = picture(width, height);
        Control(Begin + HideCursor + Erase(width, height));
        foreach (var line in lines)
            console.Write(line.Fit(width - 1).Append("\n"));
        Control(End);
        _lengths = [.. lines.Select(line => Math.Min(line.Length, width - 1))];
    }

    /// <summary>Takes the picture away and gives the cursor back.</summary>
    public void Clear()
    {
        var (width, height) = size();
        Control(Erase(width, height) + ShowCursor);
        _lengths = [];
    }

    /// <summary>Back to the first column of the first row, but not beyond the screen, and away with what is there.</summary>
    private string Erase(int width, int height)
    {
        var rows = Math.Min(_lengths.Sum(length => Math.Max(1, (length + width - 1) / width)), height - 1);
        return rows == 0 ? "\r" : $"\u001b[{rows.ToString(System.Globalization.CultureInfo.InvariantCulture)}A\r{EraseBelow}";
    }

    private void Control(string codes) => console.Write(new ControlCode(codes));
}
