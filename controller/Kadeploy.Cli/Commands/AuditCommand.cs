using System.CommandLine;
using System.Globalization;
using Kadeploy.Api.Audit;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy audit: who did what to what, from where, and how it went.</summary>
internal static class AuditCommand
{
    private const int LargestPage = 1000;

    public static Command Create(GlobalOptions global)
    {
        var user = new Option<string>("-u", "--user") { Description = "Only what this user did", HelpName = "USER" };
        var action = new Option<string>("--action") { Description = "Only this action or kind of action: deployment, right.grant", HelpName = "ACTION" };
        var subject = new Option<string>("--on") { Description = "Only what was done to something with this in its name", HelpName = "TEXT" };
        var since = new Option<string>("--since") { Description = "Only since then: 8h, 2d (ago), or a time", HelpName = "WHEN" };
        var limit = new Option<int>("--limit") { Description = "At most so many lines, the newest", HelpName = "NUMBER", DefaultValueFactory = _ => 50 };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var number) && number < 1)
                result.AddError("--limit: at least 1");
        });
        var command = new Command("audit", "Show the audit log (administrators): every change and operation, who, from where, what, on what, with what result")
        {
            user, action, subject, since, limit,
        };
        global.Run(command, async (run, cancel) =>
        {
            if (!Moment.Read(run.Get(since), "--since", past: true).TryGet(out var from, out var failure))
                return run.Fail(failure);
            var entries = new List<AuditEntry>();
            string? next = null;
            do
            {
                var query = Query(("user", run.Get(user)), ("action", run.Get(action)), ("subject", run.Get(subject)), ("since", from.At?.ToString("O", CultureInfo.InvariantCulture)),
                    ("limit", Math.Min(run.Get(limit) - entries.Count, LargestPage).ToString(CultureInfo.InvariantCulture)), ("cursor", next));
                if (!(await run.Client.AuditAsync(query, cancel)).TryGet(out var page, out failure))
                    return run.Fail(failure);
                entries.AddRange(page.Entries);
                next = page.Next;
            }
            while (next is not null && entries.Count < run.Get(limit));
            if (run.Json)
                run.Terminal.Json(new AuditList(entries, next), JsonOutput.Indented.AuditList);
            else
                Columns.Write(
                    run.Terminal.Out,
                    ["WHEN", "WHO", "FROM", "WHAT", "ON", "RESULT", "DETAIL"],
                    entries.Select(e => (IReadOnlyList<string>)
                        [Moment.Show(e.At), e.User, e.Address ?? "", e.Action, e.Subject, e.Result, e.Detail ?? ""]));
            return ExitCode.Success;
        });
        return command;
    }

    private static string Query(params ReadOnlySpan<(string Name, string? Value)> parts)
    {
        var given = new List<string>();
        foreach (var (name, value) in parts)
        {
            if (value is not null)
                given.Add($"{name}={Uri.EscapeDataString(value)}");
        }

        return "?" + string.Join('&', given);
    }
}
