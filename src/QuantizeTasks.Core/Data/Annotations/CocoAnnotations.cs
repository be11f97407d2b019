using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>
/// An <c>instances_*.json</c> of COCO (cocodataset.org/#format-data): <c>images</c>, <c>annotations</c> with <c>bbox</c> [x, y, width, height], <c>categories</c>. Images come in ascending order of their ids.
/// </summary>
internal sealed class CocoAnnotations
{
    private readonly record struct Box(long Image, long Category, double X, double Y, double Width, double Height, bool IsCrowd, double Area, int Line);

    private readonly Dictionary<long, (string Name, int Line)> _images = [];
    private readonly List<Box> _boxes = [];
    private readonly List<long> _categories = [];

    public static AnnotationSet Read(AnnotationSpecification annotations, AnnotatedFolder folder)
    {
        var file = new CocoAnnotations();
        using (var tokens = new JsonTokens(annotations.Path.Value, annotations.Path.Position))
            file.Read(tokens);
        var classes = file.Classes(annotations);
        var boxes = file._boxes.ToLookup(b => b.Image, b => new LabelledBox(Class(b, classes, annotations), b.X, b.Y, b.X + b.Width, b.Y + b.Height, b.IsCrowd, b.Area));
        if (file._boxes.FirstOrDefault(b => !file._images.ContainsKey(b.Image)) is { Line: > 0 } stray)
            throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"An annotation belongs to the image {stray.Image}, which 'images' does not have.", new SourcePosition(annotations.Path.Value, stray.Line, 1));
        var images = file._images.OrderBy(i => i.Key)
            .Select(i => new AnnotatedImage(folder.Find(i.Value.Name, new SourcePosition(annotations.Path.Value, i.Value.Line, 1)), null, [.. boxes[i.Key]]));
        return new AnnotationSet([.. images], [annotations.Path.Value]);
    }

    private static int Class(Box box, Dictionary<long, int> classes, AnnotationSpecification annotations) => classes.TryGetValue(box.Category, out var index) ? index
        : throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"An annotation has the category {box.Category}, which 'categories' does not have.", new SourcePosition(annotations.Path.Value, box.Line, 1));

    /// <summary>The model's class of each category: its place in the list, as there are gaps in the ids of COCO's 80 categories, or its id.</summary>
    private Dictionary<long, int> Classes(AnnotationSpecification annotations)
    {
        var classes = new Dictionary<long, int>();
        foreach (var (id, index) in _categories.Select((id, index) => (id, index)))
            if (id is < 0 or > int.MaxValue || !classes.TryAdd(id, annotations.ByCategoryId ? (int)id : index + annotations.FirstClass))
                throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"The category {id} is out of range or there twice.", new SourcePosition(annotations.Path.Value));
        return classes;
    }

    private void Read(JsonTokens tokens)
    {
        tokens.Read();
        foreach (var name in tokens.Names("The file"))
        {
            switch (name)
            {
                case "images":
                    foreach (var _ in tokens.Elements("'images'"))
                        ReadImage(tokens);
                    break;
                case "annotations":
                    foreach (var _ in tokens.Elements("'annotations'"))
                        ReadBox(tokens);
                    break;
                case "categories":
                    foreach (var _ in tokens.Elements("'categories'"))
                        ReadCategory(tokens);
                    break;
                default:
                    tokens.Skip();
                    break;
            }
        }
        if (tokens.Read())
            throw tokens.Wrong("Something follows the end of the JSON object.");
        if (_categories.Count == 0)
            throw tokens.Wrong("The file has no 'categories'. Is it an instances_*.json of COCO?");
    }

    private void ReadImage(JsonTokens tokens)
    {
        var (id, file, line) = ((long?)null, (string?)null, tokens.Position.Line);
        foreach (var name in tokens.Names("An image"))
        {
            if (name == "id")
                id = tokens.NextWhole("The id of an image");
            else if (name == "file_name" && tokens.Read())
                file = tokens.Text;
            else
                tokens.Skip();
        }
        if (id is null || string.IsNullOrEmpty(file))
            throw tokens.Wrong("An image needs 'id' and 'file_name'.");
        if (!_images.TryAdd(id.Value, (file, line)))
            throw tokens.Wrong($"The image {id} is there twice.");
    }

    private void ReadCategory(JsonTokens tokens)
    {
        long? id = null;
        foreach (var name in tokens.Names("A category"))
        {
            if (name == "id")
                id = tokens.NextWhole("The id of a category");
            else
                tokens.Skip();
        }
        _categories.Add(id ?? throw tokens.Wrong("A category needs an 'id'."));
    }

    private void ReadBox(JsonTokens tokens)
    {
        var (image, category, crowd, area, box, line) = ((long?)null, (long?)null, 0L, (double?)null, new List<double>(4), tokens.Position.Line);
        foreach (var name in tokens.Names("An annotation"))
        {
            switch (name)
            {
                case "image_id":
                    image = tokens.NextWhole("'image_id'");
                    break;
                case "category_id":
                    category = tokens.NextWhole("'category_id'");
                    break;
                case "iscrowd":
                    crowd = tokens.NextWhole("'iscrowd'");
                    break;
                case "area":
                    area = tokens.NextNumber("'area'");
                    break;
                case "bbox":
                    foreach (var _ in tokens.Elements("'bbox'"))
                        box.Add(box.Count < 4 ? tokens.Number : throw tokens.Wrong("'bbox' must be [x, y, width, height]."));
                    break;
                default:
                    tokens.Skip();
                    break;
            }
        }
        if (image is null || category is null || box.Count != 4 || !box.All(double.IsFinite) || box[2] < 0 || box[3] < 0 || area < 0)
            throw tokens.Wrong("An annotation needs 'image_id', 'category_id' and 'bbox' [x, y, width, height] with finite numbers and no negative size.");
        _boxes.Add(new Box(image.Value, category.Value, box[0], box[1], box[2], box[3], crowd != 0, area ?? box[2] * box[3], line));
    }
}
