namespace QuantizeTasks.Metrics;

/// <summary>How often a class occurs.</summary>
/// <param name="Both">In prediction and label at once.</param>
/// <param name="Predicted">In the prediction.</param>
/// <param name="Labelled">In the label.</param>
internal readonly record struct ClassCount(double Both, double Predicted, double Labelled)
{
    /// <summary>The share of predictions that are right; 0 without any.</summary>
    public static double Precision(ClassCount count) => Share(count.Both, count.Predicted);

    /// <summary>The share of labels that are found; 0 without any.</summary>
    public static double Recall(ClassCount count) => Share(count.Both, count.Labelled);

    /// <summary>Their harmonic mean, which for sets is Dice's coefficient; 0 where there is nothing to count.</summary>
    public static double F1(ClassCount count) => Share(2 * count.Both, count.Predicted + count.Labelled);

    /// <summary>Jaccard's index; 0 where there is nothing to count.</summary>
    public static double IntersectionOverUnion(ClassCount count) => Share(count.Both, count.Predicted + count.Labelled - count.Both);

    public static ClassCount operator +(ClassCount a, ClassCount b) => new(a.Both + b.Both, a.Predicted + b.Predicted, a.Labelled + b.Labelled);

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}
