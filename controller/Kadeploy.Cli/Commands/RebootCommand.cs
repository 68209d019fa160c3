using System.CommandLine;
using Kadeploy.Api.Operations;
using Kadeploy.Cli.Input;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy reboot: a node counts when its system was seen with a new boot id.</summary>
internal static class RebootCommand
{
    private static readonly Dictionary<string, RebootKind> Kinds = new()
    {
        ["simple"] = RebootKind.Simple,
        ["set_pxe"] = RebootKind.SetPxe,
        ["deploy_env"] = RebootKind.DeployEnv,
        ["recorded_env"] = RebootKind.RecordedEnv,
    };

    public static Command Create(GlobalOptions global)
    {
        var kind = new Option<string>("-r", "--reboot-kind") { Description = "Into what: simple (whatever they boot; the default), set_pxe, deploy_env, recorded_env", HelpName = "KIND" };
        kind.AcceptOnlyFromAmong([.. Kinds.Keys]);
        var level = new Option<string>("-l", "--op-level") { Description = "How hard the first try is: soft (the default), hard or very_hard; what does not come back is tried one level up", HelpName = "LEVEL" };
        level.AcceptOnlyFromAmong("soft", "hard", "very_hard");
        var environment = new Option<string>("-e", "--env-name") { Description = "For recorded_env: the environment that was installed", HelpName = "ENV" };
        var owner = new Option<string>("-u", "--env-user") { Description = "Whose environment -e means, as OWNER/NAME", HelpName = "USER" };
        var partition = new Option<int?>("-p", "--partition-number") { Description = "For recorded_env: the partition on which it was", HelpName = "NUMBER" };
        var profile = new Option<string>("-w", "--set-pxe-profile") { Description = "For set_pxe: file of an iPXE script", HelpName = "FILE" };
        var keys = new Option<string[]>("-k", "--key") { Description = "For deploy_env: file of OpenSSH public keys that may log in", HelpName = "FILE" };
        var yes = new Option<bool>("-y", "--yes") { Description = "Do not ask; needed for several nodes when nobody can be asked" };
        var nodes = new NodeOptions();
        var wishes = new WishOptions();
        var start = new StartOptions();
        var command = new Command("reboot", "Restart nodes, and see for each whether it came back") { kind, level, environment, owner, partition, profile, keys, yes };
        nodes.AddTo(command);
        wishes.AddTo(command);
        start.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            if (!start.Files(run).TryGet(out var files, out var failure) || !nodes.Read(run).TryGet(out var set, out failure))
                return run.Fail(failure);
            string? script = null;
            if (run.Get(profile) is { } file && !TextInput.Read(file, "-w").TryGet(out script, out failure))
                return run.Fail(failure);
            if (!KeyFiles.Read(run.Get(keys) ?? []).TryGet(out var lines, out failure) || !wishes.Read(run).TryGet(out var wanted, out failure))
                return run.Fail(failure);
            EnvironmentName? recorded = null;
            if (run.Get(environment) is { } env && !EnvironmentName.Parse(env, run.Get(owner)).TryGet(out recorded, out failure))
                return run.Fail(failure);
            if (!start.IsPlan(run) && !run.Get(yes) && await Confirmation.AskAsync(run, "reboot", set, cancel) is { } refused)
                return refused;
            var request = new StartReboot(
                set, run.Get(kind) is { } name ? Kinds[name] : null, run.Get(level), recorded?.ToString(), run.Get(partition), script, lines.Count > 0 ? lines : null,
                wanted.Vlan, wanted.Timeouts, wanted.CustomOperations, wanted.Breakpoint, start.Force(run));
            return await start.RunAsync(
                run, $"reboot {{id}}: {set}", files, () => run.Client.RebootAsync(request, cancel), () => run.Client.PlanRebootAsync(request, cancel));
        });
        return command;
    }
}
