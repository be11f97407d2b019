namespace QuantizeTasks.Metrics;

/// <summary>An object that a model found.</summary>
/// <param name="Class">The class as the model counts.</param>
/// <param name="Score">How sure it is.</param>
/// <param name="X1">The left edge, in pixels.</param>
/// <param name="Y1">The upper edge.</param>
/// <param name="X2">The right edge.</param>
/// <param name="Y2">The lower edge.</param>
internal readonly record struct Detection(int Class, double Score, double X1, double Y1, double X2, double Y2)
{
    /// <summary>Square pixels.</summary>
    public double Area => (X2 - X1) * (Y2 - Y1);

    /// <summary>Whether nothing in it is infinite or NaN.</summary>
    public bool IsFinite => double.IsFinite(Score + X1 + Y1 + X2 + Y2);

    public bool HasNaN => double.IsNaN(Score) || double.IsNaN(X1) || double.IsNaN(Y1) || double.IsNaN(X2) || double.IsNaN(Y2);
}
