using System.CommandLine;
using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy node list, show, accept, add, set, delete, token; power is in <see cref="PowerCommand"/>.</summary>
internal static class NodeCommands
{
    public static Command Create(GlobalOptions global) => new("node", "The machines: list, show, accept, add, set, delete, token, power")
    {
        List(global),
        Show(global),
        Accept(global),
        Add(global),
        Set(global),
        Delete(global),
        Token(global),
        PowerCommand.Create(global),
    };

    private static Command List(GlobalOptions global)
    {
        var nodes = new NodeOptions();
        var command = new Command("list", "List the nodes, and the machines that wait to be accepted");
        nodes.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            string? set = null;
            if (nodes.IsGiven(run) && !nodes.Read(run).TryGet(out set, out var usage))
                return run.Fail(usage);
            if (!(await run.Client.NodesAsync(set, cancel)).TryGet(out var list, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(list, JsonOutput.Indented.NodeList);
            else
                NodeTable.Write(run.Terminal.Out, list.Nodes);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Show(GlobalOptions global)
    {
        var name = new Argument<string>("NODE") { Description = "Name of one node; its MAC with dashes while it waits to be accepted" };
        var command = new Command("show", "Show everything known of one node: addresses, BMC, disks, network, last deployment") { name };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.NodeAsync(run.Get(name), cancel)).TryGet(out var node, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(node, JsonOutput.Indented.NodeInfo);
            else
                NodeSheet.Write(run.Terminal.Out, node);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Accept(GlobalOptions global)
    {
        var waiting = new Argument<string>("WAITING") { Description = "The waiting machine as 'kadeploy node list' names it: its MAC with dashes" };
        var name = new Option<string>("--name") { Description = "The name it gets", HelpName = "NAME", Required = true };
        var hardware = new HardwareOptions();
        var command = new Command("accept", "Make a machine that PXE booted by itself a node; only then may it get an image") { waiting, name };
        hardware.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            if (!hardware.Read(run, run.Get(name)!).TryGet(out var request, out var usage))
                return run.Fail(usage);
            var answer = await run.Client.AcceptNodeAsync(run.Get(waiting), request, cancel);
            return answer.TryGet(out var node, out var failure) ? Confirm(run, node, "accepted") : run.Fail(failure);
        });
        return command;
    }

    private static Command Add(GlobalOptions global)
    {
        var name = new Option<string>("--name") { Description = "Its unique name", HelpName = "NAME", Required = true };
        var macs = new Option<string[]>("--mac")
        {
            Description = "MAC that PXE boots; may be repeated, the first is the one that deploys",
            HelpName = "MAC",
            Required = true,
        };
        var hardware = new HardwareOptions();
        var command = new Command("add", "Register a machine that has not booted yet") { name, macs };
        hardware.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            if (!MacAddress.Read(run.Get(macs)!).TryGet(out var addresses, out var usage))
                return run.Fail(usage);
            if (!hardware.Read(run, run.Get(name)!).TryGet(out var h, out usage))
                return run.Fail(usage);
            var request = new AddNode(h.Name, addresses, h.Address, h.Cluster, h.Bmc, h.Disk, h.Attributes);
            return (await run.Client.AddNodeAsync(request, cancel)).TryGet(out var node, out var failure)
                ? Confirm(run, node, "added")
                : run.Fail(failure);
        });
        return command;
    }

    private static Command Set(GlobalOptions global)
    {
        var name = new Argument<string>("NODE") { Description = "Name of one node" };
        var macs = new Option<string[]>("--mac") { Description = "All its MACs in place of the former; may be repeated, the first is the one that deploys", HelpName = "MAC" };
        var noBmc = new Option<bool>("--no-bmc") { Description = "It has no BMC any more; the password is forgotten" };
        var noDisk = new Option<bool>("--no-disk") { Description = "No hint any more: the only disk" };
        var hardware = new HardwareOptions();
        var command = new Command("set", "Change a registered node; what is not said stays. --attribute NAME= takes one away") { name, macs };
        hardware.AddTo(command);
        command.Add(noBmc);
        command.Add(noDisk);
        global.Run(command, async (run, cancel) =>
        {
            if (!hardware.ReadChange(run).TryGet(out var change, out var usage))
                return run.Fail(usage);
            if (run.Get(noBmc) && change.Bmc is not null)
                return run.Fail(Failure.Usage("--bmc and --no-bmc exclude each other"));
            if (run.Get(noDisk) && change.Disk is not null)
                return run.Fail(Failure.Usage("--disk and --no-disk exclude each other"));
            List<string>? addresses = null;
            if (run.Get(macs) is { Length: > 0 } given && !MacAddress.Read(given).TryGet(out addresses, out usage))
                return run.Fail(usage);
            change = change with { Macs = addresses, WithoutBmc = run.Get(noBmc) ? true : null, Disk = run.Get(noDisk) ? new DiskHintInfo() : change.Disk };
            if (change == new ChangeNode())
                return run.Fail(Failure.Usage("say what is to change: --mac, --address, --cluster, --bmc, --bmc-password-file, --no-bmc, --disk, --no-disk, --switch or --attribute"));
            return (await run.Client.ChangeNodeAsync(run.Get(name), change, cancel)).TryGet(out var node, out var failure)
                ? Confirm(run, node, "changed")
                : run.Fail(failure);
        });
        return command;
    }

    private static Command Delete(GlobalOptions global)
    {
        var name = new Argument<string>("NODE") { Description = "Name of one node" };
        var command = new Command("delete", "Forget one node; nothing on its disks is touched") { name };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.DeleteNodeAsync(run.Get(name), cancel)).TryGet(out _, out var failure))
                return run.Fail(failure);
            return run.Done($"{run.Get(name)} deleted");
        });
        return command;
    }

    private static Command Token(GlobalOptions global)
    {
        var name = new Argument<string>("NODE") { Description = "Name of one node" };
        var revoke = new Option<bool>("--revoke") { Description = "Take it back instead" };
        var command = new Command("token", "Make the token with which 'kadeploy-agent run' on the installed node speaks for it; a former one is worth nothing then") { name, revoke };
        global.Run(command, async (run, cancel) =>
        {
            if (run.Get(revoke))
            {
                if (!(await run.Client.RevokeNodeTokenAsync(run.Get(name), cancel)).TryGet(out _, out var refused))
                    return run.Fail(refused);
                return run.Done($"the token of {run.Get(name)} is worth nothing any more");
            }

            if (!(await run.Client.MakeNodeTokenAsync(run.Get(name), cancel)).TryGet(out var token, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(token, JsonOutput.Indented.NodeToken);
            else
                run.Terminal.Out.WriteLine(token.Token);
            return ExitCode.Success;
        });
        return command;
    }

    private static int Confirm(Invocation run, NodeInfo node, string what)
    {
        if (run.Json)
            run.Terminal.Json(node, JsonOutput.Indented.NodeInfo);
        else
            run.Terminal.Out.WriteLine($"{node.Name} {what} ({string.Join(", ", node.Macs)}{(node.Bmc is { } b ? $", BMC {b.Host}" : ", without BMC: its power cannot be controlled")})");
        return ExitCode.Success;
    }
}
