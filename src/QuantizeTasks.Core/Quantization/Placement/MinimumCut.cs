namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// The cheapest way to give each of many nodes one of two labels when some pairs cost extra for differing: a minimum s-t cut (Greig, Porteous and Seheult 1989),
/// by Dinic's algorithm. Capacities are integers, so the result is exact and the same everywhere.
/// </summary>
internal sealed class MinimumCut
{
    /// <summary>A pair that must not be cut.</summary>
    public const long Infinite = long.MaxValue / 4;

    private readonly List<List<int>> _edgesOf = [[], []];
    private readonly List<(int To, long Capacity)> _edges = [];
    private int[] _level = [];
    private int[] _next = [];

    /// <summary>Stands for the first label.</summary>
    public const int Source = 0;

    /// <summary>Stands for the second label.</summary>
    public const int Sink = 1;

    public int AddNode()
    {
        _edgesOf.Add([]);
        return _edgesOf.Count - 1;
    }

    /// <summary>What it costs when <paramref name="from"/> has the first label and <paramref name="to"/> the second.</summary>
    public void AddCost(int from, int to, long cost)
    {
        if (cost <= 0 || from == to)
            return;
        _edgesOf[from].Add(_edges.Count);
        _edges.Add((to, cost));
        _edgesOf[to].Add(_edges.Count);
        _edges.Add((from, 0));
    }

    /// <summary>For each node whether it has the first label. Where both labels cost the same it has the second.</summary>
    public bool[] Solve()
    {
        while (Levels())
        {
            _next = new int[_edgesOf.Count];
            while (Push(Source, Infinite) > 0)
            {
            }
        }
        return [.. _level.Select(level => level >= 0)];
    }

    private bool Levels()
    {
        _level = new int[_edgesOf.Count];
        Array.Fill(_level, -1);
        _level[Source] = 0;
        var waiting = new Queue<int>([Source]);
        while (waiting.TryDequeue(out var node))
            foreach (var edge in _edgesOf[node])
            {
                var (to, capacity) = _edges[edge];
                if (capacity <= 0 || _level[to] >= 0)
                    continue;
                _level[to] = _level[node] + 1;
                waiting.Enqueue(to);
            }
        return _level[Sink] >= 0;
    }

    /// <summary>Sends flow along one path of rising levels, found without recursion: graphs can be thousands of nodes deep.</summary>
    private long Push(int source, long limit)
    {
        var path = new Stack<int>();
        var node = source;
        while (node != Sink)
        {
            if (_next[node] < _edgesOf[node].Count)
            {
                var edge = _edgesOf[node][_next[node]];
                var (to, capacity) = _edges[edge];
                if (capacity > 0 && _level[to] == _level[node] + 1)
                {
                    path.Push(edge);
                    node = to;
                    continue;
                }
                _next[node]++;
            }
            else
            {
                if (!path.TryPop(out var back))
                    return 0;
                node = _edges[back ^ 1].To;
                _next[node]++;
            }
        }
        var flow = path.Aggregate(limit, (least, edge) => Math.Min(least, _edges[edge].Capacity));
        foreach (var edge in path)
        {
            _edges[edge] = _edges[edge] with { Capacity = _edges[edge].Capacity - flow };
            _edges[edge ^ 1] = _edges[edge ^ 1] with { Capacity = _edges[edge ^ 1].Capacity + flow };
        }
        return flow;
    }
}
