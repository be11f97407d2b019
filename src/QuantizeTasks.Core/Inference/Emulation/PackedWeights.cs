namespace QuantizeTasks.Inference.Emulation;

/// <summary>
/// A matrix of signed bytes laid out for <see cref="SaturatingProduct"/>: panels of 8 columns, in each the rows by fours, so that 32 bytes hold four values of each column
/// (MLAS packs so too). Rows and columns beyond the matrix are 0.
/// </summary>
internal sealed class PackedWeights
{
    /// <summary>Columns of a panel.</summary>
    public const int Width = 8;

    /// <summary>Rows taken at once.</summary>
    public const int Step = 4;

    private readonly bool[] _canSaturate;

    /// <param name="rows">Length of the sums.</param>
    /// <param name="columns">How many sums.</param>
    /// <param name="value">The value at (row, column).</param>
    public PackedWeights(int rows, int columns, Func<int, int, sbyte> value)
    {
        (Rows, Columns) = (rows, columns);
        Steps = (rows + Step - 1) / Step;
        Panels = (columns + Width - 1) / Width;
        Values = new sbyte[checked(Panels * Steps * Width * Step)];
        ColumnSums = new int[columns];
        _canSaturate = new bool[Panels];
        for (var column = 0; column < columns; column++)
        {
            var (panel, sum, previous) = (column / Width, 0, (sbyte)0);
            for (var row = 0; row < rows; row++)
            {
                var weight = value(row, column);
                Values[(((panel * Steps) + (row / Step)) * Width * Step) + (column % Width * Step) + (row % Step)] = weight;
                sum += weight;
                if (row % 2 == 1 && SaturatingPairs.CanSaturate(previous, weight))
                {
                    _canSaturate[panel] = true;
                    RiskyPairs++;
                }
                previous = weight;
            }
            ColumnSums[column] = sum;
        }
    }

    /// <summary>Length of the sums.</summary>
    public int Rows { get; }

    /// <summary>How many sums.</summary>
    public int Columns { get; }

    /// <summary>Fours of rows.</summary>
    public int Steps { get; }

    /// <summary>Eights of columns.</summary>
    public int Panels { get; }

    /// <summary>The packed values.</summary>
    public sbyte[] Values { get; }

    /// <summary>The sum of each column, by which a zero point of the other matrix is taken out.</summary>
    public int[] ColumnSums { get; }

    /// <summary>Pairs of neighbouring rows that saturate with some unsigned bytes.</summary>
    public long RiskyPairs { get; }

    /// <summary>All pairs of neighbouring rows; a single weight cannot saturate.</summary>
    public long Pairs => (long)Columns * (Rows / 2);

    /// <summary>Whether any pair of a panel can saturate.</summary>
    public bool CanSaturate(int panel) => _canSaturate[panel];
}
