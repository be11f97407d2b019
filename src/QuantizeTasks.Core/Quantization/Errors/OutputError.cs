using System.Globalization;
using System.Runtime.InteropServices;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Calibration;

namespace QuantizeTasks.Quantization.Errors;

/// <summary>How far a model's outputs are from another's, label-free: noise as a share of the signal, averaged over the outputs.</summary>
internal sealed class OutputError
{
    private readonly SortedDictionary<string, Sums> _outputs = new(StringComparer.Ordinal);

    /// <summary>The mean over the outputs of noise energy by signal energy about the mean; 0 is exact. Infinite when the second model gave a value that is not finite.</summary>
    public double Relative => _outputs.Count == 0 ? 0 : _outputs.Values.Average(sums => sums.Relative);

    /// <summary>Compares two models on the first calibration samples; known from before for the same models and data.</summary>
    /// <param name="passes">Runs them.</param>
    /// <param name="expected">The model whose outputs are right.</param>
    /// <param name="actual">The model whose outputs are compared.</param>
    /// <param name="count">How many samples.</param>
    public static double Measure(ICalibrationPasses passes, SerializedModel expected, SerializedModel actual, int count)
    {
        var arguments = string.Create(CultureInfo.InvariantCulture, $"{count} samples against {expected.Fingerprint}");
        return MemoryMarshal.Read<double>(passes.Remember("output error/1", actual, arguments, () =>
        {
            var error = new OutputError();
            foreach (var (want, have) in passes.Run(expected, count).Zip(passes.Run(actual, count)))
                error.Add(want, have);
            return BitConverter.GetBytes(error.Relative);
        }));
    }

    /// <summary>Adds one sample.</summary>
    public void Add(IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> actual)
    {
        foreach (var (name, want) in expected)
        {
            if (!_outputs.TryGetValue(name, out var sums))
                _outputs.Add(name, sums = new Sums());
            if (want.ElementType == typeof(float))
                sums.Add(want.As<float>(), actual[name].As<float>());
            else
                sums.AddDiscrete(want.Data, actual[name].Data);
        }
    }

    private sealed class Sums
    {
        private double _count;
        private double _sum;
        private double _squares;
        private double _noise;

        /// <summary>A constant output has no signal; its noise then counts as it is.</summary>
        public double Relative
        {
            get
            {
                var signal = _squares - (_sum * _sum / Math.Max(1, _count));
                var relative = _noise == 0 ? 0 : signal > 0 ? _noise / signal : _noise;
                return double.IsFinite(relative) ? relative : double.PositiveInfinity;
            }
        }

        public void Add(float[] want, float[] have)
        {
            for (var i = 0; i < want.Length; i++)
            {
                double value = want[i], difference = value - have[i];
                _sum += value;
                _squares += value * value;
                _noise += difference * difference;
            }
            _count += want.Length;
        }

        /// <summary>Classes, indices, texts: the share that differs.</summary>
        public void AddDiscrete(Array want, Array have)
        {
            for (var i = 0; i < want.Length; i++)
                _noise += i < have.Length && Equals(want.GetValue(i), have.GetValue(i)) ? 0 : 1;
            (_squares, _count, _sum) = (_squares + want.Length, _count + want.Length, 0);
        }
    }
}
