using System.Globalization;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// <c>send_environment</c> by the site's own program. 1: every node's agent runs the site's receiving script, if there is one. 2: the site's command
/// sends. 3: every node's agent compares what arrived with the registered digest: whoever sent it, nothing unverified is extracted.
/// </summary>
internal sealed class CustomBroadcast(ControllerConfiguration configuration, SiteCommands commands, AgentSteps steps, AgentOrders orders, TimeProvider time) : IStepDriver
{
    /// <summary>Where the image lies on the nodes; in memory, for their disks are being made.</summary>
    public const string ImageFile = "/run/kadeploy-image";

    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        if (configuration.ClusterOf(execution.Nodes[0].Cluster).Broadcast is not { } settings)
        {
            foreach (var node in execution.Nodes)
                report.Finished(node.Name, new Outcome.Failed(Party.Controller, "no-broadcast-command", "the cluster's broadcast.command was taken out of kadeployd.yaml meanwhile"));
            return;
        }
        // 2, beside 1: senders wait for receivers in their own way.
        var sent = SendAsync(settings, execution, cancellationToken);
        await PerNode.RunAsync(execution, report, async (node, token) =>
        {
            // 1
            if (settings.Receive.Length > 0
                && await ScriptAsync(execution, node, "", "the site's receiver", settings.Receive, report, token) is Outcome.Failed missed)
                return (await sent.WaitAsync(token)) ?? missed;
            if (await sent.WaitAsync(token) is { } failed)
                return failed;
            // 3
            report.Progress(node.Name, "verifying the image");
            var image = execution.Deployment.Environment.Image;
            var verified = await ScriptAsync(
                execution, node, ".verify", "verification", "test -f \"$KADEPLOY_IMAGE\" || { echo \"no $KADEPLOY_IMAGE has arrived\" >&2; exit 1; }\necho \"$KADEPLOY_IMAGE_SHA256  $KADEPLOY_IMAGE\" | sha256sum -c - >&2\n", report, token);
            return verified is Outcome.Failed { Reason: "script-failed" } wrong ? wrong with { Party = Party.Image, Reason = "image-digest-mismatch" }
                : verified is Outcome.Failed ? verified
                : PerNode.Done(
                    (FactNames.ImageSha256, image.Sha256), (FactNames.BytesVerified, image.Bytes.ToString(CultureInfo.InvariantCulture)),
                    (FactNames.BytesWritten, image.Bytes.ToString(CultureInfo.InvariantCulture)));
        });
    }

    /// <summary>The variables that the site's scripts find on the nodes.</summary>
    public Dictionary<string, string> Variables(StepExecution execution, Node node) => new(orders.Variables(execution, node))
    {
        ["KADEPLOY_IMAGE"] = ImageFile,
        ["KADEPLOY_IMAGE_SHA256"] = execution.Deployment.Environment.Image.Sha256,
        ["KADEPLOY_IMAGE_BYTES"] = execution.Deployment.Environment.Image.Bytes.ToString(CultureInfo.InvariantCulture),
        ["KADEPLOY_CONTROLLER"] = configuration.Address.ToString(),
    };

    /// <summary><c>decompress_environment</c>: what arrived is extracted where the root is mounted, and removed.</summary>
    public IReadOnlyList<AgentOrder> Decompress(StepExecution execution, Node node)
    {
        var program = execution.Deployment.Environment.Image.Compression switch
        {
            "gzip" => "/usr/bin/gzip -dc",
            "bzip2" => "/usr/bin/bzip2 -dc",
            "xz" => "/usr/bin/xz -dc",
            "zstd" => "/usr/bin/zstd -dc",
            _ => "cat",
        };
        // By their paths: busybox's shell prefers its own tar, which knows no attributes.
        var text = $"set -e -o pipefail\n{program} <\"$KADEPLOY_IMAGE\" | /usr/bin/tar --extract --file=- --directory=\"$KADEPLOY_TARGET\" --numeric-owner --same-owner --preserve-permissions --xattrs --xattrs-include='*' --acls\nrm \"$KADEPLOY_IMAGE\"\n";
        return [new AgentOrder.RunScript("extraction", default, "none", text, Variables(execution, node))];
    }

    private async Task<Outcome.Failed?> SendAsync(BroadcastSettings settings, StepExecution execution, CancellationToken cancellationToken)
    {
        var image = execution.Deployment.Environment.Image;
        var result = await commands.RunAsync(
            settings.Command,
            [.. execution.Nodes.Select(n => n.Name)],
            new Dictionary<string, string>
            {
                ["image"] = image.File,
                ["sha256"] = image.Sha256,
                ["target"] = ImageFile,
                ["user"] = execution.Deployment.User,
                ["id"] = execution.Deployment.Id,
            },
            execution.Deadline - time.GetUtcNow(),
            cancellationToken);
        return result.Succeeded ? null : new Outcome.Failed(
            Party.Network, result.TimedOut ? "broadcast-late" : "broadcast-failed", $"{settings.Command.Arguments[0]}: {result.LastWords}");
    }

    private Task<Outcome> ScriptAsync(
        StepExecution execution, Node node, string suffix, string name, string text, IStepReport report, CancellationToken cancellationToken) => steps.RunAsync(
            node.Name, execution.Deployment.Id, execution.Id + suffix, new AgentOrder.RunScript(name, default, "none", text, Variables(execution, node)), execution.Deadline,
            new StepListener(node.Name, report), cancellationToken);
}
