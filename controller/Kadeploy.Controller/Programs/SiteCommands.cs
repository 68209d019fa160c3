using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Programs;

/// <summary>Runs the administrator's commands, with a file of the nodes and the same facts as <c>KADEPLOY_…</c> variables.</summary>
internal sealed class SiteCommands(ControllerConfiguration configuration)
{
    /// <param name="command">What to run.</param>
    /// <param name="nodes">Names of the nodes it is about.</param>
    /// <param name="values">Values of its words; <c>nodes</c> and <c>nodeFile</c> are added.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="cancellationToken">Kills it.</param>
    public async Task<ProgramResult> RunAsync(
        SiteCommand command, IReadOnlyList<string> nodes, IReadOnlyDictionary<string, string> values, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(configuration.StateDirectory, "commands");
        PrivateFile.Directory(folder);
        var file = Path.Combine(folder, $"{Guid.NewGuid():N}.nodes");
        PrivateFile.Write(file, string.Concat(nodes.Select(n => n + "\n")));
        try
        {
            var all = new Dictionary<string, string>(values) { ["nodes"] = NodeSet.Fold(nodes), ["nodeFile"] = file };
            var filled = command.Filled(all);
            return await ProgramRunner.RunAsync(
                filled[0], [.. filled.Skip(1)], all.ToDictionary(v => VariableName.Of(v.Key), v => v.Value), deadline, cancellationToken);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
