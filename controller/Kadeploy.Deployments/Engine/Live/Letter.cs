using Kadeploy.Deployments.Engine.Journal;

namespace Kadeploy.Deployments.Engine.Live;

/// <summary>What lies in the engine's mailbox.</summary>
internal abstract record Letter
{
    private Letter()
    {
    }

    /// <summary>A letter whose sender waits.</summary>
    public interface IAsks
    {
        /// <summary>There will be no answer.</summary>
        void Abandon(Exception why);
    }

    /// <summary>Somebody wants a deployment.</summary>
    public sealed record Submit(Happening.Submitted Submitted, TaskCompletionSource<SubmitResult> Answer) : Letter, IAsks
    {
        public void Abandon(Exception why) => Answer.TrySetException(why);
    }

    /// <summary>Somebody wants one stopped.</summary>
    public sealed record Cancel(string Deployment, Happening.CancelAsked Asked, TaskCompletionSource<bool> Answer) : Letter, IAsks
    {
        public void Abandon(Exception why) => Answer.TrySetException(why);
    }

    /// <summary>A driver told an outcome.</summary>
    public sealed record Finished(DriverCall Call, string Node, Outcome Outcome) : Letter;

    /// <summary>A driver's call returned.</summary>
    public sealed record Returned(DriverCall Call, string? Error) : Letter;

    /// <summary>A step's timer went off.</summary>
    public sealed record Woke(string Deployment, string Execution) : Letter;

    /// <summary>A window has places for nodes.</summary>
    public sealed record Admit(string Deployment, string Execution, IReadOnlyList<string> Nodes) : Letter;

    /// <summary>Places of a window are free again.</summary>
    public sealed record PauseOver(string Window, int Places, long Pause) : Letter;

    /// <summary>A node's cancelled call inside a window has returned.</summary>
    public sealed record Left(string Window, string Execution, string Node) : Letter;

    /// <summary>Continue what the journal says is unfinished.</summary>
    public sealed record Resume(IReadOnlyList<string> Deployments, TaskCompletionSource<bool> Answer) : Letter, IAsks
    {
        public void Abandon(Exception why) => Answer.TrySetException(why);
    }
}
