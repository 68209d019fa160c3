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
internal sealed class ChainModel(int members, bool replans)
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

    private void Feed(int i)
    {
        ref var node = ref _nodes[i];
        if (!node.InLine)
        {
            if (!node.Whole && _nodes.Any(h => h is { Life: Life.Up, Cut: false, Whole: true, InLine: true } && Settled(h)) && !node.Cut)
                Move(ModelMove.Own(i), () => _nodes[i].Whole = true);
            if (node.Whole)
                Move(ModelMove.End(i), () => _nodes[i].Life = Life.Ended);
            return;
        }
        switch (node.Phase)
        {
            case Phase.Idle:
                Ask(i);
                break;
            case Phase.Denied:
                Move(ModelMove.Read(i), () =>
                {
                    _nodes[i].Phase = Phase.Idle;
                    if (_nodes[i].CallEpoch == _nodes[i].Epoch)
                        Out(i);
                });
                break;
            case Phase.Given:
                Move(ModelMove.Read(i), () => _nodes[i].Phase = _nodes[i].CallEpoch == _nodes[i].Epoch ? Phase.Linked : Phase.Idle);
                break;
            default:
                Follow(i);
                break;
        }
        if (node.Whole && Settled(node))
        {
            Move(ModelMove.End(i), () =>
            {
                TellDone(i);
                _nodes[i].Life = Life.Ended;
            });
            if (Live(i) && !_nodes[node.Server].SubtreeDone)
                Move(ModelMove.Done(i), () => TellDone(i));
        }
    }

    private void TellDone(int i)
    {
        var server = _nodes[i].Server;
        if (Live(i) && _nodes[server].Life == Life.Up && Reach(i, server))
            _nodes[server].Place = _nodes[server].Place.Done();
    }

    private void Ask(int i)
    {
        var index = Search(i).Next(IndexOf(i, _nodes[i].Epoch), Dead(_nodes[i].Epoch));
        if (index < 0)
        {
            Move(ModelMove.Round(i), () => Keep(i, Search(i).Round()));
            return;
        }
        var server = At(index, _nodes[i].Epoch);
        var other = _nodes[server];
        if (!Reach(i, server))
            Move(ModelMove.Ask(i, server), () => Declined(i, server, null, CallError.NoAnswerFromHost));
        else if (other.Life is Life.Killed or Life.Late)
            Move(ModelMove.Ask(i, server), () => Declined(i, server, null, CallError.RefusedByHost));
        else if (other.Life is Life.Ended)
            Move(ModelMove.Ask(i, server), () => Declined(i, server, null, CallError.Unknown));
        else if (other.Life is Life.Frozen)
        {
            Move(ModelMove.Ask(i, server), () => Declined(i, server, null, CallError.Unanswered));
            Move(ModelMove.Ask(i, server), () =>
            {
                Declined(i, server, null, CallError.Unanswered);
                _nodes[server].Stale |= 1 << i;
            });
        }
        else
        {
            Move(ModelMove.Ask(i, server), () => Arrive(i, server, behind: false, waits: true));
            if (!_nodes[i].Whole && IndexOf(i, _nodes[i].Epoch) < other.Last)
                Move(ModelMove.Ask(i, server), () => Arrive(i, server, behind: true, waits: true));
        }
    }

    // The hello is read; the caller waits for the answer, or has gone elsewhere long ago.
    private void Arrive(int i, int server, bool behind, bool waits)
    {
        var (caller, epoch) = (_nodes[i], _nodes[server].Epoch);
        var place = _nodes[server].Place;
        var index = IndexOf(i, caller.Epoch);
        var (next, answer) = place.Asked(index, caller.Epoch, IndexOf(server, caller.Epoch), IndexOf(server, epoch), members, epoch, _nodes[server].InLine, behind);
        if (answer == HelloStatus.Ok && place.Present >= 0)
        {
            var old = At(place.Present, epoch);
            if (old != i)
                Cast(old, server, Note.Evict);
        }
        _nodes[server].Place = next;
        if (!waits)
            return;
        if (!replans && answer == HelloStatus.PassedOver)
            Out(i); // only a new plan can come between
        else if (answer is HelloStatus.Ok or HelloStatus.PassedOver)
            (_nodes[i].Phase, _nodes[i].Server, _nodes[i].CallEpoch, _nodes[i].Note) =
                (answer != HelloStatus.Ok ? Phase.Denied : replans ? Phase.Given : Phase.Linked, server, caller.Epoch, Note.None);
        else
            Declined(i, server, answer, CallError.None);
    }

    private void Declined(int i, int server, HelloStatus? answer, CallError error) =>
        Act(i, server, Search(i).Declined(IndexOf(server, _nodes[i].Epoch), answer, error, early: false));

    private void Follow(int i)
    {
        var server = _nodes[i].Server;
        var other = _nodes[server];
        var (live, reach, note) = (Live(i), Reach(i, server), _nodes[i].Note);
        if (live && reach && other is { Life: Life.Up, Whole: true } && !_nodes[i].Whole)
            Move(ModelMove.Flow(i), () => _nodes[i].Whole = true);
        if (other.Life == Life.Frozen || !reach)
            Ends(i, false, reach ? VerdictCode.Frozen : VerdictCode.Silent);
        if (reach && (!live || other.Life is Life.Killed or Life.Ended))
        {
            Ends(i, note == Note.Evict, note == Note.Leave ? VerdictCode.Left : VerdictCode.None);
        }
    }

    // The link ended; with and without some bytes having come, unless that is known.
    private void Ends(int i, bool evicted, VerdictCode verdict)
    {
        for (var gave = _nodes[i].Whole ? 1 : 0; gave < 2; gave++)
        {
            var came = gave == 1;
            Move(ModelMove.Lose(i, _nodes[i].Server), () => Lose(i, evicted, verdict, came));
        }
    }

    private void Lose(int i, bool evicted, VerdictCode verdict, bool gave)
    {
        var server = _nodes[i].Server;
        (_nodes[i].Phase, _nodes[i].Note) = (Phase.Idle, Note.None);
        Act(i, server, Search(i).Ended(IndexOf(server, _nodes[i].Epoch), evicted, verdict, gave));
    }

    private void Act(int i, int server, (FeedSearch Search, FeedStep Step) next)
    {
        Keep(i, next.Search);
        if (next.Step is FeedStep.PassedOver or FeedStep.Leave)
            Out(i);
        else if (next.Step == FeedStep.PassOver)
            Blame(i, server, next.Search.LastVerdict, i);
    }

    // Out of the line until the next plan: its successor is told.
    private void Out(int i)
    {
        _nodes[i].InLine = false;
        (_nodes[i].Phase, _nodes[i].Note) = (Phase.Idle, Note.None);
        Vacate(i);
    }

    private void Vacate(int i)
    {
        if (_nodes[i].Present >= 0)
            Cast(At(_nodes[i].Present, _nodes[i].Epoch), i, Note.Leave);
        _nodes[i].Place = _nodes[i].Place.Vacated();
    }

    private void Cast(int i, int server, Note note)
    {
        if (_nodes[i].Phase is Phase.Given or Phase.Linked && _nodes[i].Server == server)
            _nodes[i].Note = note;
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
        Move(ModelMove.Plan(i), () =>
        {
            Vacate(i);
            _nodes[i].Epoch = 1;
            _nodes[i].InLine = true;
            _nodes[i].Place = _nodes[i].Place.Replanned();
            Keep(i, FeedSearch.Start);
            // A feed that waits for an answer or has not read it yet finds out by itself: Given and Denied stay.
            if (_nodes[i].Phase == Phase.Linked)
                (_nodes[i].Phase, _nodes[i].Note) = (Phase.Idle, Note.None);
        });
    }

    private void Fate(int i)
    {
        var node = _nodes[i];
        if (node.Life == Life.Late)
            Move(ModelMove.Start(i), () => _nodes[i].Life = Life.Up);
        if (node.Life == Life.Frozen)
            Move(ModelMove.Wake(i), () => _nodes[i].Life = Life.Up);
        if (node.Cut)
            Move(ModelMove.Heal(i), () => _nodes[i].Cut = false);
        if (_plan.Faults == 0 || node.Life != Life.Up)
            return;
        if (i == 0)
        {
            // The head's process is started again: it knows nothing of its successor.
            Fault(ModelMove.Kill(0), 0, () =>
            {
                _nodes[0].Place = Place.Vacant;
                _nodes[0].Epoch = _plan.Order == 0 ? 0 : 1;
            });
            return;
        }
        if (!node.Cut)
        {
            Fault(ModelMove.Kill(i), i, () => _nodes[i].Life = Life.Killed);
            Fault(ModelMove.Freeze(i), i, () => _nodes[i].Life = Life.Frozen);
            Fault(ModelMove.Cut(i), i, () => _nodes[i].Cut = true);
        }
        if (node.Phase == Phase.Linked && !node.Whole && Live(i))
        {
            // Slow: whoever is at fault, the receiver passes its predecessor over, or leaves itself. The same moves stand for a wrong judgement.
            var server = node.Server;
            Fault(ModelMove.Slow(i, server), server, () => Lose(i, false, VerdictCode.Slow, gave: true));
            Fault(ModelMove.Slow(i, i), i, () => Out(i));
        }
    }

    private void Replan()
    {
        for (var order = 1; order <= 2; order++)
            for (var dead = 0; dead < members; dead++)
            {
                var (o, d) = (order, dead);
                Fault(ModelMove.Replan(o, d), -1, () => _plan = _plan with { Order = o, Dead = d });
            }
    }

    private void Fault(ModelMove move, int who, Action act) => Move(move, () =>
    {
        _plan = _plan with { Faults = _plan.Faults - 1 };
        if (who >= 0)
            _nodes[who].Faulty = true;
        act();
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
