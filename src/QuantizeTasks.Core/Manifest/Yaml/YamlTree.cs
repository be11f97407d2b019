using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace QuantizeTasks.Manifest.Yaml;

/// <summary>
/// Builds the tree of a YAML text from the parser's events, keeping line and column of every node. What YAML allows beyond a plain tree is bounded or refused:
/// depth and size are limited, aliases count with their contents, and tags, merge keys, duplicate keys and further documents are errors.
/// </summary>
internal sealed class YamlTree
{
    private readonly string _file;
    private readonly Parser _parser;
    private readonly Dictionary<string, ManifestNode> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlTree(string file, string text)
    {
        _file = file;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Parses a text.</summary>
    /// <param name="file">The file that positions name.</param>
    /// <param name="text">The YAML.</param>
    /// <exception cref="QuantizeException">The text is not one YAML mapping within <see cref="YamlLimits"/> (QTZ1002), or a key occurs twice (QTZ1008).</exception>
    public static MappingNode Parse(string file, string text)
    {
        var tree = new YamlTree(file, text);
        try
        {
            return tree.ParseDocument();
        }
        catch (YamlException e)
        {
            // The parser points at the value before a tab, and at nothing useful when a key comes before it.
            if (e.Message.Contains("tab", StringComparison.Ordinal) && TabInIndentation(text, (int)e.Start.Line) is { } tab)
                throw new QuantizeException(DiagnosticCodes.ManifestSyntax, "This line is indented with a tab, which YAML does not allow. Use spaces.", new SourcePosition(file, tab.Line, tab.Column), e);
            throw new QuantizeException(DiagnosticCodes.ManifestSyntax, $"This is not valid YAML: {e.Message.ReplaceLineEndings(" ")}", tree.At(e.Start), e);
        }
        catch (InvalidOperationException e)
        {
            // What the parser throws when a flow collection is not closed.
            throw new QuantizeException(DiagnosticCodes.ManifestSyntax, "This is not valid YAML. Is a '[' or '{' near this place not closed?", tree.At(tree._parser.Current!.End), e);
        }
    }

    private MappingNode ParseDocument()
    {
        Next<StreamStart>();
        if (Next() is StreamEnd)
            throw Empty();
        var content = Next();
        var root = ParseNode(content, depth: 1);
        Next<DocumentEnd>();
        var after = Next();
        if (after is DocumentStart)
            throw Error("The file holds several YAML documents. A manifest is one; put the others into files of their own.", after.Start);
        if (root is ScalarNode { IsNull: true })
            throw Empty();
        return root as MappingNode ?? throw Error($"A manifest is a mapping of keys such as 'model' and 'data', but this is {root.Kind}.", content.Start);
    }

    private ManifestNode ParseNode(ParsingEvent next, int depth)
    {
        if (next is AnchorAlias alias)
            return Resolve(alias);
        var start = next as NodeEvent ?? throw new SyntaxErrorException(next.Start, next.End, "A value was expected here.");
        if (depth > YamlLimits.Depth)
            throw Error($"The manifest is nested deeper than {YamlLimits.Depth} levels.", start.Start);
        if (!start.Tag.IsEmpty)
            throw Error($"The YAML tag '{start.Tag.Value}' is not supported. Remove it.", start.Start);
        Count(1, start);
        ManifestNode node = start switch
        {
            Scalar scalar => new ScalarNode(scalar.Value, scalar.Style == ScalarStyle.Plain, At(scalar.Start)),
            SequenceStart => ParseList(start, depth),
            _ => ParseMapping(start, depth),
        };

        // Only complete nodes can be referred to, so no node can contain itself.
        if (!start.Anchor.IsEmpty)
            _anchors[start.Anchor.Value] = node;
        return node;
    }

    private ListNode ParseList(NodeEvent start, int depth)
    {
        var items = ImmutableArray.CreateBuilder<ManifestNode>();
        for (var next = Next(); next is not SequenceEnd; next = Next())
            items.Add(ParseNode(next, depth + 1));
        return new ListNode(items.ToImmutable(), At(start.Start));
    }

    private MappingNode ParseMapping(NodeEvent start, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<MappingEntry>();
        var seen = new Dictionary<string, SourcePosition>(StringComparer.Ordinal);
        for (var next = Next(); next is not MappingEnd; next = Next())
        {
            if (next is not Scalar key || !key.Tag.IsEmpty || !key.Anchor.IsEmpty)
                throw Error("A key must be plain text.", next.Start);
            if (key is { Value: "<<", Style: ScalarStyle.Plain })
                throw Error("YAML merge keys ('<<') are not supported. Write the keys out, or use an alias for the whole value.", key.Start);
            var position = At(key.Start);
            if (!seen.TryAdd(key.Value, position))
                throw new QuantizeException(DiagnosticCodes.ConflictingKeys, $"The key '{key.Value}' is given twice; it stands in line {seen[key.Value].Line} already. Remove one of them.", position);
            Count(1, key);
            entries.Add(new MappingEntry(key.Value, position, ParseNode(Next(), depth + 1)));
        }

        return new MappingNode(entries.ToImmutable(), At(start.Start));
    }

    private ManifestNode Resolve(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var node))
            throw Error($"There is no anchor '&{alias.Value.Value}' before this alias.", alias.Start);
        Count(node.Size, alias);
        return node;
    }

    private void Count(int nodes, ParsingEvent at)
    {
        _nodes += nodes;
        if (_nodes > YamlLimits.Nodes)
            throw Error($"The manifest has more than {YamlLimits.Nodes} values, those that aliases repeat included.", at.Start);
    }

    private ParsingEvent Next() => _parser.MoveNext() ? _parser.Current! : throw new SyntaxErrorException("The text ends too early.");

    private void Next<T>()
        where T : ParsingEvent
    {
        if (Next() is var found and not T)
            throw new SyntaxErrorException(found.Start, found.End, "Something else was expected here.");
    }

    private QuantizeException Empty() => new(DiagnosticCodes.ManifestSyntax, "The manifest is empty. It needs at least 'model', 'data' and 'metrics'.", new SourcePosition(_file));

    private QuantizeException Error(string message, Mark at) => new(DiagnosticCodes.ManifestSyntax, message, At(at));

    private SourcePosition At(Mark mark) => new(_file, (int)mark.Line, (int)mark.Column);

    private static (int Line, int Column)? TabInIndentation(string text, int fromLine)
    {
        var lines = text.Split('\n');
        for (var i = fromLine - 1; i < lines.Length; i++)
        {
            var tab = lines[i].IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && string.IsNullOrWhiteSpace(lines[i][..tab]))
                return (i + 1, tab + 1);
        }

        return null;
    }
}
