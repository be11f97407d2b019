using QuantizeTasks.Benchmarks;

namespace QuantizeTasks.Tests.Benchmarks;

[TestClass]
public sealed class NonNegativeLeastSquaresTests
{
    [TestMethod]
    public void Solve_ConsistentEquations_AreSolvedExactly()
    {
        double[][] rows = [[1, 2e6], [1, 5e6], [1, 9e6]];
        var solution = NonNegativeLeastSquares.Solve(rows, [.. rows.Select(r => (3e6 * r[0]) + (7 * r[1]))]);
        Assert.AreEqual(3e6, solution[0], 1);
        Assert.AreEqual(7, solution[1], 1e-6);
    }

    /// <summary>Without the bound x = (-1, 2) solves this; with it the second alone remains: 3/2 of a mean of two equations x = 1 and x = 2.</summary>
    [TestMethod]
    public void Solve_NegativeOptimum_StopsAtZero()
    {
        var solution = NonNegativeLeastSquares.Solve([[1, 1], [0, 1]], [1, 2]);
        Assert.AreEqual(0, solution[0]);
        Assert.AreEqual(1.5, solution[1], 1e-9);
    }

    [TestMethod]
    public void Solve_UnknownThatNothingDependsOn_IsZero() => CollectionAssert.AreEqual(new double[] { 2, 0 }, NonNegativeLeastSquares.Solve([[1, 0], [1, 0]], [2, 2]));
}
