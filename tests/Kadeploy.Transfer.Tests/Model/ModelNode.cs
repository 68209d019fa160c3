namespace Kadeploy.Transfer.Tests.Model;

/// <summary>One member in the model: what its feed thread and its place hold, and its fate. Fits into 64 bits, so that states compare exactly.</summary>
internal struct ModelNode
{
    public Life Life;
    public bool Cut, Faulty, InLine, Whole;
    public int Epoch;

    /// <summary>The feed: whom it asked or is linked to (a member's number in the first plan), in which epoch, and what that one said last.</summary>
    public Phase Phase;
    public int Server, CallEpoch;
    public Note Note;

    /// <summary>The search, as the real rules left it.</summary>
    public int Passed, Resets, Barren;

    /// <summary>The place, as the real rules left it.</summary>
    public int Present, Last;
    public bool SubtreeDone;

    /// <summary>Callers whose hello lies unread at a frozen process though they went elsewhere.</summary>
    public int Stale;

    public static ModelNode New => new() { Life = Life.Up, InLine = true, Present = -1, Last = -1 };

    public Place Place
    {
        readonly get => new(Present, Last, SubtreeDone);
        set => (Present, Last, SubtreeDone) = (value.Present, value.Last, value.SubtreeDone);
    }

    /// <summary>Without what can make no difference any more: states that differ only there are one.</summary>
    public readonly ModelNode Reduced()
    {
        if (Life is Life.Killed or Life.Ended)
            return New with { Life = Life, Faulty = Faulty, Whole = true };
        var node = this;
        if (Whole || !InLine)
            (node.Resets, node.Barren) = (0, 0);
        if (!InLine)
            (node.Passed, node.Place) = (0, Place.Vacant);
        return node;
    }

    public readonly ulong Pack()
    {
        var (bits, at) = (0UL, 0);
        void Put(int value, int width)
        {
            bits |= (ulong)value << at;
            at += width;
        }

        Put((int)Life, 3);
        Put((Cut ? 1 : 0) | (Faulty ? 2 : 0) | (InLine ? 4 : 0) | (Whole ? 8 : 0) | (SubtreeDone ? 16 : 0), 5);
        Put(Epoch, 1);
        Put((int)Phase, 2);
        Put(Server, 3);
        Put(CallEpoch, 1);
        Put((int)Note, 2);
        Put(Passed, 6);
        Put(Resets, 1);
        Put(Barren, 2);
        Put(Present + 1, 3);
        Put(Last + 1, 3);
        Put(Stale, 6);
        return bits;
    }

    public static ModelNode Unpack(ulong bits)
    {
        int Take(int width)
        {
            var value = (int)(bits & ((1UL << width) - 1));
            bits >>= width;
            return value;
        }

        var node = new ModelNode { Life = (Life)Take(3) };
        var flags = Take(5);
        (node.Cut, node.Faulty, node.InLine, node.Whole, node.SubtreeDone) =
            ((flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0, (flags & 16) != 0);
        node.Epoch = Take(1);
        (node.Phase, node.Server, node.CallEpoch, node.Note) = ((Phase)Take(2), Take(3), Take(1), (Note)Take(2));
        (node.Passed, node.Resets, node.Barren) = (Take(6), Take(1), Take(2));
        (node.Present, node.Last, node.Stale) = (Take(3) - 1, Take(3) - 1, Take(6));
        return node;
    }
}
