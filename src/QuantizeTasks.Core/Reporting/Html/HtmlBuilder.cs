using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace QuantizeTasks.Reporting.Html;

/// <summary>
/// HTML text in the making. Only the literal parts of an interpolated string are taken as markup; every value in braces is escaped. So a name from
/// a model cannot become markup unless somebody writes <see cref="Raw"/>, which only our own embedded files go through.
/// </summary>
internal sealed class HtmlBuilder
{
    private readonly StringBuilder _text = new();

    /// <summary>Appends markup with escaped values.</summary>
    public HtmlBuilder Add([InterpolatedStringHandlerArgument("")] Markup markup)
    {
        _ = markup;
        return this;
    }

    /// <summary>Appends a line of markup with escaped values.</summary>
    public HtmlBuilder Line([InterpolatedStringHandlerArgument("")] Markup markup)
    {
        _ = markup;
        _text.Append('\n');
        return this;
    }

    /// <summary>Appends text as it is.</summary>
    public HtmlBuilder Raw(string trusted)
    {
        _text.Append(trusted);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>Text that is safe inside an element and inside a quoted attribute.</summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = c switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                // Control characters and half surrogates are no HTML text; direction overrides could make one name look like another.
                _ when (char.IsControl(c) && c is not ('\n' or '\t')) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') => escaped.Append('\uFFFD'),
                _ => escaped.Append(c),
            };
        }
        return escaped.ToString();
    }

    /// <summary>The interpolated string handler that escapes values; numbers are written in the invariant culture.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Markup(int literalLength, int formattedCount, HtmlBuilder builder)
    {
        private readonly StringBuilder _text = Grow(builder._text, literalLength + (8 * formattedCount));

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? value) => _text.Append(Escape(value ?? ""));

        public void AppendFormatted(Prose prose)
        {
            foreach (var (text, isCode) in prose.Pieces)
                _text.Append(isCode ? "<code>" : "").Append(Escape(text)).Append(isCode ? "</code>" : "");
        }

        public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
            _text.Append(Escape(value.ToString(format, CultureInfo.InvariantCulture)));

        private static StringBuilder Grow(StringBuilder text, int by)
        {
            text.EnsureCapacity(text.Length + by);
            return text;
        }
    }
}
