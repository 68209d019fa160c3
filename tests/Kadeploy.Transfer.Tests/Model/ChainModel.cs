using System.Collections.Immutable;

namespace Kadeploy.Transfer.Tests.Model;

/// <summary>
/// The chain as a state machine: a head, some receivers, and what may happen next. Every decision is taken by <see cref="FeedSearch"/> and
/// <see cref="Place"/>, the code that the real members run; the model adds only what lies between them: who runs, which hello or frame is on its way,
/// who has noticed what. Time is left out: whatever a timer may do, may happen at any moment (a grace over, a silence noticed), so what holds here
/// holds for every choice of timers. Why somebody was passed over is looked at when it is said, and not kept: it decides nothing.
/// </summary>
/// <param name="members">Head and receivers.</param>
/// <param name="replans">Whether the controller's newer plan is one of the faults.</param>
/// <param name="victims">The members that faults may happen to, a bit each.</param>
internal sealed partial class ChainModel(int members, bool replans, int victims)
{
    private readonly Dictionary<int, FeedSearch> _searches = [];
    private readonly ModelNode[] _nodes = new ModelNode[members];
    private readonly ModelNode[] _saved = new ModelNode[members];
    private ModelPlan _plan, _savedPlan;
    private Action<ModelMove>? _emit;

    /// <summary>Length of a packed state.</summary>
    public int Width => members + 1;

    /// <summary>What was found wrong in the move being made, or null.</summary>
    public string? Wrong { get; private set; }

    public ulong[] First(int faults, int late)
    {
        for (var i = 0; i < members; i++)
            _nodes[i] = ModelNode.New;
        _nodes[0].Whole = true;
        for (var i = 1; i < members; i++)
            if ((late >> i & 1) != 0)
                (_nodes[i].Life, _nodes[i].Faulty) = (Life.Late, true);
        _plan = new ModelPlan(faults - int.PopCount(late), 0, 0);
        var packed = new ulong[Width];
        Save(packed);
        return packed;
    }

    public void Save(Span<ulong> packed)
    {
        for (var i = 0; i < members; i++)
            packed[i] = _nodes[i].Reduced().Pack();
        packed[members] = _plan.Pack();
    }

    public void Load(ReadOnlySpan<ulong> packed)
    {
        for (var i = 0; i < members; i++)
            _nodes[i] = ModelNode.Unpack(packed[i]);
        _plan = ModelPlan.Unpack(packed[members]);
    }

    /// <summary>Everybody who can be helped has the image and has ended.</summary>
    public bool Good => _nodes.Skip(1).All(n => n.Life is Life.Killed or Life.Frozen or Life.Ended || n.Cut);

    /// <summary>A member without a fault has anything else than its place in the line.</summary>
    public bool AnyoneOut => _nodes.Any(n => !n.InLine);

    public string Describe() => $"{_plan} " + string.Join(" | ", _nodes.Select((n, i) =>
        $"{i}:{n.Life}{(n.Cut ? " cut" : "")}{(n.Whole ? " whole" : "")}{(n.InLine ? "" : " out")} e{n.Epoch} {n.Phase}"
        + $"{(n.Phase == Phase.Idle ? "" : $"({n.Server} e{n.CallEpoch} {n.Note})")} passed {n.Passed:b} place {n.Present}/{n.Last}{(n.SubtreeDone ? " done" : "")} stale {n.Stale:b}"));

    /// <summary>What must hold in every state; null, or what does not.</summary>
    public string? Broken()
    {
        for (var i = 1; i < members; i++)
            if (Live(i) && (_nodes[i].Epoch != _nodes[_nodes[i].Server].Epoch || IndexOf(_nodes[i].Server, _nodes[i].Epoch) >= IndexOf(i, _nodes[i].Epoch)))
                return $"{_nodes[i].Server} feeds {i} against the order";
        for (var i = 1; i < members; i++)
        {
            var at = i;
            for (var steps = 0; Live(at); at = _nodes[at].Server)
                if (++steps > members)
                    return $"a loop by way of {i}";
        }
        return null;
    }

    /// <summary>Every move from the loaded state.</summary>
    public void Moves(Action<ModelMove> emit)
    {
        _emit = emit;
        _nodes.CopyTo(_saved, 0);
        _savedPlan = _plan;
        for (var i = 0; i < members; i++)
        {
            if (_nodes[i].Life is Life.Up)
            {
                if (i > 0)
                    Feed(i);
                Serve(i);
                TakePlan(i);
            }
            Fate(i);
        }
        if (replans && _plan is { Faults: > 0, Order: 0 })
            Replan();
    }

