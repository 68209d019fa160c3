namespace Kadeploy.Transfer;

/// <summary>What a connection is for.</summary>
internal enum HelloKind : byte
{
    /// <summary>Control of a place in the line: the caller wants to be the successor. Frames both ways.</summary>
    Link = 1,

    /// <summary>The data of an accepted link, named by its session: raw bytes of the image from an offset to its end.</summary>
    Data = 2,

    /// <summary>A range of verified bytes, for a node that is served on its own.</summary>
    Own = 3,

    /// <summary>One verified block, to replace a bad one.</summary>
    Repair = 4,

    /// <summary>A small range to measure a path; the caller throws it away.</summary>
    Probe = 5,
}
