using System.Diagnostics;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Says how long a search still takes: what it has planned, at the costs of a session and a sample that were measured until now.</summary>
/// <param name="cost">What evaluating has taken.</param>
/// <param name="workers">Threads that share the work.</param>
/// <param name="events">Told every estimate.</param>
internal sealed class RemainingTime(Func<EvaluationCost> cost, int workers, IProgress<RunEvent> events)
{
    /// <summary>Of the plan, before anything is said about the rest.</summary>
    private const double FirstPercent = 0.03;

    private static readonly TimeSpan LeastBetweenEstimates = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private Workload? _plan;
    private EvaluationCost _atPlan = cost();
    private long _saidAt;
    private bool _isFirst;

    /// <summary>The first estimate of the first plan, in seconds from its beginning; null when none was made.</summary>
    public double? First { get; private set; }

    /// <summary>Takes a new plan.</summary>
    public void Plan(Workload plan)
    {
        lock (_gate)
            (_plan, _atPlan, _saidAt, _isFirst) = (plan, cost(), Stopwatch.GetTimestamp(), true);
    }

    /// <summary>Says something if there is something to say. Called from any thread as work gets done.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            if (_plan is not { } plan)
                return;
            var spent = cost().Since(_atPlan);
            if (spent.Samples < FirstPercent * plan.Samples || spent.Samples == 0 || (!_isFirst && Stopwatch.GetElapsedTime(_saidAt) < LeastBetweenEstimates))
                return;
            var (sample, session) = (spent.Running.TotalSeconds / spent.Samples, spent.Sessions == 0 ? 0 : spent.Building.TotalSeconds / spent.Sessions);
            var left = ((Math.Max(0, plan.Samples - spent.Samples) * sample) + (Math.Max(0, plan.Sessions - spent.Sessions) * session)) / workers;
            First ??= left + Stopwatch.GetElapsedTime(_saidAt).TotalSeconds;
            events.Report(new TimeEstimated(left, _isFirst));
            (_saidAt, _isFirst) = (Stopwatch.GetTimestamp(), false);
        }
    }
}
