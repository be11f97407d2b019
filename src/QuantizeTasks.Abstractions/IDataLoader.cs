namespace QuantizeTasks;

/// <summary>A data set with random access. Implementations are called from several threads at once and give the same sample for the same index each time.</summary>
public interface IDataLoader
{
    /// <summary>How many samples there are.</summary>
    int Count { get; }

    /// <summary>Reads sample <paramref name="index"/>, 0 .. <see cref="Count"/> - 1.</summary>
    Sample Load(int index);
}
