using System.Text.Json.Serialization.Metadata;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Client;

/// <summary>A kind of operation of the controller's that is watched to its end: deployments and broadcasts.</summary>
/// <typeparam name="T">The operation as the API serves it.</typeparam>
internal abstract class Operation<T>(ControllerClient client)
    where T : class
{
    public ControllerClient Client { get; } = client;

    /// <summary>What it is called, also by the command that shows it: <c>deployment</c>.</summary>
    public abstract string Noun { get; }

    /// <summary>How its JSON is printed.</summary>
    public abstract JsonTypeInfo<T> Type { get; }

    /// <summary>Path of all of its kind: <c>/v1/deployments</c>.</summary>
    public abstract string Route { get; }

    public abstract bool IsRunning(T operation);

    public abstract DeploymentView View(T operation);

    public abstract void Report(TextWriter output, T operation);

    /// <summary>Nodes that got what was wanted, and those that did not.</summary>
    public abstract (IReadOnlyList<string> Good, IReadOnlyList<string> Bad) Nodes(T operation);

    public Task<Answer<T>> GetAsync(string id, CancellationToken cancel) => Client.OperationAsync(PathOf(id), Type, cancel);

    public Task<Answer<Nothing>> CancelAsync(string id, CancellationToken cancel) => Client.CancelAsync(PathOf(id), cancel);

    public Task<Answer<HttpResponseMessage>> EventsAsync(string id, long? after, CancellationToken cancel) => Client.EventsAsync(PathOf(id), after, cancel);

    private string PathOf(string id) => $"{Route}/{Uri.EscapeDataString(id)}";
}
