using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest.Schema;

/// <summary>Compares a tree with the shape it must have and reports every difference.</summary>
/// <param name="errors">Takes the differences.</param>
/// <param name="whole">The shape of the whole tree.</param>
/// <param name="document">What the tree is, with its article.</param>
internal sealed class ShapeCheck(ErrorList errors, MappingShape whole, string document)
{
    /// <summary>Checks a whole tree.</summary>
    public void Check(MappingNode root) => CheckMapping(root, whole, "");

    private void Check(ManifestNode node, Shape shape, string path)
    {
        switch (shape)
        {
            case EitherShape either:
                Check(node, node is ScalarNode ? either.Single : either.Several, path, either.Expected);
                break;
            default:
                Check(node, shape, path, shape.Expected);
                break;
        }
    }

    private void Check(ManifestNode node, Shape shape, string path, string expected)
    {
        switch (shape, node)
        {
            case (_, ScalarNode { IsNull: true }) when shape is not ChoiceShape { Words: [.., "None"] }:
                errors.Add(DiagnosticCodes.WrongType, node, $"'{path}' has no value; it must be {expected}. Give it one, or remove the key.");
                break;
            case (TextShape, ScalarNode scalar):
                if (scalar.Text.Length == 0)
                    errors.Add(DiagnosticCodes.ValueOutOfRange, node, $"'{path}' is an empty text; it must be {expected}.");
                else if (scalar.Text.Any(char.IsControl))
                    errors.Add(DiagnosticCodes.ValueOutOfRange, node, $"'{path}' contains a control character; it must be {expected}.");
                break;
            case (ChoiceShape choice, ScalarNode scalar):
                CheckChoice(scalar, choice, path);
                break;
            case (NumberShape number, ScalarNode scalar):
                CheckNumber(scalar, number, path, expected);
                break;
            case (DurationShape, ScalarNode scalar):
                if (DurationFormat.Parse(scalar.Text) is null)
                    errors.Add(DiagnosticCodes.ValueOutOfRange, node, $"'{path}' must be {expected}, but is {node.Kind}.");
                break;
            case (BooleanShape, ScalarNode scalar) when ScalarFormat.Boolean(scalar) is not null:
            case (AnyScalarShape, ScalarNode):
                break;
            case (ListShape list, ListNode items):
                CheckList(items, list, path);
                break;
            case (MappingShape mapping, MappingNode entries):
                CheckMapping(entries, mapping, path);
                break;
            case (NamesShape names, MappingNode entries):
                CheckNames(entries, names, path);
                break;
            default:
                var quotes = shape is BooleanShape && node is ScalarNode { IsPlain: false } ? " Write it without quotes." : "";
                errors.Add(DiagnosticCodes.WrongType, node, $"'{path}' must be {expected}, but is {node.Kind}.{quotes}");
                break;
        }
    }

    private void CheckChoice(ScalarNode node, ChoiceShape choice, string path)
    {
        if (choice.Words.Contains(node.Text, StringComparer.Ordinal) || (node.IsNull && choice.Words.Contains("None")))
            return;
        if (choice.NotYet.Contains(node.Text, StringComparer.Ordinal))
            errors.Add(DiagnosticCodes.NotSupportedYet, node, $"'{path}' is '{node.Text}', which is known but not supported yet; it must be {choice.Expected}.");
        else
            errors.Add(DiagnosticCodes.UnknownName, node, $"'{path}' must be {choice.Expected}, but is {node.Kind}.{DidYouMean.Hint(node.Text, choice.Words)}");
    }

    private void CheckNumber(ScalarNode node, NumberShape shape, string path, string expected)
    {
        if (ScalarFormat.Number(node) is not { } number)
            errors.Add(DiagnosticCodes.WrongType, node, $"'{path}' must be {expected}, but is {node.Kind}.{(node.IsPlain ? "" : " Write it without quotes.")}");
        else if (shape.Type == NumberType.Whole && !ScalarFormat.IsWholeNumber(node))
            errors.Add(DiagnosticCodes.WrongType, node, $"'{path}' must be {expected}, but is {node.Kind}. Write it with digits only.");
        else if (!shape.Allows(number))
            errors.Add(DiagnosticCodes.ValueOutOfRange, node, $"'{path}' must be {expected}, but is {node.Kind}{(double.IsFinite(number) ? "" : ", which is not finite")}.");
    }

