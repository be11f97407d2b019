using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;

namespace QuantizeTasks.Tests;

/// <summary>Runs models in ONNX Runtime and compares what comes out.</summary>
internal static class TestRuns
{
    /// <summary>Graph optimizations off, so that what is run is what was written.</summary>
    public static SessionSettings Plain { get; } = new() { OptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };

    public static IReadOnlyDictionary<string, Tensor> Run(OnnxModel model, IReadOnlyDictionary<string, Tensor> inputs, SessionSettings? settings = null)
    {
        using var session = ModelSession.Create(model.ToBytes(), model.Name, settings ?? Plain);
        return session.Run(inputs);
    }

    /// <summary>A random tensor for every input, open extents being <paramref name="open"/>; integers in [0, <paramref name="integers"/>).</summary>
    public static IReadOnlyDictionary<string, Tensor> RandomInputs(OnnxModel model, int seed = 1, int open = 2, int integers = 3)
    {
        using var session = ModelSession.Create(model.ToBytes(), model.Name, Plain);
        return session.Inputs.ToDictionary(i => i.Name, i => Random(i, new Random((seed * 7919) ^ TestModels.Seed(i.Name)), open, integers));
    }

    /// <summary>Fails unless both models give the same outputs (names, shapes, values) for several random inputs.</summary>
    /// <param name="tolerance">Largest difference allowed, relative to the largest magnitude in that output of the first model.</param>
    public static void AssertEquivalent(OnnxModel expected, OnnxModel actual, double tolerance = 1e-5, int open = 2, int integers = 3)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var inputs = RandomInputs(expected, seed, open, integers);
            AssertEqual(Run(expected, inputs), Run(actual, inputs), tolerance);
        }
    }

    public static void AssertEqual(IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> actual, double tolerance)
    {
        CollectionAssert.AreEquivalent(expected.Keys.ToArray(), actual.Keys.ToArray());
        foreach (var (name, old) in expected)
        {
            var now = actual[name];
            Assert.AreEqual(old.ElementType, now.ElementType, $"element type of '{name}'");
            CollectionAssert.AreEqual(old.Shape.ToArray(), now.Shape.ToArray(), $"shape of '{name}': {old} became {now}");
            if (old.Data is not float[] a)
            {
                CollectionAssert.AreEqual(old.Data, now.Data, $"values of '{name}'");
                continue;
            }
            var b = now.As<float>();
            var largest = a.Select(Math.Abs).Where(float.IsFinite).DefaultIfEmpty(0).Max();
            for (var i = 0; i < a.Length; i++)
                if (!a[i].Equals(b[i]) && !(Math.Abs((double)a[i] - b[i]) <= tolerance * Math.Max(largest, 1e-30)))
                    Assert.Fail($"'{name}'[{i}]: {a[i]:R} became {b[i]:R} (largest magnitude {largest:R})");
        }
    }

    private static Tensor Random(TensorInfo info, Random random, int open, int integers)
    {
        var shape = info.Shape.Select(e => e < 0 ? open : e).ToArray();
        var count = shape.Aggregate(1, (a, b) => a * b);
        T[] Fill<T>(Func<T> next) => [.. Enumerable.Range(0, count).Select(_ => next())];
        // Models of 16-bit floats are fed with float32, as data always is.
        return Type.GetTypeCode(info.ElementType == typeof(Float16) || info.ElementType == typeof(BFloat16) ? typeof(float) : info.ElementType) switch
        {
            TypeCode.Single => Tensor.Create(Fill(() => (float)((random.NextDouble() * 4) - 2)), shape),
            TypeCode.Int64 => Tensor.Create(Fill(() => (long)random.Next(integers)), shape),
            TypeCode.Int32 => Tensor.Create(Fill(() => random.Next(integers)), shape),
            TypeCode.Byte => Tensor.Create(Fill(() => (byte)random.Next(256)), shape),
            TypeCode.Boolean => Tensor.Create(Fill(() => random.Next(2) == 1), shape),
            _ => throw new NotSupportedException($"no random {info.ElementType.Name} for '{info.Name}'"),
        };
    }
}
