using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>
/// Says how long a search still takes: what is left of its plan, at the pace since the first sample had to be run. What is known counts as done, so that it makes the pace what it is where known
/// and unknown samples mix. What was known before the first that was not is left out of the pace: a killed search that is resumed knows all of its beginning and nothing of the rest.
/// </summary>
/// <param name="cost">What evaluating has taken.</param>
/// <param name="asked">What it was asked for.</param>
/// <param name="events">Told every estimate.</param>
/// <param name="time">The clock.</param>
internal sealed class RemainingTime(Func<EvaluationCost> cost, AskedWork asked, IProgress<RunEvent> events, TimeProvider time)
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
        {
            asked.Begin();
            (_plan, _atPlan, _saidAt, _isFirst) = (plan, cost(), time.GetTimestamp(), true);
        }
    }

    /// <summary>Says something if there is something to say. Called from any thread as work gets done.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            if (_plan is not { } plan || asked.Read() is not (var now, { } from))
                return;
            var spent = cost().Since(_atPlan);
            if (spent.Samples == 0 || spent.Samples + now.Found - from.Found < FirstPercent * plan.Samples || (!_isFirst && time.GetElapsedTime(_saidAt) < LeastBetweenEstimates))
                return;
            // Threads' seconds for a sample and a session of the plan, whether it has to be run or not, and how much time passes meanwhile.
            var sample = spent.Running.TotalSeconds / (spent.Samples + now.Found - from.Found);
            var session = spent.Building.TotalSeconds / Math.Max(1, now.Models - from.Models);
            var ahead = (Math.Max(0, plan.Samples - spent.Samples - now.Found) * sample) + (Math.Max(0, plan.Sessions - now.Models) * session);
            var left = ahead == 0 ? 0 : ahead * time.GetElapsedTime(from.At, now.At) / (spent.Running + spent.Building);
            First ??= left + time.GetElapsedTime(_saidAt).TotalSeconds;
            events.Report(new TimeEstimated(left, _isFirst));
            (_saidAt, _isFirst) = (time.GetTimestamp(), false);
        }
    }
}
