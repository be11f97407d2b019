using QuantizeTasks.Quantization.Calibration;

namespace QuantizeTasks.Benchmarks;

#pragma warning disable
internal static class OutputError
{
    public static string Describe(QuantizeTasks.Onnx.Values.SerializedModel floatModel, QuantizeTasks.Onnx.Values.SerializedModel int8, ICalibrationPasses passes)
    {
        var (noise, signal, perSample, kl, agree, n, cos) = (0.0, 0.0, 0.0, 0.0, 0, 0, 0.0);
        foreach (var (a, b) in passes.Run(floatModel, passes.Samples).Zip(passes.Run(int8, passes.Samples)))
        {
            var (sn, ss) = (0.0, 0.0);
            foreach (var (name, tensor) in a)
            {
                var (x, y) = (tensor.As<float>(), b[name].As<float>());
                var mean = x.Average(v => (double)v);
                var dot = 0.0; var yy = 0.0; var xx = 0.0;
                for (var i = 0; i < x.Length; i++) { sn += Math.Pow(x[i] - y[i], 2); ss += Math.Pow(x[i] - mean, 2); dot += x[i] * (double)y[i]; xx += x[i] * (double)x[i]; yy += y[i] * (double)y[i]; }
                cos += 1 - dot / Math.Sqrt(xx * yy + 1e-30);
                if (tensor.Shape.Count >= 2)
                {
                    // softmax along axis 1
                    var c = tensor.Shape[1]; var inner = tensor.Shape.Skip(2).Aggregate(1, (p, q) => p * q);
                    var k = 0.0; var ag = 0;
                    var (p1, p2) = (new double[c], new double[c]);
                    var isProb = x.All(v => v >= 0 && v <= 1.0001f) && Math.Abs(Enumerable.Range(0, c).Sum(q => x[q * inner]) - 1) < 1e-3;
                    for (var j = 0; j < inner; j++)
                    {
                        for (var q = 0; q < c; q++) { p1[q] = x[q * inner + j]; p2[q] = y[q * inner + j]; }
                        if (!isProb) { Soft(p1); Soft(p2); }
                        for (var q = 0; q < c; q++) k += p1[q] <= 0 ? 0 : p1[q] * Math.Log(p1[q] / Math.Max(p2[q], 1e-6));
                        if (Array.IndexOf(p1, p1.Max()) == Array.IndexOf(p2, p2.Max())) ag++;
                    }
                    kl += k / inner; agree += ag * 10000 / inner;
                }
            }
            noise += sn; signal += ss; perSample += sn / Math.Max(ss, 1e-30); n++;
        }
        return $"SQNR {10 * Math.Log10(signal / noise):F2} dB, mean NMSE {10 * Math.Log10(perSample / n):F2} dB, KL {kl / n:E3}, cos {cos / n:E3}, agree {agree / n / 100.0:F2}%";
    }

    private static void Soft(double[] v) { var m = v.Max(); var s = 0.0; for (var i = 0; i < v.Length; i++) s += v[i] = Math.Exp(v[i] - m); for (var i = 0; i < v.Length; i++) v[i] /= s; }
}
