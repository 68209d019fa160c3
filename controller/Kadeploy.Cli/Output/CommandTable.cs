using Kadeploy.Api.Exec;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Commands;

namespace Kadeploy.Cli.Output;

/// <summary>What commands on nodes answered: nodes that said the same stand together, as 'clush -b' prints it.</summary>
internal static class CommandTable
{
    /// <summary>Prints what came, and why no more did; gives the exit code.</summary>
    public static int Report(Invocation run, Answer<Nothing> ended, IReadOnlyList<CommandResult> results)
    {
        var sorted = results.OrderBy(r => r.Node, StringComparer.Ordinal).ToList();
        if (run.Json)
            run.Terminal.Json(sorted, JsonOutput.Indented.IReadOnlyListCommandResult);
        else
            Write(run.Terminal, sorted);
        if (!ended.TryGet(out _, out var failure))
            return run.Fail(failure);
        return ExitCode.Of(results.Count(r => r.ExitCode == 0), results.Count);
    }

    public static void Write(Terminal terminal, IReadOnlyList<CommandResult> results)
    {
        foreach (var group in results.GroupBy(r => (r.ExitCode, r.Reason, r.Output, r.Error)))
        {
            var (exitCode, reason, output, error) = group.Key;
            var ending = reason ?? (exitCode == 0 ? "" : $"exit code {exitCode}");
            terminal.Out.WriteLine($"---- {NodeNames.Fold(group.Select(r => r.Node))} ({group.Count()}){(ending.Length > 0 ? ": " + ending : "")} ----");
            foreach (var text in group.Select(r => r.Detail).Distinct().Take(5).Prepend(error).Prepend(output))
                if (!string.IsNullOrEmpty(text))
                    terminal.Out.WriteLine(Printable.Text(text).TrimEnd('\n'));
        }
        var bad = results.Where(r => r.ExitCode != 0).ToList();
        if (bad.Count > 0)
            terminal.Error.WriteLine($"kadeploy: {bad.Count} of {results.Count} nodes did not end well: {NodeNames.Fold(bad.Select(r => r.Node))}");
    }
}
