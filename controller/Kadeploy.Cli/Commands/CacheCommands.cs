using System.CommandLine;
using System.Globalization;
using Kadeploy.Api.Cache;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy cache list, purge.</summary>
internal static class CacheCommands
{
    public static Command Create(GlobalOptions global) => new("cache", "Files that the controller fetched from web servers (administrators): list, purge")
    {
        List(global),
        Purge(global),
    };

    private static Command List(GlobalOptions global)
    {
        var command = new Command("list", "List the cached files, those that would go first on top");
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.CacheAsync(cancel)).TryGet(out var cache, out var failure))
                return run.Fail(failure);
            if (run.Json)
            {
                run.Terminal.Json(cache, JsonOutput.Indented.CacheInfo);
                return ExitCode.Success;
            }

            Columns.Write(
                run.Terminal.Out,
                ["SIZE", "PRIORITY", "LAST USED", "IN USE", "URL"],
                cache.Files.Select(f => (IReadOnlyList<string>)
                [
                    Quantity.Bytes(f.Bytes),
                    f.Priority.ToString(CultureInfo.InvariantCulture),
                    Moment.Show(f.UsedAt),
                    f.InUse.ToString(CultureInfo.InvariantCulture),
                    f.Url,
                ]));
            run.Terminal.Out.WriteLine($"{Quantity.Bytes(cache.Bytes)} of {Quantity.Bytes(cache.LimitBytes)}");
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Purge(GlobalOptions global)
    {
        var url = new Argument<string?>("URL") { Description = "Only this file; else all that nobody uses", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("purge", "Remove cached files that nobody uses; they are fetched again when they are needed") { url };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.PurgeCacheAsync(new PurgeCache(run.Parsed.GetValue(url)), cancel)).TryGet(out var purged, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(purged, JsonOutput.Indented.CachePurged);
            else
                run.Terminal.Out.WriteLine($"{purged.Files} file{(purged.Files == 1 ? "" : "s")} removed, {Quantity.Bytes(purged.Bytes)}");
            return ExitCode.Success;
        });
        return command;
    }
}
