using System.Globalization;
using System.Text;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// What sequence an output and a label stand for, as units that are equal or not: characters or words of a text, or token ids. An output of scores has its classes along the last axis; <c>decode: ctc</c> then
/// merges repeats and drops the <c>blank</c> (Graves et al. 2006, best path decoding), <c>decode: greedy</c> takes each position's best. Integers are tokens, text is text. <c>end</c> is the
/// token that ends a sequence, <c>ignore</c> (default -100) one of the label that does not count, <c>characters</c> the text whose i-th character token i stands for.
/// </summary>
internal sealed class SequenceReader
{
    private readonly string _metric;
    private readonly bool _byWords;
    private readonly bool _ctc;
    private readonly int _blank;
    private readonly int _ignore;
    private readonly int? _end;
    private readonly int? _separator;
    private readonly string? _output;
    private readonly string[]? _characters;

    /// <param name="metric">What messages call it.</param>
    /// <param name="byWords">Whether a text's units are words, else its characters.</param>
    /// <param name="decode">How scores are read unless the manifest says otherwise: <c>ctc</c> or <c>greedy</c>.</param>
    /// <param name="parameters">The metric's options.</param>
    public SequenceReader(string metric, bool byWords, string decode, MetricParameters parameters)
    {
        (_metric, _byWords) = (metric, byWords);
        _ctc = parameters.OneOf("decode", decode, "ctc", "greedy") == "ctc";
        _blank = parameters.Integer("blank", 0, int.MaxValue) ?? 0;
        _ignore = parameters.Integer("ignore", int.MinValue, int.MaxValue) ?? -100;
        _end = parameters.Integer("end", 0, int.MaxValue);
        _separator = byWords ? parameters.Integer("separator", 0, int.MaxValue) : null;
        _output = parameters.Text("output");
        var characters = parameters.Text("characters");
        _characters = characters is null ? null : [.. characters.EnumerateRunes().Select(rune => rune.ToString())];
        Definition = FormattableString.Invariant($"ctc={_ctc} blank={_blank} ignore={_ignore} end={_end} separator={_separator} characters={characters?.Length}:{characters} output={_output}");
    }

    /// <summary>Everything that changes what is read.</summary>
    public string Definition { get; }

    /// <summary>The units of prediction and label; no prediction when a score is NaN.</summary>
    public (string[]? Predicted, string[] Labelled) Read(in MetricInput input)
    {
        var (output, label) = (input.Output(_output), input.RequiredLabel(_metric));
        var labelled = label.Data is string[] texts ? Units(string.Join(' ', texts)) : Units(Ended(Integers(label, input.SampleName).Where(id => id != _ignore)), input.SampleName);
        if (label.Data is string[] && output.Data is not string[] && _characters is null)
            throw new QuantizeException(DiagnosticCodes.MissingKey, $"The label of {input.SampleName} is text and the model gives tokens: {_metric} needs the parameter 'characters', the text whose i-th character token i stands for.");
        if (output.Data is string[] answer)
            return (Units(string.Join(' ', answer)), labelled);
        return (Tokens(output, input.SampleName) is { } tokens ? Units(Ended(tokens), input.SampleName) : null, labelled);
    }

    private IEnumerable<long>? Tokens(Tensor output, string sample)
    {
        if (output.Data is not (float[] or double[]))
            return Integers(output, sample);
        if (output.Shape.Count < 2 || output.Length == 0 || output.Shape.SkipLast(2).Any(extent => extent != 1))
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"{_metric} needs scores of the shape [1, positions, tokens], but the output of {sample} is {output}.");
        var best = ClassScores.ArgMax(output, output.Shape.Count - 1);
        if (best.Contains(ClassScores.None))
            return null;
        return best.Where((token, i) => !_ctc || (token != _blank && (i == 0 || token != best[i - 1]))).Select(token => (long)token);
    }

    private static long[] Integers(Tensor tensor, string sample) => Array.ConvertAll(MetricTensors.ToDoubles(tensor), value => value == Math.Floor(value) && Math.Abs(value) < 1e15 ? (long)value
        : throw new QuantizeException(DiagnosticCodes.LabelInvalid, FormattableString.Invariant($"{sample} has the token {value}, which is no whole number.")));

    private IEnumerable<long> Ended(IEnumerable<long> tokens) => tokens.TakeWhile(token => token != _end);

    private string[] Units(string text) =>
        _byWords ? text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [.. text.EnumerateRunes().Select(rune => rune.ToString())];

    private string[] Units(IEnumerable<long> tokens, string sample)
    {
        if (_characters is not null)
            return Units(string.Concat(tokens.Select(token => token >= 0 && token < _characters.Length ? _characters[token]
                : throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"{sample} has the token {token}; 'characters' has {_characters.Length}."))));
        var units = new List<string>();
        var goesOn = false;
        foreach (var token in tokens)
        {
            var name = token.ToString(CultureInfo.InvariantCulture);
            if (goesOn && token != _separator)
                units[^1] += " " + name;
            else if (token != _separator)
                units.Add(name);
            goesOn = _separator is not null && token != _separator;
        }
        return [.. units];
    }
}
