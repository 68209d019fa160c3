using System.Net;
using System.Text.RegularExpressions;
using Kadeploy.FleetAgents.Bmc;
using Kadeploy.Protocol.V1;

namespace Kadeploy.FleetAgents;

/// <summary>
/// A machine without hardware. A reset of its BMC boots it: after its firmware's time it asks the controller what to boot, by real HTTP. Told to boot
/// the deployment environment, it runs a <see cref="FleetAgent"/>; told to boot its disk, the installed system reports itself, if one was installed.
/// </summary>
internal sealed partial class FleetNode : IAsyncDisposable
{
    /// <summary>A command that takes no time.</summary>
    public const string AtOnce = "at once";

    private readonly Lock _lock = new();
    private readonly FleetWorld _world;
    private CancellationTokenSource _boot = new();
    private Task _running = Task.CompletedTask;
    private bool _imaged;

    public FleetNode(FleetWorld world, int number, Life life)
    {
        (_world, Number, Life) = (world, number, life);
        Bmc = new FakeBmc((_, type) => Reset(type)) { Deaf = life.Fault == Fault.DeafBmc, Password = $"pw-of-bmc-{number}" };
    }

    public int Number { get; }

    public Life Life { get; }

    public FakeBmc Bmc { get; }

    public string Name => $"node-{Number}";

    public string Mac => $"52:54:00:{Number >> 16 & 0xff:x2}:{Number >> 8 & 0xff:x2}:{Number & 0xff:x2}";

    /// <summary>Where its BMC answers.</summary>
    public IPAddress BmcAddress => new([127, (byte)(64 + (Number >> 16)), (byte)(Number >> 8), (byte)Number]);

    /// <summary>Where it comes from itself.</summary>
    public IPAddress Address => new([127, (byte)(128 + (Number >> 16)), (byte)(Number >> 8), (byte)Number]);

    /// <summary>Where the installed system reports, as the configure step wrote it.</summary>
    public string? ReportUrl { get; set; }

    /// <summary>How often each kind of step was really carried out.</summary>
    public Dictionary<RunStep.StepOneofCase, int> Done { get; } = [];

    /// <summary>How often it was started, and how often it really came up from its disk.</summary>
    public int Boots { get; private set; }

    public int BootsFromDisk { get; private set; }

    /// <summary>A step is carried out: its time passes.</summary>
    /// <returns>Its result; null when the machine died of it.</returns>
    public async Task<StepResult?> CarryOutAsync(RunStep step, CancellationToken cancellationToken)
    {
        if (step.Execute?.Command != AtOnce)
            await Task.Delay(step.StepCase == RunStep.StepOneofCase.Receive ? Life.Image : Life.Step, cancellationToken);
        lock (_lock)
            Done[step.StepCase] = Done.GetValueOrDefault(step.StepCase) + 1;
        switch (step.StepCase)
        {
            case RunStep.StepOneofCase.Partition when Life.Fault == Fault.DiskError:
                return new StepResult { Failed = new Failed { Party = "disk", Reason = "disk-io-error", Detail = "/dev/vda: input/output error (simulated)" } };
            case RunStep.StepOneofCase.Format when Life.Fault == Fault.DiesInAStep:
                return null;
            case RunStep.StepOneofCase.Partition:
                _imaged = false;
                return Good(("disk-serial", $"S{Number}"), ("disk-path", "/dev/vda"));
            case RunStep.StepOneofCase.Receive:
                _imaged = true;
                _world.Secrets.Add(("transfer key", Convert.ToHexStringLower(Transfer.TransferPlan.Unpack(step.Receive.Plan.Packed.Span).Key.AsSpan())));
                return Good(("image-sha256", _world.ImageSha256), ("bytes-verified", "1"), ("bytes-written", "1"), ("refetched", "0"));
            case RunStep.StepOneofCase.Configure:
                ReportUrl = step.Configure.Files.FirstOrDefault(f => f.Path == "/etc/kadeploy/report-url")?.Content.ToStringUtf8().Trim();
                _world.Secrets.Add(("report token", ReportUrl?.Split('/')[^1] ?? ""));
                return Good();
            case RunStep.StepOneofCase.Execute:
                return Good(("exit-code", "0"), ("output", "told"));
            default:
                return Good();
        }
    }

    /// <summary>The agent has been told that its reboot is known: the machine goes down and boots.</summary>
    public void GoDown(bool kexec) => Start(kexec ? StartInstalledAsync : BootAsync);

    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_lock)
        {
            _boot.Cancel();
            running = _running;
        }
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _boot.Dispose();
    }

    private static StepResult Good(params (string Name, string Value)[] facts)
    {
        var done = new Done();
        foreach (var (name, value) in facts)
            done.Facts[name] = value;
        return new StepResult { Done = done };
    }

    private void Reset(string type)
    {
        if (type is "ForceOff" or "GracefulShutdown")
            Start(_ => Task.CompletedTask);
        else
            Start(BootAsync);
    }

    private void Start(Func<CancellationToken, Task> life)
    {
        lock (_lock)
        {
            // What ran is gone in the same moment.
            _boot.Cancel();
            _boot = new CancellationTokenSource();
            var token = _boot.Token;
            _running = Task.Run(() => life(token));
        }
    }

    private async Task BootAsync(CancellationToken off)
    {
        Boots++;
        if (Life.Fault == Fault.NeverBoots)
            return;
        await Task.Delay(Life.Fault == Fault.SlowAtFirst && Boots == 1 ? TimeSpan.FromHours(1) : Life.Firmware, off);
        var script = await AskAsync(off);
        if (!script.Contains("kadeploy.token=", StringComparison.Ordinal))
        {
            await StartInstalledAsync(off);
            return;
        }
        await Task.Delay(Life.Kernel, off);
        var token = Token().Match(script).Groups[1].Value;
        _world.Secrets.Add(("boot token", token));
        using var agent = new FleetAgent(this, _world, token);
        await agent.RunAsync(off);
    }

    // As iPXE does: the script, the kernel and the initramfs, each asked for again while the controller is away.
    private async Task<string> AskAsync(CancellationToken off)
    {
        while (true)
        {
            try
            {
                using var http = new HttpClient(SourceHttp.Handler(Address, TimeSpan.FromSeconds(1))) { BaseAddress = _world.Boot };
                var script = await http.GetStringAsync(new Uri($"/node.ipxe?mac={Mac}&uuid=&serial=&platform=pcbios", UriKind.Relative), off);
                if (script.Contains("kadeploy.token=", StringComparison.Ordinal))
                {
                    await http.GetByteArrayAsync(new Uri("/vmlinuz", UriKind.Relative), off);
                    await http.GetByteArrayAsync(new Uri("/initramfs", UriKind.Relative), off);
                }
                return script;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), off);
            }
        }
    }

    private async Task StartInstalledAsync(CancellationToken off)
    {
        if (!_imaged || ReportUrl is null || Life.Fault == Fault.BootsOldSystem)
            return;
        await Task.Delay(Life.Kernel, off);
        BootsFromDisk++;
        var bootId = Guid.NewGuid().ToString("D");
        while (true)
        {
            try
            {
                using var http = new HttpClient(SourceHttp.Handler(Address, TimeSpan.FromSeconds(1)));
                using var content = new StringContent(bootId + "\n");
                using var answer = await http.PostAsync(new Uri(ReportUrl), content, off);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), off);
            }
        }
    }

    [GeneratedRegex("kadeploy.token=([0-9a-f]*)")]
    private static partial Regex Token();
}
