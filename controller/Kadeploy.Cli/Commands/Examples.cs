using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Kadeploy.Cli.Commands;

/// <summary>Examples at the end of a command's help: what a newcomer copies.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, string[]> ByCommand = new()
    {
        ["kadeploy"] =
        [
            "kadeploy node list                                     what is there",
            "kadeploy env add debian12.yaml --image /srv/debian12.tar.zst",
            "kadeploy deploy -e debian12 -m 'node-[1-3]' -k ~/.ssh/id_ed25519.pub",
            "kadeploy deployment list --active                      what runs now",
            "",
            "Exit codes: 0 every node, 2 some nodes, 1 none or an error, 130 interrupted.",
        ],
        ["deploy"] =
        [
            "kadeploy deploy -e debian12 -m 'node-[1-3]' -k ~/.ssh/id_ed25519.pub",
            "kadeploy deploy -e debian12:2 -f nodes.txt -o good.txt -n bad.txt",
            "id=$(kadeploy deploy -e debian12 -m node-7 --no-wait) && kadeploy deployment wait $id",
            "",
            "Exit codes: 0 every node was deployed, 2 some, 1 none or an error, 130 interrupted.",
            "Ctrl-C asks whether to cancel or to detach; without a terminal it detaches, and the deployment goes on.",
        ],
        ["broadcast"] =
        [
            "kadeploy broadcast --to 'node-[1-32]' data.bin --out data/data.bin",
            "kadeploy broadcast --to 'node-[1-32]' server:///srv/images/tools.tar.zst --out /opt/tools --unpack",
            "kadeploy broadcast list --active",
            "",
            "Exit codes: 0 every node has the file, 2 some, 1 none or an error, 130 interrupted.",
        ],
        ["retry"] = ["kadeploy retry --failed D-0b5c…", "kadeploy retry --failed D-0b5c… --plan"],
        ["exec"] =
        [
            "kadeploy exec -m 'node-[1-32]' -- uname -r",
            "kadeploy exec -m @rack1 --timeout 20 -- 'dmesg | grep -i error'",
            "",
            "Nodes that answer the same stand together. Exit codes: 0 the command exited 0 on every node, 2 on some, 1 on none or an error.",
        ],
        ["copy"] =
        [
            "kadeploy copy motd -m 'node-[1-32]' --out /etc/motd",
            "",
            "Exit codes: 0 every node has the file, 2 some, 1 none or an error.",
        ],
        ["node"] = ["kadeploy node list", "kadeploy node power status -m 'node-[1-3]'"],
        ["accept"] = ["kadeploy node accept 52-54-00-12-34-56 --name node-4 --bmc ipmi://admin@10.0.1.4 --bmc-password-file bmc.txt"],
        ["node add"] =
        [
            "kadeploy node add --name node-4 --mac 52:54:00:12:34:56 --address 10.0.0.4 \\",
            "    --bmc ipmi://admin@10.0.1.4 --bmc-password-file bmc.txt --disk serial=S3Z8NB0K",
        ],
        ["node set"] = ["kadeploy node set node-4 --bmc redfish://root@10.0.1.9 --bmc-password-file bmc.txt", "kadeploy node set node-4 --cluster gpu --attribute rack=12"],
        ["rights add"] = ["kadeploy rights add bob -m 'node-[1-4]' --until 8h", "kadeploy rights add carol -m '*' -p 3"],
        ["rights revoke"] = ["kadeploy rights revoke bob -m 'node-[1-4]'", "kadeploy rights revoke bob -m '*'"],
        ["token create"] = ["kadeploy token create --note laptop --expires 30d", "kadeploy token create --user bob > bob.token"],
        ["audit"] = ["kadeploy audit --since 2d --user bob", "kadeploy audit --action deployment --on node-7"],
        ["stats"] = ["kadeploy stats --since 30d --by failures", "kadeploy stats --operation D-0b5c… --by step --csv"],
        ["env set"] = ["kadeploy env set debian12 --visibility shared --tag stable"],
        ["env export"] = ["kadeploy env export debian12:2 > debian12.yaml", "kadeploy env export debian12 --json"],
        ["wait"] = ["kadeploy deployment wait D-0b5c… -o good.txt -n bad.txt"],
        ["console"] = ["kadeploy console node-7"],
        ["check"] = ["kadeploy config check", "kadeploy config check --config /srv/kadeploy/etc --json"],
        ["env add"] = ["kadeploy env add debian12.yaml", "kadeploy env add debian12.yaml --image /srv/images/debian12.tar.zst"],
        ["power"] = ["kadeploy power status -m 'node-[1-3]'", "kadeploy power cycle -m 'node-[1-3]' --yes", "kadeploy power off -l soft -m node-7 --no-wait"],
        ["reboot"] = ["kadeploy reboot -m node-7", "kadeploy reboot -m 'node-[1-3]' -r deploy_env -k ~/.ssh/id_ed25519.pub --yes", "kadeploy reboot -m node-7 -r set_pxe -w memtest.ipxe"],
    };

    /// <summary>Adds the section to every command below <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        // The library's other names for it, "/?" and "/h", are those of another system.
        foreach (var alias in option.Aliases.Where(a => a.StartsWith('/')).ToList())
            option.Aliases.Remove(alias);
        option.Action = new WithExamples((HelpAction)option.Action!);
    }

    private static string[]? Find(Command command)
    {
        if (command is RootCommand)
            return ByCommand["kadeploy"];
        var parent = command.Parents.OfType<Command>().FirstOrDefault();
        return ByCommand.GetValueOrDefault($"{parent?.Name} {command.Name}") ?? ByCommand.GetValueOrDefault(command.Name);
    }

    /// <summary>The ordinary help, and examples below it; the library has no place for them of its own.</summary>
    private sealed class WithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            help.MaxWidth = 120;
            var result = help.Invoke(parseResult);
            if (Find(parseResult.CommandResult.Command) is not { Length: > 0 } lines)
                return result;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var line in lines)
                output.WriteLine(line.Length > 0 ? "  " + line : "");
            return result;
        }
    }
}
