using Kadeploy.Deployments.Engine;

namespace Kadeploy.Simulation;

/// <summary>
/// A machine with firmware, a disk and an agent, living in simulated time whether or not a controller looks. What it does is not undone
/// when a driver stops waiting for it.
/// </summary>
internal sealed class SimulatedNode(string name, Faults faults, Random random, TimeProvider time, Action<string> trace)
{
    private readonly Dictionary<string, Task<Outcome>> _steps = [];
    private TaskCompletionSource _changed = new();
    private int _boots;
    private int _agent;
    private bool _frozen;

    public string Name => name;

    public Faults Faults => faults;

    public SimulatedSystem System { get; private set; } = SimulatedSystem.Installed;

    public string BootId { get; private set; } = $"{name}/boot-0";

    public SimulatedDisk Disk { get; private set; } = SimulatedDisk.Former;

    /// <summary>What the controller keeps as its PXE profile.</summary>
    public string Profile { get; set; } = "local";

    /// <summary>Whether the next network boot gets the deployment kernel; used up by it.</summary>
    public bool Armed { get; set; }

    /// <summary>Completes when anything about the machine changes.</summary>
    public Task Changed => _changed.Task;

    private bool Chance(double probability) => probability > 0 && random.NextDouble() < probability;

    private Task Takes(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds * faults.Slowness * (0.8 + (0.4 * random.NextDouble()))), time);

    /// <summary>Whether the machine has power.</summary>
    public bool On { get; private set; } = true;

    /// <summary>Whether the BMC did as told: null for no answer.</summary>
    public Task<bool?> ResetAsync() => AskAsync(() => Boot(null));

    /// <summary>Switches the power; nothing happens to a machine that is on and is to be.</summary>
    public Task<bool?> SwitchAsync(bool on) => AskAsync(() =>
    {
        if (on && !On)
            Boot(null);
        if (on || !On)
            return;
        On = false;
        System = SimulatedSystem.Nothing;
        _agent++;
        _boots++;
        _steps.Clear();
        trace($"{name}: off");
        Signal();
    });

    /// <summary>What the BMC says of the power: null for no answer. Of that it does not lie.</summary>
    public async Task<bool?> StatusAsync()
    {
        await Takes(0.5 * faults.BmcSlowness);
        return faults.DeafBmc || Chance(faults.FlappingBmc) ? null : On;
    }

    private async Task<bool?> AskAsync(Action command)
    {
        await Takes(2 * faults.BmcSlowness);
        if (faults.DeafBmc || Chance(faults.FlappingBmc))
            return null;
        if (Chance(faults.LyingBmc))
        {
            trace($"{name}: BMC lies");
            return true;
        }

        command();
        return true;
    }

    /// <summary>Boots; by kexec when a system is given.</summary>
    public void Boot(SimulatedSystem? kexec)
    {
        On = true;
        System = SimulatedSystem.Nothing;
        _frozen = false;
        _agent++;
        _steps.Clear();
        var boot = ++_boots;
        Signal();
        _ = BootAsync(boot, kexec);
    }

    /// <summary>A step as the agent does it: known ids are recognised, a restarted agent has forgotten them.</summary>
    /// <returns>Null when the agent went away before it answered.</returns>
    public async Task<Outcome?> StepAsync(string id, double seconds, Func<SimulatedDisk, SimulatedDisk> change)
    {
        if (System != SimulatedSystem.Deploy)
            return new Outcome.Failed(Party.Agent, "no-agent", $"{name} is not in the deployment environment");
        var agent = _agent;
        if (!_steps.TryGetValue(id, out var step))
            _steps[id] = step = DoAsync(seconds, change, agent);
        while (!step.IsCompleted)
        {
            if (agent != _agent)
                return null;
            await Task.WhenAny(step, Changed);
        }

        return agent == _agent ? await step : null;
    }

    private async Task<Outcome> DoAsync(double seconds, Func<SimulatedDisk, SimulatedDisk> change, int agent)
    {
        if (Chance(faults.Freezes))
        {
            trace($"{name}: freezes");
            _frozen = true;
        }

        await Takes(seconds / 2);
        if (Chance(faults.AgentRestarts) && agent == _agent)
        {
            trace($"{name}: agent restarts");
            _agent++;
            _steps.Clear();
            Signal();
        }

        await Takes(seconds / 2);
        if (_frozen && agent == _agent)
            await new TaskCompletionSource().Task;
        if (agent != _agent)
            return Outcome.Done.Plain;
        if (faults.BadDisk)
            return new Outcome.Failed(Party.Disk, "disk-error", "simulated");
        Disk = change(Disk);
        return Outcome.Done.Plain;
    }

    private async Task BootAsync(int boot, SimulatedSystem? kexec)
    {
        await Takes(kexec is null ? 40 : 5);
        if (boot != _boots || Chance(faults.BootHangs))
            return;
        var next = kexec ?? (Armed && !Chance(faults.IgnoresPxe) ? SimulatedSystem.Deploy : SimulatedSystem.Installed);
        if (next == SimulatedSystem.Deploy)
            Armed = false;
        // A disk without a system, or a kexec into nothing, hangs.
        if (next == SimulatedSystem.Installed && (Disk.Image.Length == 0 || (kexec is null && !Disk.Bootable)))
            return;
        System = next;
        BootId = $"{name}/boot-{boot}";
        trace($"{name}: {System} is up, {BootId}");
        Signal();
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = new();
        changed.SetResult();
    }
}
