namespace Kadeploy.Deployments.Engine;

/// <summary>
/// What may happen when an operation comes upon nodes of another. Kadeploy3 looked at a state column that nobody renewed and
/// dropped busy nodes from the request; here nothing is dropped, and nothing is interrupted without being asked for.
/// </summary>
public static class InterruptTable
{
    // Row: who comes. Column: what runs.
    private static readonly Meeting[,] Table =
    {
        //                   Deployment       Reboot           Power            PowerStatus      Broadcast
        /* Deployment  */ { Meeting.ByForce, Meeting.ByForce, Meeting.ByForce, Meeting.Beside, Meeting.ByForce },
        /* Reboot      */ { Meeting.ByForce, Meeting.ByForce, Meeting.ByForce, Meeting.Beside, Meeting.ByForce },
        /* Power       */ { Meeting.ByForce, Meeting.ByForce, Meeting.ByForce, Meeting.Beside, Meeting.ByForce },
        /* PowerStatus */ { Meeting.Beside,  Meeting.Beside,  Meeting.Beside,  Meeting.Beside, Meeting.Beside },
        /* Broadcast   */ { Meeting.ByForce, Meeting.ByForce, Meeting.ByForce, Meeting.Beside, Meeting.ByForce },
    };

    /// <summary>What may happen.</summary>
    /// <param name="comer">The operation that wants nodes.</param>
    /// <param name="running">The operation that has them.</param>
    public static Meeting Of(OperationKind comer, OperationKind running) => Table[(int)comer, (int)running];

    /// <summary>Whether an operation owns its nodes: whatever has to give way to somebody does.</summary>
    public static bool Owns(OperationKind kind) => Enum.GetValues<OperationKind>().Any(comer => Of(comer, kind) != Meeting.Beside);
}
