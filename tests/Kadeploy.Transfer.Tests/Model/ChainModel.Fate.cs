namespace Kadeploy.Transfer.Tests.Model;

/// <summary>What happens to a member.</summary>
internal sealed partial class ChainModel
{
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

    private void Fault(ModelMove move, int who, Action act)
    {
        if (who >= 0 && (victims >> who & 1) == 0)
            return;
        Move(move, () =>
        {
            _plan = _plan with { Faults = _plan.Faults - 1 };
            if (who >= 0)
                _nodes[who].Faulty = true;
            act();
        });
    }
}
