namespace Kadeploy.Controller.Agents;

/// <summary>The answer to an agent's Hello.</summary>
internal abstract record Greeting
{
    private Greeting()
    {
    }

    /// <summary>Let in.</summary>
    /// <param name="Identity">Who it is.</param>
    /// <param name="Secret">What it shows when it dials again; empty for a machine that only enrolled.</param>
    public sealed record In(AgentIdentity Identity, string Secret) : Greeting;

    /// <summary>Turned away.</summary>
    /// <param name="Reason">Stable kebab-case code.</param>
    /// <param name="Detail">For a person.</param>
    public sealed record Out(string Reason, string Detail) : Greeting;
}
