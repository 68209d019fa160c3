using Kadeploy.Api.Deployments;

namespace Kadeploy.Cli.Client;

/// <summary>What an <see cref="EventFeed{T}"/> tells. Called from one thread at a time.</summary>
internal interface IEventReader
{
    void Event(string type, DeploymentEvent e);

    /// <summary>The connection is gone and is being made again.</summary>
    void Lost(string why);

    /// <summary>The connection is there again.</summary>
    void Back();
}
