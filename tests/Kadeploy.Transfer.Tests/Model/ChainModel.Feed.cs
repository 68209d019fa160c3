namespace Kadeploy.Transfer.Tests.Model;

/// <summary>What a member does to be fed.</summary>
internal sealed partial class ChainModel
{
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
            // From so far back only who had a fault, or comes where somebody else had one.
            if (!_nodes[i].Whole && server > 0 && (other.Last < 0 ? _nodes.Any(n => n.Faulty) : IndexOf(i, _nodes[i].Epoch) <= other.Last))
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
            if (index < place.Present)
                Wrong ??= $"{server} gives the place of {old} to {i}, which stands before it";
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
        Act(i, server, Search(i).Declined(IndexOf(server, _nodes[i].Epoch), answer, error, early: false, whole: _nodes[i].Whole));

    private void Follow(int i)
    {
        var server = _nodes[i].Server;
        var other = _nodes[server];
        var (live, reach, note) = (Live(i), Reach(i, server), _nodes[i].Note);
        if (live && reach && other is { Life: Life.Up, Whole: true } && !_nodes[i].Whole)
            Move(ModelMove.Flow(i), () => _nodes[i].Whole = true);
        if (live && reach && _nodes[i] is { Whole: false, Faulty: true })
            Move(ModelMove.Leave(i), () => Out(i)); // so far behind that its gap would hold up the line
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
}
