using QuantizeTasks.Onnx;

namespace QuantizeTasks.Tests.Reference;

/// <summary>Operators that work element by element.</summary>
internal static class Elementwise
{
    public static Dictionary<string, ReferenceRuntime.Operator> Operators { get; } = new(StringComparer.Ordinal)
    {
        ["Add"] = Binary((a, b) => a + b),
        ["Sub"] = Binary((a, b) => a - b),
        ["Mul"] = Binary((a, b) => a * b),
        ["Div"] = Binary((a, b) => a / b),
        ["Pow"] = Binary(Math.Pow),
        ["Max"] = (_, x) => [x.Skip(1).Aggregate(x[0]!, (a, b) => Values.Combine(a, b!, Math.Max))],
        ["Min"] = (_, x) => [x.Skip(1).Aggregate(x[0]!, (a, b) => Values.Combine(a, b!, Math.Min))],
        ["Sum"] = (_, x) => [x.Skip(1).Aggregate(x[0]!, (a, b) => Values.Combine(a, b!, (p, q) => p + q))],
        ["PRelu"] = Binary((x, slope) => x < 0 ? slope * x : x),
        ["Where"] = (_, x) => [Values.Combine(Values.Combine(x[0]!, x[1]!, (c, a) => c != 0 ? a : double.NaN), x[2]!, (a, b) => double.IsNaN(a) ? b : a)],
        ["Relu"] = Unary(x => Math.Max(x, 0)),
        ["Sqrt"] = Unary(Math.Sqrt),
        ["Exp"] = Unary(Math.Exp),
        ["Abs"] = Unary(Math.Abs),
        ["Neg"] = Unary(x => -x),
        ["Reciprocal"] = Unary(x => 1 / x),
        ["Tanh"] = Unary(Math.Tanh),
        ["Erf"] = Unary(ErrorFunction),
        ["Sigmoid"] = Unary(x => 1 / (1 + Math.Exp(-x))),
        ["HardSwish"] = Unary(x => x * Math.Clamp((x / 6) + 0.5, 0, 1)),
        ["Identity"] = Unary(x => x),
        ["Cast"] = Unary(x => x),
        ["HardSigmoid"] = (n, x) => [x[0]!.Map(v => Math.Clamp((v * n.Float("alpha", 0.2f)) + n.Float("beta", 0.5f), 0, 1))],
        ["LeakyRelu"] = (n, x) => [x[0]!.Map(v => v < 0 ? v * n.Float("alpha", 0.01f) : v)],
        ["Elu"] = (n, x) => [x[0]!.Map(v => v < 0 ? n.Float("alpha", 1) * (Math.Exp(v) - 1) : v)],
        ["Clip"] = (_, x) => [x[0]!.Map(v => Math.Min(Math.Max(v, x.ElementAtOrDefault(1)?.Data[0] ?? double.NegativeInfinity), x.ElementAtOrDefault(2)?.Data[0] ?? double.PositiveInfinity))],
    };

    private static ReferenceRuntime.Operator Unary(Func<double, double> f) => (_, x) => [x[0]!.Map(f)];

    private static ReferenceRuntime.Operator Binary(Func<double, double, double> f) => (_, x) => [Values.Combine(x[0]!, x[1]!, f)];

    /// <summary>The series 2/sqrt(pi) * sum of (-1)^n x^(2n+1) / (n! (2n+1)) (Abramowitz and Stegun 7.1.5), good for the few standard deviations that tests use.</summary>
    private static double ErrorFunction(double x)
    {
        if (Math.Abs(x) > 4)
            return Math.Sign(x);
        var (sum, term) = (x, x);
        for (var n = 1; n < 80; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
