using System.CommandLine;
using Kadeploy.Api.Operations;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;

namespace Kadeploy.Cli.Commands;

/// <summary>What deploy and reboot may want otherwise than the clusters are configured.</summary>
internal sealed class WishOptions
{
    private readonly Option<string[]> _timeouts = new("--timeout")
    {
        Description = "Time limit of a micro-step: STEP=SECONDS, or a formula of the number of nodes n (wait_reboot=200+150*log(n)); may be repeated",
        HelpName = "STEP=LIMIT",
    };

    private readonly Option<string> _custom = new("--custom-steps") { Description = "YAML file of operations that run on the nodes before, after or instead of micro-steps", HelpName = "FILE" };

    private readonly Option<string> _breakpoint = new("--breakpoint") { Description = "Stop the nodes before a step: MACRO or MACRO:MICRO", HelpName = "STEP" };

    private readonly Option<string> _vlan = new("--vlan") { Description = "VLAN in which the nodes are to end up", HelpName = "ID" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _timeouts, _custom, _breakpoint, _vlan })
            command.Add(option);
    }

    public Answer<Wishes> Read(Invocation run)
    {
        if (!StepChoices.Timeouts(run.Get(_timeouts) ?? []).TryGet(out var timeouts, out var failure))
            return failure;
        List<CustomOperation>? operations = null;
        if (run.Get(_custom) is { } file && !CustomSteps.Read(file).TryGet(out operations, out failure))
            return failure;
        return new Wishes(timeouts.Count > 0 ? timeouts : null, operations, run.Get(_breakpoint), run.Get(_vlan));
    }
}

/// <summary>The wishes as requests have them; null for what was not said.</summary>
internal sealed record Wishes(
    IReadOnlyDictionary<string, string>? Timeouts, IReadOnlyList<CustomOperation>? CustomOperations, string? Breakpoint, string? Vlan);
