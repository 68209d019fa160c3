using System.Runtime.InteropServices;

namespace Kadeploy.Transfer.Tests.Model;

/// <summary>Visits every state that a model can reach, keeps how it came there, and finds those from which no good end can be reached any more.</summary>
internal sealed class Exploration(ChainModel model, int most)
{
    private const int Chunk = 1 << 16;
    private readonly int _width = model.Width;
    private readonly List<ulong[]> _states = [];
    private readonly List<int> _cameFrom = [];
    private readonly List<int> _edgeStart = [], _edges = [];
    private readonly List<bool> _good = [];
    private readonly ulong[] _next = new ulong[model.Width];
    private int[] _table = new int[1 << 16];

    public int Count { get; private set; }

    public int Edges => _edges.Count;

    /// <summary>Null when all is well, else what is wrong and the moves that lead there.</summary>
    public string? Run(IEnumerable<ulong[]> firsts, bool nobodyOut)
    {
        foreach (var first in firsts)
            Add(first, -1);
        string? wrong = null;
        for (var at = 0; at < Count; at++)
        {
            if (Count > most)
                return $"more than {most} states";
            var from = at;
            _edgeStart.Add(_edges.Count);
            model.Load(State(at));
            _good.Add(model.Good);
            model.Moves(move =>
            {
                model.Save(_next);
                var known = Count;
                var index = Add(_next, from);
                if (!move.Counted)
                    _edges.Add(index);
                wrong ??= (model.Wrong ?? (index < known ? null : model.Broken()) ?? (nobodyOut && model.AnyoneOut ? "a member is out of the line though nothing happened" : null)) is { } what
                    ? $"{what}\n{move}\n{model.Describe()}" : null;
            });
            if (wrong is not null)
                return $"{wrong}\n{Path(from)}";
        }
        return Trapped();
    }

    // Backwards from the good ends, over the moves that are sure to be possible: what is not reached is a trap.
    private string? Trapped()
    {
        _edgeStart.Add(_edges.Count);
        var incoming = new int[Count + 1];
        foreach (var to in CollectionsMarshal.AsSpan(_edges))
            incoming[to + 1]++;
        for (var i = 0; i < Count; i++)
            incoming[i + 1] += incoming[i];
        var sources = new int[_edges.Count];
        var fill = incoming.AsSpan(0, Count).ToArray();
        for (var from = 0; from < Count; from++)
            for (var e = _edgeStart[from]; e < _edgeStart[from + 1]; e++)
                sources[fill[_edges[e]]++] = from;
        var reached = new bool[Count];
        var work = new Stack<int>();
        for (var i = 0; i < Count; i++)
            if (_good[i])
            {
                reached[i] = true;
                work.Push(i);
            }
        while (work.TryPop(out var to))
            for (var e = incoming[to]; e < incoming[to + 1]; e++)
                if (!reached[sources[e]])
                {
                    reached[sources[e]] = true;
                    work.Push(sources[e]);
                }
        var trapped = Array.IndexOf(reached, false);
        if (trapped < 0)
            return null;
        model.Load(State(trapped));
        var state = model.Describe();
        return $"no good end can be reached from here ({reached.Count(r => !r)} such states)\n{Path(trapped)}\n{state}";
    }

    // The moves are not kept: they are found again.
    private string Path(int at)
    {
        var moves = new List<string>();
        for (; _cameFrom[at] >= 0; at = _cameFrom[at])
        {
            var target = State(at).ToArray();
            string? by = null;
            model.Load(State(_cameFrom[at]));
            model.Moves(move =>
            {
                model.Save(_next);
                if (by is null && _next.AsSpan().SequenceEqual(target))
                    by = $"{move}";
            });
            moves.Add(by!);
        }
        moves.Reverse();
        return string.Join("\n", moves);
    }

    private Span<ulong> State(int index) => _states[index / Chunk].AsSpan(index % Chunk * _width, _width);

    private int Add(ReadOnlySpan<ulong> state, int from)
    {
        if ((Count + 1) * 2 > _table.Length)
            Grow();
        var slot = Slot(state);
        if (_table[slot] != 0)
            return _table[slot] - 1;
        if (Count % Chunk == 0)
            _states.Add(new ulong[Chunk * _width]);
        state.CopyTo(State(Count));
        _cameFrom.Add(from);
        _table[slot] = ++Count;
        return Count - 1;
    }

    private int Slot(ReadOnlySpan<ulong> state)
    {
        var hash = 0UL;
        foreach (var word in state)
            hash = ulong.RotateLeft((hash ^ word) * 0x9E3779B97F4A7C15, 29);
        hash ^= hash >> 32;
        var slot = (int)hash & (_table.Length - 1);
        while (_table[slot] != 0 && !State(_table[slot] - 1).SequenceEqual(state))
            slot = (slot + 1) & (_table.Length - 1);
        return slot;
    }

    private void Grow()
    {
        var old = _table;
        _table = new int[old.Length * 2];
        foreach (var index in old)
            if (index != 0)
                _table[Slot(State(index - 1))] = index;
    }
}
