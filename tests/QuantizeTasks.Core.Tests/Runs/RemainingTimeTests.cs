using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;

namespace QuantizeTasks.Tests.Runs;

/// <summary>A made-up search on a made-up clock: every candidate on 10, then 50, then 200 samples, each time with those that it had before.</summary>
[TestClass]
public sealed class RemainingTimeTests
{
    private const int Candidates = 40;
    private const int Samples = 200;
    private const double PerSession = 0.5;
    private const double PerSample = 0.02;
    private const double PerQuestion = 0.01;
    private readonly Clock _clock = new();
    private readonly List<(double At, double Left)> _said = [];

    [TestMethod]
    public void Tick_NothingKnown_IsWhatItTakes() => AssertRight(Search(isKnown: (_, _, _) => false), from: 0.03);

    [TestMethod]
    [DataRow(2)]
    [DataRow(4)]
    public void Tick_SomeKnownEverywhere_IsWhatItTakes(int oneInSo) => AssertRight(Search(isKnown: (model, sample, _) => (sample + model) % oneInSo != 0), from: 0.1);

    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    public void Tick_ModelsKnownHereAndThere_IsWhatItTakes(int oneInSo) => AssertRight(Search(isKnown: (model, _, _) => model % oneInSo != 0), from: 0.1);

    [TestMethod]
    public void Tick_BeginningKnown_IsWhatTheRestTakes() => AssertRight(Search(isKnown: (_, _, round) => round < 2), from: 0.03);

    [TestMethod]
    public void Tick_AllKnown_IsSilent()
    {
        Assert.IsLessThan(5, Search(isKnown: (_, _, _) => true));
        Assert.IsEmpty(_said, "nobody knows what a sample takes, nor has to");
    }

    [TestMethod]
    public void Tick_AllKnownButTheFirst_IsShort()
    {
        var total = Search(isKnown: (model, sample, _) => model != 0 || sample > 2);
        Assert.IsLessThan(5, total);
        Assert.IsNotEmpty(_said);
        Assert.IsTrue(_said.All(s => s.Left < 10), string.Join(' ', _said));
    }

    [TestMethod]
    public void Tick_SameSamplesAskedAgainAndAgain_AreDoneOnce() => AssertRight(Search(isKnown: (_, _, _) => false, asksAgain: 30), from: 0.03);

    [TestMethod]
    public void Plan_NewOne_ForgetsWhatWasAskedBefore()
    {
        var asked = new AskedWork(Samples, _clock);
        asked.Add("m", [1, 2, 3], []);
        asked.Begin();
        asked.Add("m", [1, 2, 3], [3]);
        asked.Add("m", [1, 2, 3, 4], []);
        Assert.AreEqual((1, 3L), (asked.Read().Now.Models, asked.Read().Now.Found));
        Assert.AreEqual((0, 0L), (asked.Read().BeforeFirstRun!.Value.Models, asked.Read().BeforeFirstRun!.Value.Found));
        asked.Begin();
        Assert.AreEqual((0, 0L), (asked.Read().Now.Models, asked.Read().Now.Found));
        Assert.IsNull(asked.Read().BeforeFirstRun);
    }

    /// <summary>How long it took.</summary>
    private double Search(Func<int, int, int, bool> isKnown, int asksAgain = 0)
    {
        var (sessions, run, building, running) = (0, 0L, TimeSpan.Zero, TimeSpan.Zero);
        var asked = new AskedWork(Samples, _clock);
        var time = new RemainingTime(() => new EvaluationCost(sessions, run, building, running), asked, new Listener(e => _said.Add((_clock.Seconds, ((TimeEstimated)e).SecondsLeft))), _clock);
        var built = new HashSet<int>();
        time.Plan(new Workload(Candidates, Candidates * Samples));
        var evaluated = new HashSet<(int, int)>();
        foreach (var (round, count) in ((int[])[10, 50, Samples]).Index())
            for (var model = 0; model < Candidates; model++)
            {
                int[] samples = [.. Enumerable.Range(0, count)];
                int[] missing = [.. samples.Where(s => evaluated.Add((model, s)) && !isKnown(model, s, round))];
                asked.Add($"{model}", samples, missing);
                if (missing.Length > 0 && built.Add(model))
                {
                    _clock.Advance(PerSession);
                    (sessions, building) = (sessions + 1, building + TimeSpan.FromSeconds(PerSession));
                }
                foreach (var _ in missing)
                {
                    _clock.Advance(PerSample);
                    (run, running) = (run + 1, running + TimeSpan.FromSeconds(PerSample));
                    time.Tick();
                }
                for (var i = 0; i <= asksAgain; i++)
                {
                    _clock.Advance(PerQuestion / (asksAgain + 1));
                    if (i > 0)
                        asked.Add($"{model}", samples, []);
                    time.Tick();
                }
            }
        return _clock.Seconds;
    }

    /// <summary>Every estimate that is made after a part of the time is right within a fifth of the whole.</summary>
    private void AssertRight(double total, double from)
    {
        Assert.IsNotEmpty(_said);
        var began = _said[0].At;
        foreach (var (at, left) in _said.Where(s => s.At >= from * total))
            Assert.AreEqual(total - at, left, 0.2 * (total - Math.Min(began, at)), $"after {at:F1} of {total:F1} seconds");
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public double Seconds => TimeSpan.FromTicks(_ticks).TotalSeconds;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(double seconds) => _ticks += TimeSpan.FromSeconds(seconds).Ticks;
    }

    private sealed class Listener(Action<RunEvent> report) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => report(value);
    }
}