    // What the place's owner notices of its successor, and hellos that lay unread.
    private void Serve(int i)
    {
        var node = _nodes[i];
        if (node.Present >= 0)
        {
            var index = At(node.Present, node.Epoch);
            var other = _nodes[index];
            var gone = other.Life is Life.Killed or Life.Ended or Life.Late || other.Phase is not (Phase.Given or Phase.Linked) || other.Server != i;
            var reach = Reach(i, index);
            if (gone && reach)
                Move(ModelMove.Lost(i, index), () =>
                {
                    if (other.Life == Life.Killed)
                        Blame(i, index, VerdictCode.Dead, i);
                    _nodes[i].Place = _nodes[i].Place.Vacated();
                });
            if (other.Life == Life.Frozen || !reach)
                Move(ModelMove.Lost(i, index), () =>
                {
                    Blame(i, index, reach ? VerdictCode.Frozen : VerdictCode.Silent, i);
                    Vacate(i);
                });
        }
        for (var c = 1; c < members; c++)
            if ((node.Stale >> c & 1) != 0)
            {
                var caller = c;
                Move(ModelMove.Stale(i, c), () =>
                {
                    _nodes[i].Stale &= ~(1 << caller);
                    Arrive(caller, i, behind: false, waits: false);
                });
                Move(ModelMove.Stale(i, c), () => _nodes[i].Stale &= ~(1 << caller));
            }
    }

    private void TakePlan(int i)
    {
        if (_plan.Order == 0 || _nodes[i].Epoch == 1 || _nodes[i].Cut)
            return;
        Take(i, inLine: true);
        // Who was found slow stays out. The model does not keep why one is out: so anyone who had a fault may.
        if (_nodes[i] is { InLine: false, Faulty: true })
            Take(i, inLine: false);
    }

    private void Take(int i, bool inLine) =>
        Move(ModelMove.Plan(i), () =>
        {
            Vacate(i);
            _nodes[i].Epoch = 1;
            _nodes[i].InLine = inLine;
            _nodes[i].Place = _nodes[i].Place.Replanned();
            Keep(i, FeedSearch.Start);
            // A feed that waits for an answer or has not read it yet finds out by itself: Given and Denied stay.
            if (_nodes[i].Phase == Phase.Linked)
                (_nodes[i].Phase, _nodes[i].Note) = (Phase.Idle, Note.None);
        });

    private void Move(ModelMove move, Action act)
    {
        Wrong = null;
        act();
        _emit!(move);
        _saved.CopyTo(_nodes, 0);
        _plan = _savedPlan;
    }

    // Whoever never had a fault is never said to have one, unless by someone who had.
    private void Blame(int teller, int accused, VerdictCode verdict, int source)
    {
        if (verdict is VerdictCode.None or VerdictCode.Left or VerdictCode.PassedOver or VerdictCode.Replanned)
            return;
        if (!_nodes[accused].Faulty && !_nodes[teller].Faulty && !_nodes[source].Faulty && _nodes[accused].Life is not Life.Ended)
            Wrong ??= $"{teller} says that {accused} is {verdict}, which had no fault";
    }

    private bool Reach(int a, int b) => !_nodes[a].Cut && !_nodes[b].Cut;

    // Both ends hold the link.
    private bool Live(int i)
    {
        var node = _nodes[i];
        if (node.Phase != Phase.Linked || node.Life is not (Life.Up or Life.Frozen))
            return false;
        var server = _nodes[node.Server];
        return server.Life is Life.Up or Life.Frozen && server.Present >= 0 && At(server.Present, server.Epoch) == i;
    }

    private bool Settled(ModelNode node) => node.Place.Settled(node.InLine, 0, members, [], graceOver: true);

    private FeedSearch Search(int i)
    {
        ref var node = ref _nodes[i];
        var key = node.Passed | node.Resets << 12 | node.Barren << 14;
        if (_searches.TryGetValue(key, out var known))
            return known;
        var passed = ImmutableDictionary.CreateBuilder<int, VerdictCode>();
        for (var m = 0; m < members; m++)
            if ((node.Passed >> m & 1) != 0)
                passed[m] = VerdictCode.None;
        return _searches[key] = new FeedSearch { Passed = passed.ToImmutable(), Resets = node.Resets, Barren = node.Barren };
    }

    private void Keep(int i, FeedSearch search)
    {
        ref var node = ref _nodes[i];
        node.Passed = 0;
        foreach (var index in search.Passed.Keys)
            node.Passed |= 1 << index;
        (node.Resets, node.Barren) = (search.Resets, search.Barren);
    }

    // In the second plan the receivers may stand in reverse order.
    private int IndexOf(int member, int epoch) => epoch == 1 && _plan.Order == 2 && member > 0 ? members - member : member;

    private int At(int index, int epoch) => IndexOf(index, epoch);

    private ImmutableHashSet<int> Dead(int epoch) => epoch == 1 && _plan.Dead > 0 ? [IndexOf(_plan.Dead, 1)] : [];
}
