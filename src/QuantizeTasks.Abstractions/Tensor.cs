using System;
using System.Collections.Generic;

namespace QuantizeTasks;

/// <summary>A dense row-major array with a shape. Its elements are a one-dimensional .NET array that the tensor does not copy.</summary>
public sealed class Tensor
{
    private readonly int[] _shape;

    private Tensor(Array data, int[] shape)
    {
        _shape = (int[])shape.Clone();
        Data = data;
    }

    /// <summary>The elements in row-major order: float[], double[], sbyte[], byte[], short[], ushort[], int[], uint[], long[], ulong[], bool[] or string[].</summary>
    public Array Data { get; }

    /// <summary>The extent of every axis; empty for a scalar.</summary>
    public IReadOnlyList<int> Shape => _shape;

    /// <summary>How many elements there are: the product of the shape.</summary>
    public int Length => Data.Length;

    /// <summary>The type of one element.</summary>
    public Type ElementType => Data.GetType().GetElementType()!;

    /// <summary>Wraps <paramref name="data"/>, which is not copied.</summary>
    /// <exception cref="ArgumentException">The shape does not hold exactly as many elements as <paramref name="data"/> has, or an extent is negative.</exception>
    public static Tensor Create<T>(T[] data, params int[] shape)
    {
        if (data is null)
            throw new ArgumentNullException(nameof(data));
        if (shape is null)
            throw new ArgumentNullException(nameof(shape));
        long count = 1;
        foreach (var extent in shape)
        {
            if (extent < 0)
                throw new ArgumentException($"A shape cannot have the extent {extent}.", nameof(shape));
            count *= extent;
            if (count > int.MaxValue)
                throw new ArgumentException("A tensor holds at most 2^31-1 elements.", nameof(shape));
        }
        if (count != data.Length)
            throw new ArgumentException($"The shape [{string.Join(", ", shape)}] holds {count} elements, not {data.Length}.", nameof(shape));
        return new Tensor(data, shape);
    }

    /// <summary>The elements as the array they are.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public T[] As<T>() =>
        // Not by a cast alone: to the runtime a sbyte[] is also a byte[], and so on (ECMA-335, I.8.7.1).
        ElementType == typeof(T) ? (T[])Data : throw new InvalidOperationException($"The tensor holds {ElementType.Name} elements, not {typeof(T).Name}.");

    /// <inheritdoc/>
    public override string ToString() => $"{ElementType.Name}[{string.Join(", ", _shape)}]";
}
