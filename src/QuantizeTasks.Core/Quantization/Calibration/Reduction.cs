namespace QuantizeTasks.Quantization.Calibration;

/// <summary>What a tensor of one sample, or each channel of it, is reduced to.</summary>
internal enum ReductionKind
{
    /// <summary>The smallest value.</summary>
    Minimum,

    /// <summary>The largest value.</summary>
    Maximum,

    /// <summary>The largest absolute value.</summary>
    AbsoluteMaximum,

    /// <summary>The mean of the values. Only its own mean over samples is kept, not each sample's.</summary>
    Mean,

    /// <summary>A quantile of the values, with linear interpolation between the two nearest ones.</summary>
    Quantile,

    /// <summary>A quantile of the absolute values, with linear interpolation between the two nearest ones.</summary>
    AbsoluteQuantile,
}

/// <summary>A number, or one for each channel, that is taken of an observed tensor for every sample.</summary>
/// <param name="Kind">Which number.</param>
/// <param name="Axis">The axis of channels, not negative; null for one number of the whole tensor.</param>
/// <param name="Level">The quantile's level in [0, 1]; 0 for what is no quantile.</param>
internal readonly record struct Reduction(ReductionKind Kind, int? Axis = null, double Level = 0) : IComparable<Reduction>
{
    public static Reduction Minimum { get; } = new(ReductionKind.Minimum);

    public static Reduction Maximum { get; } = new(ReductionKind.Maximum);

    public static Reduction AbsoluteMaximum { get; } = new(ReductionKind.AbsoluteMaximum);

    public static Reduction Mean { get; } = new(ReductionKind.Mean);

    public static Reduction Quantile(double level) => new(ReductionKind.Quantile, null, level);

    public static Reduction AbsoluteQuantile(double level) => new(ReductionKind.AbsoluteQuantile, null, level);

    /// <summary>True when a whole tensor has to leave the runtime, which has no operator for it.</summary>
    public bool IsQuantile => Kind is ReductionKind.Quantile or ReductionKind.AbsoluteQuantile;

    /// <summary>The same of every channel.</summary>
    public Reduction Along(int axis) => this with { Axis = axis };

    public int CompareTo(Reduction other) => (Kind, Axis ?? -1, Level).CompareTo((other.Kind, other.Axis ?? -1, other.Level));
}