    private void CheckList(ListNode node, ListShape shape, string path)
    {
        if (node.Items.Length < shape.Minimum || node.Items.Length > shape.Maximum)
            errors.Add(DiagnosticCodes.ValueOutOfRange, node, string.Create(CultureInfo.InvariantCulture, $"'{path}' must be {shape.Expected}, but has {node.Items.Length}."));
        for (var i = 0; i < node.Items.Length; i++)
            Check(node.Items[i], shape.Item, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
    }

    private void CheckNames(MappingNode node, NamesShape shape, string path)
    {
        if (node.Entries.Length < shape.Minimum)
            errors.Add(DiagnosticCodes.ValueOutOfRange, node, $"'{path}' is empty; it must be {shape.Expected}.");
        foreach (var entry in node.Entries)
            Check(entry.Value, shape.Value, Join(path, entry.Key));
    }

    private void CheckMapping(MappingNode node, MappingShape shape, string path)
    {
        foreach (var entry in node.Entries)
        {
            if (shape[entry.Key] is not { } key)
                errors.Add(DiagnosticCodes.UnknownKey, entry.Position, null, UnknownKey(entry.Key, shape, path));
            else if (key.IsSupported)
                Check(entry.Value, key.Shape, Join(path, key.Name));
            else if (!IsDefault(entry.Value, key))
                errors.Add(DiagnosticCodes.NotSupportedYet, entry.Value, $"'{Join(path, key.Name)}' is known but not supported yet{(key.Default is null ? $". Remove it. {key.Description}" : $"; only its default '{key.Default}' is accepted, but it is {entry.Value.Kind}.")}");
        }

        // What is there under a mistyped name is not reported as missing too.
        var meant = node.Entries.Where(e => shape[e.Key] is null).Select(e => DidYouMean.Nearest(e.Key, shape.Keys.Select(k => k.Name))).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var key in shape.Keys.Where(k => k.IsRequired && node[k.Name] is null && !meant.Contains(k.Name)))
            errors.Add(DiagnosticCodes.MissingKey, node, $"'{Join(path, key.Name)}' is missing: {key.Shape.Expected}.");
        if (!shape.Alternatives.Any(a => a.Any(meant.Contains)))
            CheckAlternatives(node, shape, path);
    }

    private void CheckAlternatives(MappingNode node, MappingShape shape, string path)
    {
        if (shape.Alternatives.IsEmpty)
            return;
        var names = string.Join(", ", shape.Alternatives.Select(a => string.Join(" with ", a.Select(n => $"'{n}'"))));
        var given = shape.Alternatives.Where(a => a.Any(n => node[n] is not null)).ToList();
        if (given.Count == 0)
            errors.Add(DiagnosticCodes.MissingKey, node, $"'{path}' needs one of {names}.");
        else if (given.Count > 1)
            errors.Add(DiagnosticCodes.ConflictingKeys, node, $"'{path}' may have only one of {names}, but has {string.Join(" and ", given.Select(a => $"'{a.First(n => node[n] is not null)}'"))}.");
        else if (given[0].FirstOrDefault(n => node[n] is null) is { } absent)
            errors.Add(DiagnosticCodes.MissingKey, node, $"'{Join(path, absent)}' is missing; '{given[0].First(n => node[n] is not null)}' needs it.");
    }

    private static bool IsDefault(ManifestNode node, Key key) =>
        key.Default is not null && node is ScalarNode scalar
        && (scalar.Text == key.Default || ScalarFormat.Number(scalar) is { } number && number == ScalarFormat.Number(new ScalarNode(key.Default, true, default)));

    private string UnknownKey(string name, MappingShape shape, string path)
    {
        var allowed = shape.Keys.Where(k => k.IsSupported).Select(k => k.Name).ToList();
        var where = path.Length == 0 ? $"at the top of {document}" : $"in '{path}'";
        // What a metric may have of its own is usually meant for all of them.
        var elsewhere = ManifestSchema.MappingsOf(whole).OrderBy(m => m.Path == "metrics[]").FirstOrDefault(m => m.Mapping[name] is { IsSupported: true });
        // A name that is right elsewhere is more likely to be in the wrong place than to be mistyped.
        var hint = elsewhere.Mapping is null ? DidYouMean.Hint(name, shape.Keys.Select(k => k.Name))
            : elsewhere.Path.Length == 0 ? " It belongs at the top." : $" It belongs in '{elsewhere.Path}'.";
        return $"The key '{ScalarNode.Shorten(name)}' is not known {where}.{hint} Allowed: {string.Join(", ", allowed)}.";
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
