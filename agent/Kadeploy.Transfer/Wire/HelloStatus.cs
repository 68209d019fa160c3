namespace Kadeploy.Transfer;

/// <summary>The answer to a <see cref="Hello"/>.</summary>
internal enum HelloStatus : byte
{
    /// <summary>Accepted; <see cref="Welcome.From"/> says from where bytes will come.</summary>
    Ok = 1,

    /// <summary>This process does not know the transfer (unsigned: it has no key to sign with). Come again or go elsewhere.</summary>
    Unknown = 2,

    /// <summary>Not in the line: served on its own, failed, or ended. Go to the next lower member.</summary>
    NotInLine = 3,

    /// <summary>A later member has the caller's place: the caller is served on its own from now on.</summary>
    PassedOver = 4,

    /// <summary>The caller's plan is older than the server's: wait for the controller.</summary>
    OldPlan = 5,

    /// <summary>The server's plan is older than the caller's: come again.</summary>
    NewPlan = 6,

    /// <summary>The bytes asked for cannot be had here; <see cref="Welcome.From"/> is the lowest offset held.</summary>
    NotHere = 7,

    /// <summary>Not now: the line goes first.</summary>
    Busy = 8,

    /// <summary>Against the rules: a member may only ask a lower one.</summary>
    Refused = 9,

    /// <summary>Another node outside the line is served here: ask that one, whose index is in <see cref="Welcome.Session"/>.</summary>
    Behind = 10,
}
