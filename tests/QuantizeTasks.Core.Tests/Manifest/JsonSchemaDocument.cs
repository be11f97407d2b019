using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using QuantizeTasks.Manifest.Schema;

namespace QuantizeTasks.Manifest;

/// <summary>The manifest's schema in the form that editors know (JSON Schema, draft 7).</summary>
internal static class JsonSchemaDocument
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text()
    {
        var document = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "QuantizeTasks manifest",
            ["description"] = "Turns a float ONNX model into an int8 one and proves that it stays within an accuracy budget.",
        };
        foreach (var (name, value) in Of(ManifestSchema.Root).ToArray())
            document[name] = value?.DeepClone();
        return document.ToJsonString(Indented) + "\n";
    }

    /// <summary>Whether a key can stand in a manifest at all: an unsupported one only where its default is accepted.</summary>
    public static bool IsAccepted(Key key) => key.IsSupported || key.Default is not null;

    private static JsonObject Of(Shape shape)
    {
        switch (shape)
        {
            case TextShape:
                return new JsonObject { ["type"] = "string", ["minLength"] = 1 };
            case ChoiceShape choice:
                var words = new JsonArray([.. choice.Words.Select(w => JsonValue.Create(w))]);
                if (choice.Words.Contains("None"))
                    words.Add(null);
                return new JsonObject { ["enum"] = words };
            case NumberShape number:
                return OfNumber(number);
            case DurationShape:
                return new JsonObject { ["type"] = new JsonArray("number", "string"), ["pattern"] = "^([0-9]+h)?([0-9]+m)?([0-9]+(\\.[0-9]+)?s?)?$" };
            case BooleanShape:
                return new JsonObject { ["type"] = "boolean" };
            case AnyScalarShape:
                return new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") };
            case ListShape list:
                var array = new JsonObject { ["type"] = "array", ["items"] = Of(list.Item) };
                if (list.Minimum > 0)
                    array["minItems"] = list.Minimum;
                if (list.Maximum < int.MaxValue)
                    array["maxItems"] = list.Maximum;
                return array;
            case NamesShape names:
                return new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(names.Value), ["minProperties"] = names.Minimum };
            case EitherShape either:
                return new JsonObject { ["anyOf"] = new JsonArray(Of(either.Single), Of(either.Several)) };
            default:
                return OfMapping((MappingShape)shape);
        }
    }

    private static JsonObject OfNumber(NumberShape shape)
    {
        var number = new JsonObject { ["type"] = shape.Type == NumberType.Whole ? "integer" : "number" };
        if (shape.Minimum is { } minimum)
            number[shape.AboveMinimum ? "exclusiveMinimum" : "minimum"] = minimum;
        if (shape.Maximum is { } maximum)
            number["maximum"] = maximum;
        if (shape.NotZero)
            number["not"] = new JsonObject { ["const"] = 0 };
        return number;
    }

    private static JsonObject OfMapping(MappingShape shape)
    {
        var properties = new JsonObject();
        foreach (var key in shape.Keys.Where(IsAccepted))
        {
            var property = key.IsSupported ? Of(key.Shape) : new JsonObject { ["const"] = Value(key.Default!) };
            property["description"] = key.IsSupported ? key.Description : $"{key.Description} Not supported yet: only its default is accepted.";
            if (key.Default is { } text && text[0] != '{')
                property["default"] = Value(text);
            properties[key.Name] = property;
        }

        var mapping = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (shape.Keys.Any(k => k.IsRequired))
            mapping["required"] = Names(shape.Keys.Where(k => k.IsRequired).Select(k => k.Name));
        if (!shape.Alternatives.IsEmpty)
            mapping["oneOf"] = new JsonArray([.. shape.Alternatives.Select(a => new JsonObject { ["required"] = Names(a) })]);
        return mapping;
    }

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(n => JsonValue.Create(n))];

    // A default is written as YAML would have it; true, false and numbers are the same in JSON.
    private static JsonNode Value(string text) => text is "true" or "false" || char.IsAsciiDigit(text[0]) || text[0] == '-' ? JsonNode.Parse(text)! : JsonValue.Create(text);
}
