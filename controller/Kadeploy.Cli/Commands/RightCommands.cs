using System.CommandLine;
using Kadeploy.Api.Users;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy rights add, list, revoke: what a batch scheduler's prologue and epilogue call.</summary>
internal static class RightCommands
{
    public static Command Create(GlobalOptions global) => new("rights", "Who may work on which nodes: add, list, revoke")
    {
        Add(global),
        List(global),
        Revoke(global),
    };

    private static Argument<string> User() => new("USER") { Description = "The user" };

    private static Option<string> Partition(string otherwise) => new("-p", "--partition-number")
    {
        Description = $"Number of the partition that may be written, or * for the whole disk; {otherwise}",
        HelpName = "NUMBER",
    };

    private static Command Add(GlobalOptions global)
    {
        var user = User();
        var nodes = new NodeOptions();
        var partition = Partition("* unless given");
        var from = new Option<string>("--from") { Description = $"When it begins: {Moment.Expected}; else at once", HelpName = "WHEN" };
        var until = new Option<string>("--until") { Description = $"When it ends, and with it what the user runs there: {Moment.Expected}; else never", HelpName = "WHEN" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Take the nodes from every other user, and end what they run there" };
        var command = new Command("add", "Let a user work on nodes (administrators); -m '*' is every node there is or will be") { user };
        nodes.AddTo(command);
        foreach (var option in new Option[] { partition, from, until, overwrite })
            command.Add(option);
        global.Run(command, async (run, cancel) =>
        {
            if (!nodes.Read(run).TryGet(out var set, out var failure)
                || !Moment.Read(run.Get(from), "--from").TryGet(out var begin, out failure)
                || !Moment.Read(run.Get(until), "--until").TryGet(out var end, out failure))
                return run.Fail(failure);
            var request = new GrantRight(run.Get(user), set, run.Get(partition), begin.At, end.At, run.Get(overwrite) ? true : null);
            if (!(await run.Client.GrantRightAsync(request, cancel)).TryGet(out var right, out failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(right, JsonOutput.Indented.RightInfo);
            else
                run.Terminal.Out.WriteLine(Printable.Line(
                    $"{right.User} may work on {right.Nodes}, partition {right.Partition}{(right.Until is { } ends ? $", until {Moment.Show(ends)}" : "")}"));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command List(GlobalOptions global)
    {
        var user = new Argument<string?>("USER") { Description = "Only this user's", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("list", "List your rights; an administrator's list has everybody's") { user };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.RightsAsync(run.Parsed.GetValue(user), cancel)).TryGet(out var list, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(list, JsonOutput.Indented.RightList);
            else if (list.Rights.Count == 0)
                run.Terminal.Out.WriteLine("No rights. Administrators need none.");
            else
                Columns.Write(
                    run.Terminal.Out,
                    ["USER", "NODES", "PARTITION", "FROM", "UNTIL", "GRANTED BY", "ID"],
                    list.Rights.Select(r => (IReadOnlyList<string>)[r.User, r.Nodes, r.Partition, Moment.Show(r.From), Moment.Show(r.Until), r.GrantedBy, r.Id]));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Revoke(GlobalOptions global)
    {
        var user = User();
        var nodes = new NodeOptions();
        var partition = Partition("whatever the partition unless given");
        var command = new Command("revoke", "Take rights away (administrators), and end what the user runs on these nodes; -m '*' is all that they have") { user };
        nodes.AddTo(command);
        command.Add(partition);
        global.Run(command, async (run, cancel) =>
        {
            if (!nodes.Read(run).TryGet(out var set, out var failure))
                return run.Fail(failure);
            if (!(await run.Client.RevokeRightsAsync(new RevokeRight(run.Get(user), set, run.Get(partition)), cancel)).TryGet(out var revoked, out failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(revoked, JsonOutput.Indented.RightsRevoked);
            else
                run.Terminal.Out.WriteLine(
                    $"{revoked.Rights} right{(revoked.Rights == 1 ? "" : "s")} taken from {run.Get(user)}{(revoked.Ended.Count > 0 ? $"; ended on these nodes: {string.Join(", ", revoked.Ended)}" : "")}");
            return ExitCode.Success;
        });
        return command;
    }
}
