using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// Anchors of a feature pyramid (Lin et al. 2017, section 4): for each of <c>strides</c> a grid of ceil(height / stride) x ceil(width / stride) cells, in rows; in every cell's centre one anchor for each of <c>ratios</c> (height
/// over width) and, within that, of <c>scales</c>: its area is (<c>sizes</c> of the level x scale)².
/// </summary>
internal sealed class AnchorGrid
{
    /// <summary>A real detector has up to some hundred thousand.</summary>
    private const int MostAnchors = 1 << 23;

    private readonly ImmutableArray<double> _strides;
    private readonly ImmutableArray<double> _sizes;
    private readonly ImmutableArray<double> _ratios;
    private readonly ImmutableArray<double> _scales;
    private volatile Made? _last;

    public AnchorGrid(MetricParameters parameters)
    {
        (_strides, _sizes) = (parameters.Numbers("strides"), parameters.Numbers("sizes"));
        (_ratios, _scales) = (parameters.Numbers("ratios"), parameters.Numbers("scales"));
        if (_ratios.IsEmpty)
            _ratios = [1];
        if (_scales.IsEmpty)
            _scales = [1];
        if (_strides.IsEmpty || _sizes.Length != _strides.Length)
            throw parameters.OutOfRange("strides", $"must be numbers, one a level, with as many 'sizes', unless 'priors' names an output; there are {_strides.Length} and {_sizes.Length}");
        foreach (var (name, values, least) in ((string, ImmutableArray<double>, double)[])[("strides", _strides, 1), ("sizes", _sizes, 0), ("ratios", _ratios, 0), ("scales", _scales, 0)])
            if (values.Any(v => v < least || v == 0))
                throw parameters.OutOfRange(name, least == 1 ? "must be at least 1" : "must be positive");
        Definition = $"strides={Text(_strides)} sizes={Text(_sizes)} ratios={Text(_ratios)} scales={Text(_scales)}";
    }

    public string Definition { get; }

    /// <summary>The anchors of an input, in its pixels.</summary>
    public Detection[] Of(int width, int height)
    {
        // Inputs are usually all of one size. A race costs the same work once more.
        if (_last is { } last && (last.Width, last.Height) == (width, height))
            return last.Anchors;
        var count = _strides.Sum(s => Math.Ceiling(height / s) * Math.Ceiling(width / s)) * _ratios.Length * _scales.Length;
        if (count > MostAnchors)
            throw new QuantizeException(DiagnosticCodes.ValueOutOfRange, $"The parameters make more than {MostAnchors} anchors for an input of {width} x {height}.");
        var anchors = new List<Detection>((int)count);
        for (var level = 0; level < _strides.Length; level++)
        {
            var (stride, rows, columns) = (_strides[level], (int)Math.Ceiling(height / _strides[level]), (int)Math.Ceiling(width / _strides[level]));
            for (var cell = 0; cell < rows * columns; cell++)
                foreach (var ratio in _ratios)
                    foreach (var scale in _scales)
                    {
                        var size = _sizes[level] * scale;
                        var (w, h) = (size / Math.Sqrt(ratio), size * Math.Sqrt(ratio));
                        var (x, y) = (((cell % columns) + 0.5) * stride, ((cell / columns) + 0.5) * stride);
                        anchors.Add(new Detection(0, 0, x - (w / 2), y - (h / 2), x + (w / 2), y + (h / 2)));
                    }
        }
        var made = anchors.ToArray();
        _last = new Made(width, height, made);
        return made;
    }

    private static string Text(ImmutableArray<double> values) => string.Join(',', values.Select(v => FormattableString.Invariant($"{v:R}")));

    private sealed record Made(int Width, int Height, Detection[] Anchors);
}
