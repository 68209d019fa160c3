namespace Kadeploy.Controller.Boot;

/// <summary>What became of an agent's token.</summary>
internal abstract record TokenUse
{
    private TokenUse()
    {
    }

    /// <summary>Good, and now used up.</summary>
    /// <param name="Node">The node it was made for.</param>
    /// <param name="Deployment">The deployment it was made for.</param>
    /// <param name="Arming">The arming it was served by.</param>
    public sealed record Accepted(string Node, string Deployment, string Arming) : TokenUse;

    /// <summary>Refused.</summary>
    /// <param name="Reason"><c>token-unknown</c>, <c>token-used</c>, <c>token-late</c> or <c>token-other-mac</c>.</param>
    /// <param name="Detail">For a person.</param>
    public sealed record Refused(string Reason, string Detail) : TokenUse;
}
