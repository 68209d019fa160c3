using System.CommandLine;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Environments;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Operations;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy deploy: the command of the product.</summary>
internal static class DeployCommand
{
    private static readonly Option<string> Environment = new("-e", "--env-name")
    {
        Description = "Environment: NAME, NAME:VERSION or OWNER/NAME:VERSION; the latest version unless one is named",
        HelpName = "ENV",
    };

    private static readonly Option<string> Owner = new("-u", "--env-user") { Description = "Whose environment -e means, as OWNER/NAME", HelpName = "USER" };

    private static readonly Option<string> Description = new("-a", "--env-file")
    {
        Description = "In place of -e: file of an environment's description, which is registered for you under a name of its own",
        HelpName = "FILE",
    };

    private static readonly Option<string[]> Keys = new("-k", "--key")
    {
        Description = "File of OpenSSH public keys that may log in as root on the deployed nodes; may be repeated",
        HelpName = "FILE",
    };

    private static readonly Option<string> Script = new("--script")
    {
        Description = "Script that runs on every node after the image was written, with the new system at $KADEPLOY_TARGET",
        HelpName = "FILE",
    };

    private static readonly Option<string> Boot = new("--boot")
    {
        Description = "How the new system is started: reboot (through the firmware, as every later boot; the default) or kexec (quicker)",
        HelpName = "HOW",
    };

    private static readonly Option<int?> Partition = new("-p", "--partition-number")
    {
        Description = "Partition to install on; else the root partition of the cluster's layout",
        HelpName = "NUMBER",
    };

    private static readonly Option<string[]> Disk = new("--disk", "-b", "--block-device")
    {
        Description = "Which disk may be written, in place of what the node's record says: /dev/disk/by-path/NAME, serial=, wwn=, min=",
        HelpName = "HINT",
    };

    private static readonly Option<string> Steps = new("--force-steps")
    {
        Description = "Instances in place of the cluster's: 'MACRO|INSTANCE:RETRIES:TIMEOUT,...&MACRO|...', several instances being fallbacks",
        HelpName = "STEPS",
    };

    private static readonly Option<bool> KeepPartitions = new("--disable-disk-partitioning") { Description = "Leave the partition table as it is" };

    private static readonly Option<bool> NoBootloader = new("--disable-bootloader-install") { Description = "Install no boot loader" };

    public static Command Create(GlobalOptions global)
    {
        Boot.AcceptOnlyFromAmong("reboot", "kexec");
        var nodes = new NodeOptions();
        var wishes = new WishOptions();
        var start = new StartOptions();
        var command = new Command("deploy", "Install an environment on nodes, watch it, and say for each node how it went") { Environment, Owner, Description };
        nodes.AddTo(command);
        foreach (var option in new Option[] { Keys, Script, Boot, Partition, Disk, Steps, KeepPartitions, NoBootloader })
            command.Add(option);
        wishes.AddTo(command);
        start.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            if (!start.Files(run).TryGet(out var files, out var failure) || !Request(run, nodes, wishes).TryGet(out var request, out failure))
                return run.Fail(failure);
            if (run.Get(Description) is { } file)
            {
                if (start.IsPlan(run))
                    return run.Fail(Failure.Usage("--plan changes nothing, and -a registers the environment: register it first, with 'kadeploy env add'"));
                if (!(await RegisterAsync(run, file, cancel)).TryGet(out var registered, out failure))
                    return run.Fail(failure);
                request = request with { Environment = registered.ToString() };
            }

            request = request with { Force = start.Force(run) };
            return await start.RunAsync(
                run, $"deployment {{id}}: {request.Environment} on {request.Nodes}", files,
                () => run.Client.DeployAsync(request, cancel), () => run.Client.PlanDeploymentAsync(request, cancel));
        });
        return command;
    }

    /// <summary>Registers what a file describes. What the same text described before makes place: its image may be another by now.</summary>
    private static async Task<Answer<EnvironmentName>> RegisterAsync(Invocation run, string file, CancellationToken cancel)
    {
        if (!TextInput.Read(file, "-a").TryGet(out var text, out var failure) || !AnonymousDescription.Of(text, file).TryGet(out var description, out failure))
            return failure;
        var request = new AddEnvironment(description.Text);
        var answer = await EnvironmentCommands.RegisterAsync(run, request, null, cancel);
        if (!answer.TryGet(out var registered, out failure) && failure.Reason == "environment-exists")
        {
            if (!(await run.Client.WhoAmIAsync(cancel)).TryGet(out var me, out failure))
                return failure;
            // In use it is what is being deployed: it stays.
            if (!(await run.Client.DeleteEnvironmentAsync(me.User, description.Name, 1, cancel)).TryGet(out _, out failure))
                return failure.Reason == "environment-in-use" ? new EnvironmentName(me.User, description.Name, 1) : failure;
            answer = await EnvironmentCommands.RegisterAsync(run, request, null, cancel);
        }

        if (!answer.TryGet(out registered, out failure))
            return failure;
        foreach (var warning in registered.Warnings)
            run.Terminal.Warn(warning);
        return new EnvironmentName(registered.Owner, registered.Name, registered.Version);
    }

    /// <summary>Everything is read and checked before anything is asked of the controller.</summary>
    private static Answer<StartDeployment> Request(Invocation run, NodeOptions nodes, WishOptions wishes)
    {
        if (!nodes.Read(run).TryGet(out var set, out var failure))
            return failure;
        if ((run.Get(Environment) is null) == (run.Get(Description) is null))
            return Failure.Usage("say which environment: -e NAME, or -a FILE");
        EnvironmentName? environment = null;
        if (run.Get(Environment) is { } env && !EnvironmentName.Parse(env, run.Get(Owner)).TryGet(out environment, out failure))
            return failure;
        if (!KeyFiles.Read(run.Get(Keys) ?? []).TryGet(out var keys, out failure))
            return failure;
        string? script = null;
        if (run.Get(Script) is { } file && !TextInput.Read(file, "--script").TryGet(out script, out failure))
            return failure;
        if (script is not null && string.IsNullOrWhiteSpace(script))
            return Failure.Usage($"--script {run.Get(Script)}: the file is empty");
        DiskHintInfo? disk = null;
        if (run.Get(Disk) is { Length: > 0 } hints && !DiskOptions.Read(hints).TryGet(out disk, out failure))
            return failure;
        BootMethod? boot = run.Get(Boot) is { } how ? Enum.Parse<BootMethod>(how, ignoreCase: true) : null;
        if (!wishes.Read(run).TryGet(out var wanted, out failure))
            return failure;
        Dictionary<string, IReadOnlyList<InstanceChoice>>? steps = null;
        if (run.Get(Steps) is { } text && !StepChoices.Read(text).TryGet(out steps, out failure))
            return failure;
        return new StartDeployment(
            environment?.ToString() ?? "", set, keys, script, boot, run.Get(Partition), disk, null, steps, wanted.Timeouts, wanted.CustomOperations, wanted.Breakpoint,
            run.Get(KeepPartitions) ? true : null, run.Get(NoBootloader) ? true : null, wanted.Vlan);
    }
}
