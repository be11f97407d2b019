namespace QuantizeTasks;

/// <summary>A data set with random access.</summary>
/// <remarks>
/// <para>Implementations are called from several threads at once: state that is set in the constructor and only read afterwards needs no lock.</para>
/// <para>The same index gives an equal sample each time, in every process: the samples themselves are the data set's identity, and one that changes while a run is under way ends the run.</para>
/// <para>
/// As a plug-in: a public class with one public constructor, whose parameters are the manifest's <c>params</c> by name (<c>imageSize</c> is <c>image_size</c> there).
/// </para>
/// </remarks>
public interface IDataLoader
{
    /// <summary>How many samples there are; the same number each time.</summary>
    int Count { get; }

    /// <summary>Reads sample <paramref name="index"/>, 0 .. <see cref="Count"/> - 1.</summary>
    Sample Load(int index);
}
