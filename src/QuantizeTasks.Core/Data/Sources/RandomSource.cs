using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary><c>random:</c>. The manifest's reader refuses it beside a budget.</summary>
internal sealed class RandomSource(RandomSourceSpecification source) : ISource
{
    public IEnumerable<string> Files => [];

    public IDataLoader Open() => new Loader(source);

    public void Identify(FingerprintBuilder fingerprint)
    {
        foreach (var (input, shape) in source.Shapes)
            fingerprint.Add("input", input).Add("shape", string.Join(',', shape));
        foreach (var (input, type) in source.Types)
            fingerprint.Add("type " + input, type.Value);
        fingerprint.Add("count", source.Count).Add("seed", source.Seed).Add("minimum", source.Minimum).Add("maximum", source.Maximum);
    }

    /// <summary>Each sample has a generator of its own, so that it is the same in whatever order they are asked for.</summary>
    private sealed class Loader(RandomSourceSpecification source) : IDataLoader
    {
        private const int MostElements = 1 << 28;

        public int Count => source.Count;

        public Sample Load(int index)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var random = new Random(HashCode(source.Seed, index));
            return new Sample(FormattableString.Invariant($"random {index}"), source.Shapes.ToDictionary(s => s.Key, s => Make(s.Key, [.. s.Value], random), StringComparer.Ordinal));
        }

        private Tensor Make(string input, int[] shape, Random random)
        {
            var count = shape.Aggregate(1L, (product, extent) => Math.Min(product * extent, int.MaxValue));
            if (count > MostElements)
                throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The shape of '{input}' has too many elements; random data has {MostElements} at most.", source.Position);
            T[] All<T>(Func<double, T> convert)
            {
                var values = new T[count];
                for (var i = 0; i < values.Length; i++)
                    values[i] = convert(source.Minimum + (random.NextDouble() * (source.Maximum - source.Minimum)));
                return values;
            }
            return (source.Types.TryGetValue(input, out var named) ? named.Value : "float32") switch
            {
                "float64" => Tensor.Create(All(v => v), shape),
                "int64" => Tensor.Create(All(v => (long)Math.Round(v)), shape),
                "int32" => Tensor.Create(All(v => (int)Math.Round(v)), shape),
                "uint8" => Tensor.Create(All(v => (byte)Math.Clamp(Math.Round(v), byte.MinValue, byte.MaxValue)), shape),
                "int8" => Tensor.Create(All(v => (sbyte)Math.Clamp(Math.Round(v), sbyte.MinValue, sbyte.MaxValue)), shape),
                "bool" => Tensor.Create(All(v => v >= (source.Minimum + source.Maximum) / 2), shape),
                "string" => Tensor.Create(All(v => v.ToString("R", CultureInfo.InvariantCulture)), shape),
                _ => Tensor.Create(All(v => (float)v), shape),
            };
        }

        /// <summary>Not System.HashCode, which differs from process to process.</summary>
        private static int HashCode(int seed, int index) => unchecked((seed * 397) ^ (index * 486187739));
    }
}
