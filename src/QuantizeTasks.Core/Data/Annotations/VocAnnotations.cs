using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>
/// A folder of Pascal VOC annotations, an XML file an image (the development kit's documentation, section 4), those that an image set lists or all in ordinal order of their names. Coordinates count
/// pixels from 1 and are taken over counting from 0, as the development kit's users and the Accuracy Checker do.
/// </summary>
internal sealed class VocAnnotations(AnnotationSpecification annotations, AnnotatedFolder folder)
{
    /// <summary>Characters of one file; real ones have a few thousand.</summary>
    private const int LongestFile = 1 << 22;

    /// <summary>The 20 classes of Pascal VOC in the order of their names.</summary>
    private static readonly string[] VocClasses =
    [
        "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
        "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    ];

    private readonly Dictionary<string, int> _classes = (annotations.Classes.IsEmpty ? VocClasses : annotations.Classes.Select(c => c.Value))
        .Select((name, index) => (name, index)).ToDictionary(c => c.name, c => c.index + annotations.FirstClass, StringComparer.Ordinal);

    public static AnnotationSet Read(AnnotationSpecification annotations, AnnotatedFolder folder)
    {
        var reader = new VocAnnotations(annotations, folder);
        var files = reader.Files().ToList();
        var images = files.Select(reader.ReadImage).ToList();
        if (images.GroupBy(i => i.File.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"The image '{twice.Key}' has {twice.Count()} annotations.", annotations.Path.Position);
        return new AnnotationSet(images, annotations.ImageSet is { } set ? [.. files, set.Value] : files);
    }

    private IEnumerable<string> Files()
    {
        var root = annotations.Path.Value;
        if (!Directory.Exists(root))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no folder '{root}'.", annotations.Path.Position);
        if (annotations.ImageSet is null)
            return Directory.EnumerateFiles(root, "*.xml").Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal);
        // The lists of single classes have a 1 or -1 behind the name; that an image is in the list is all that counts here.
        return TextList.Lines(annotations.ImageSet).Select(line => Path.Combine(root, Name(line.Text.Split([' ', '\t'])[0], line.Position) + ".xml"));
    }

    private static string Name(string name, SourcePosition position) => name.AsSpan().ContainsAny('/', '\\', ':') || name is "." or ".."
        ? throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"'{name}' is no name of an image.", position) : name;

    private AnnotatedImage ReadImage(string file)
    {
        var root = Load(file);
        var name = root.Element("filename")?.Value.Trim();
        var image = folder.Find(string.IsNullOrEmpty(name) ? throw Wrong(root, file, "'filename' is missing") : name, new SourcePosition(file));
        return new AnnotatedImage(image, null, [.. root.Elements("object").Select(o => Box(o, file))]);
    }

    private LabelledBox Box(XElement element, string file)
    {
        var name = element.Element("name")?.Value.Trim() ?? throw Wrong(element, file, "an object has no 'name'");
        if (!_classes.TryGetValue(name, out var index))
            throw Wrong(element, file, $"there is no class '{name}'.{DidYouMean.Hint(name, _classes.Keys)} 'classes' names them in the model's order");
        var box = element.Element("bndbox") ?? throw Wrong(element, file, "an object has no 'bndbox'");
        var (x1, y1, x2, y2) = (Number(box, "xmin", file) - 1, Number(box, "ymin", file) - 1, Number(box, "xmax", file) - 1, Number(box, "ymax", file) - 1);
        if (x2 < x1 || y2 < y1)
            throw Wrong(box, file, "the box ends before it begins");
        return new LabelledBox(index, x1, y1, x2, y2, element.Element("difficult")?.Value.Trim() is "1", (x2 - x1) * (y2 - y1));
    }

    private static double Number(XElement box, string name, string file) =>
        double.TryParse(box.Element(name)?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
            : throw Wrong(box, file, $"'{name}' is missing or no finite number");

    private XElement Load(string file)
    {
        try
        {
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = LongestFile, IgnoreComments = true });
            return XElement.Load(reader, LoadOptions.SetLineInfo);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new QuantizeException(DiagnosticCodes.LabelMissing, $"There is no annotation '{file}'.", annotations.ImageSet?.Position ?? annotations.Path.Position, e);
        }
        catch (XmlException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"This is not valid XML: {e.Message}", new SourcePosition(file, e.LineNumber, e.LinePosition), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{file}' cannot be read: {e.Message}", new SourcePosition(file), e);
        }
    }

    private static QuantizeException Wrong(XElement element, string file, string what)
    {
        var info = (IXmlLineInfo)element;
        return new QuantizeException(DiagnosticCodes.LabelInvalid, $"This is no Pascal VOC annotation: {what}.", new SourcePosition(file, info.LineNumber, info.LinePosition));
    }
}
