namespace Kadeploy.Transfer;

/// <summary>What a node that looks for its feed does next.</summary>
internal enum FeedStep
{
    /// <summary>Asks the same member again a little later.</summary>
    Again,

    /// <summary>Asks the next lower member; nobody is to blame.</summary>
    Next,

    /// <summary>Asks the next lower member, and says why it passed this one over (<see cref="FeedSearch.LastVerdict"/>).</summary>
    PassOver,

    /// <summary>Out of the line: another has its place.</summary>
    PassedOver,

    /// <summary>Out of the line of its own will: the fault seems to be its own.</summary>
    Leave,
}
