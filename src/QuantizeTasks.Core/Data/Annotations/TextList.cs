using System.Globalization;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>A text file with an image and its class a line, like ImageNet's <c>val.txt</c>.</summary>
internal static class TextList
{
    public static AnnotationSet Read(AnnotationSpecification annotations, AnnotatedFolder folder)
    {
        var images = new List<AnnotatedImage>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (text, position) in Lines(annotations.Path))
        {
            var (name, label) = Split(text, annotations.FirstClass, position);
            var file = folder.Find(name, position);
            if (!seen.TryAdd(file.Name, position.Line))
                throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"'{file.Name}' is in line {seen[file.Name]} already.", position);
            images.Add(new AnnotatedImage(file, label, null));
        }
        return new AnnotationSet(images, [annotations.Path.Value]);
    }

    /// <summary>Lines that are not blank, without the blanks around them.</summary>
    public static IEnumerable<(string Text, SourcePosition Position)> Lines(Located<string> path)
    {
        using var reader = Open(path);
        for (var number = 1; Next(reader, path) is { } line; number++)
            if (line.Trim() is { Length: > 0 } text)
                yield return (text, new SourcePosition(path.Value, number, 1));
    }

    private static (string Name, Tensor Class) Split(string line, int firstClass, SourcePosition position)
    {
        var end = line.LastIndexOfAny([' ', '\t']);
        if (end > 0 && int.TryParse(line[(end + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var label) && label < int.MaxValue - firstClass)
            return (line[..end].TrimEnd(), Tensor.Create<long>([label + firstClass]));
        throw new QuantizeException(DiagnosticCodes.LabelInvalid, "The line must be the name of an image, a space, and the index of its class.", position);
    }

    private static StreamReader Open(Located<string> path)
    {
        try
        {
            return new StreamReader(path.Value, Encoding.UTF8);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path.Value}'.", path.Position, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{path.Value}' cannot be read: {e.Message}", path.Position, e);
        }
    }

    private static string? Next(StreamReader reader, Located<string> path)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (IOException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{path.Value}' cannot be read: {e.Message}", path.Position, e);
        }
    }
}
