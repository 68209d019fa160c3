namespace Kadeploy.Transfer;

/// <summary>Fetches one block again: from the member that fed it, else from the head; names whose copy was wrong.</summary>
internal sealed class Repairer(Member member, Ring ring, HopStore store, Upstream upstream)
{
    private const int MostWrong = 3;
    private readonly Dictionary<int, int> _wrong = [];

    public List<Refetch> Done { get; } = [];

    /// <summary>Puts the right block into the ring. A failure means that the head itself has another image, or that nobody gave an answer.</summary>
    public TransferFailure? Repair(int block)
    {
        var fedBy = upstream.Current?.Index ?? 0;
        var since = member.Time.GetTimestamp();
        var target = new byte[member.Plan.Manifest.LengthOf(block)];
        store.Blame(block, fedBy);
        var lied = false;
        while (!member.Stopped)
        {
            foreach (var from in fedBy == 0 ? [0] : (int[])[fedBy, 0])
            {
                if (!Fetch(block, from, target, out var culprit))
                    continue;
                if (member.Plan.Manifest.Matches(block, target))
                {
                    var bad = culprit >= 0 ? culprit : fedBy;
                    target.CopyTo(ring.Block(block));
                    Finish(block, bad, from, lied || (bad == fedBy && (_wrong[fedBy] = _wrong.GetValueOrDefault(fedBy) + 1) >= MostWrong), fedBy);
                    return null;
                }
                lied |= from == fedBy; // it says that it verified these bytes
                if (from == 0 && Fetch(block, 0, target, out _) && !member.Plan.Manifest.Matches(block, target))
                    return new TransferFailure(Party.Head, Reasons.ImageDigestMismatch,
                        $"block {block} from the head does not have the manifest's digest: the image changed, or the manifest is another image's");
            }
            if (member.Time.GetElapsedTime(since) > member.Tunables.NoFeedLimit)
                return new TransferFailure(Party.Head, Reasons.NoFeed, $"block {block} arrived wrong and could not be fetched again");
            Thread.Sleep(50);
        }
        return null;
    }

    private void Finish(int block, int bad, int good, bool distrust, int fedBy)
    {
        store.Blame(block, bad);
        lock (Done)
            Done.Add(new Refetch(block, member.NameOf(bad), member.NameOf(good)));
        member.Tell(bad == 0 ? Party.Head : Party.Predecessor, bad, Reasons.Corrupt, (long)block * member.Plan.Manifest.BlockSize,
            $"{member.Name}: block {block} came wrong by way of {member.NameOf(bad)}, right from {member.NameOf(good)}");
        if (distrust && fedBy != 0)
            upstream.Distrust(fedBy);
    }

    private bool Fetch(int block, int from, byte[] target, out int culprit)
    {
        culprit = -1;
        var plan = member.Plan;
        var hello = new Hello(HelloKind.Repair, plan.TransferId, plan.Epoch, member.Self, from, (long)block * plan.Manifest.BlockSize,
            target.Length, (ulong)block, -1, VerdictCode.None);
        var timeout = plan.Tunables.ConnectTimeout + TimeSpan.FromSeconds(2); // the server may wait for its own repair
        var call = Handshake.Call(plan.Members[from].EndPoint, hello, member.Key, timeout);
        if (call.Socket is not { } socket)
            return false;
        using (socket)
        {
            socket.ReceiveTimeout = (int)timeout.TotalMilliseconds;
            culprit = (int)call.Welcome!.Session - 1;
            using var pipe = member.Pipe(socket, call.DataKey);
            return pipe.Read(target);
        }
    }
}
