using System.CommandLine;
using Kadeploy.Api.Users;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy whoami, and token create, list, revoke.</summary>
internal static class UserCommands
{
    public static Command WhoAmI(GlobalOptions global)
    {
        var command = new Command("whoami", "Say whom the controller takes you for");
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.WhoAmIAsync(cancel)).TryGet(out var me, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(me, JsonOutput.Indented.WhoAmI);
            else
                run.Terminal.Out.WriteLine(Printable.Line($"{me.User}{(me.Administrator ? ", administrator" : "")} (by {me.By})"));
            return ExitCode.Success;
        });
        return command;
    }

    public static Command Tokens(GlobalOptions global) => new("token", "Tokens, with which programs and people prove who they are: create, list, revoke")
    {
        Create(global),
        List(global),
        Revoke(global),
    };

    private static Command Create(GlobalOptions global)
    {
        var user = new Option<string>("-u", "--user") { Description = "Whose; your own unless an administrator says otherwise", HelpName = "USER" };
        var note = new Option<string>("--note") { Description = "What it is for", HelpName = "TEXT" };
        var expires = new Option<string>("--expires") { Description = $"When it stops being accepted: {Moment.Expected}; else never", HelpName = "WHEN" };
        var command = new Command("create", "Make a token and print it: this is the only time it is shown") { user, note, expires };
        global.Run(command, async (run, cancel) =>
        {
            if (!Moment.Read(run.Get(expires), "--expires").TryGet(out var until, out var failure))
                return run.Fail(failure);
            if (!(await run.Client.CreateTokenAsync(new CreateToken(run.Get(user), run.Get(note), until.At), cancel)).TryGet(out var created, out failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(created, JsonOutput.Indented.TokenCreated);
            else
                run.Terminal.Out.WriteLine(created.Token);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command List(GlobalOptions global)
    {
        var command = new Command("list", "List your tokens; an administrator's list has everybody's");
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.TokensAsync(cancel)).TryGet(out var list, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(list, JsonOutput.Indented.TokenList);
            else
                Columns.Write(
                    run.Terminal.Out,
                    ["ID", "USER", "CREATED", "EXPIRES", "LAST USED", "STATE", "NOTE"],
                    list.Tokens.Select(t => (IReadOnlyList<string>)
                    [
                        t.Id,
                        t.User,
                        Moment.Show(t.CreatedAt),
                        Moment.Show(t.ExpiresAt),
                        Moment.Show(t.LastUsedAt),
                        t.RevokedAt is not null ? "revoked" : t.ExpiresAt < DateTimeOffset.UtcNow ? "expired" : "good",
                        t.Note,
                    ]));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Revoke(GlobalOptions global)
    {
        var id = new Argument<string>("ID") { Description = "Id of the token, as 'kadeploy token list' prints it" };
        var command = new Command("revoke", "Make a token worthless at once") { id };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.RevokeTokenAsync(run.Get(id), cancel)).TryGet(out _, out var failure))
                return run.Fail(failure);
            return run.Done($"{run.Get(id)} revoked");
        });
        return command;
    }
}
