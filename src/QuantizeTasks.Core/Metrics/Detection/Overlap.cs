namespace QuantizeTasks.Metrics;

/// <summary>How far boxes overlap.</summary>
internal static class Overlap
{
    /// <summary>Intersection over union; 0 for boxes that do not meet. With boundaries, edges belong to a box: sizes are last - first + 1, as in Pascal VOC's development kit.</summary>
    public static double OfUnion(Detection a, Detection b, bool withBoundaries) => OfUnion(a, (b.X1, b.Y1, b.X2, b.Y2), withBoundaries ? 1 : 0);

    /// <summary>The same with a labelled box.</summary>
    public static double OfUnion(Detection a, LabelledBox b, bool withBoundaries) => OfUnion(a, (b.X1, b.Y1, b.X2, b.Y2), withBoundaries ? 1 : 0);

    /// <summary>COCO's rule for crowds: the share of the detection that lies in the box.</summary>
    public static double OfDetection(Detection a, LabelledBox b)
    {
        var (width, height) = (Math.Min(a.X2, b.X2) - Math.Max(a.X1, b.X1), Math.Min(a.Y2, b.Y2) - Math.Max(a.Y1, b.Y1));
        return width <= 0 || height <= 0 ? 0 : width * height / a.Area;
    }

    private static double OfUnion(Detection a, (double X1, double Y1, double X2, double Y2) b, int one)
    {
        var (width, height) = (Math.Min(a.X2, b.X2) - Math.Max(a.X1, b.X1) + one, Math.Min(a.Y2, b.Y2) - Math.Max(a.Y1, b.Y1) + one);
        if (width <= 0 || height <= 0)
            return 0;
        var shared = width * height;
        return shared / (((a.X2 - a.X1 + one) * (a.Y2 - a.Y1 + one)) + ((b.X2 - b.X1 + one) * (b.Y2 - b.Y1 + one)) - shared);
    }
}
