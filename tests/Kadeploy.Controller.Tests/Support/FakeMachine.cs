using System.Text;
using System.Text.RegularExpressions;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>
/// A machine without hardware: booted, it asks the controller what to boot over real HTTP. Told to boot the deployment environment, it runs a
/// <see cref="FakeAgent"/>; told to boot its disk, the installed system reports itself, if one was installed.
/// </summary>
internal sealed partial class FakeMachine(Func<TestController> controller, string mac) : IAsyncDisposable
{
    private FakeAgent? _agent;
    private volatile bool _gone;
    private Task _boot = Task.CompletedTask;
    private string? _pin;

    public string Mac { get; } = mac;

    /// <summary>How the agent answers a step; null leaves it to the agent's own good behaviour.</summary>
    public Func<RunStep, Task<StepResult?>> Answer { get; set; } = _ => Task.FromResult<StepResult?>(null);

    /// <summary>A firmware that never gets that far.</summary>
    public bool NeverBoots { get; set; }

    /// <summary>iPXE gets its script, and then nothing more happens.</summary>
    public bool HangsAfterScript { get; set; }

    /// <summary>The installed system reports that it is up.</summary>
    public bool Reports { get; set; } = true;

    public FakeAgent? Agent => _agent;

    /// <summary>Where the report is to go, as the configure step wrote it.</summary>
    public string? ReportUrl { get; set; }

    public string InstalledBootId { get; set; } = Guid.NewGuid().ToString("D");

    /// <summary>What was received, as it lies on the disk.</summary>
    public byte[] Disk { get; set; } = [];

    public int Boots { get; private set; }

    /// <summary>Steps that its agents were told to cancel.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> CancelledSteps { get; } = new();

    public void PowerCycle() => _boot = BootAsync();

    /// <summary>Waits for what the last boot was to do.</summary>
    public Task BootedAsync() => _boot.DoneAsync($"boot of {Mac}");

    /// <summary>The machine goes down in the middle of whatever it does.</summary>
    public async Task DieAsync()
    {
        if (Interlocked.Exchange(ref _agent, null) is { } agent)
            await agent.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // A boot that is under way would leave an agent behind, which dials for ever.
        _gone = true;
        await _boot.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DieAsync();
    }

    /// <summary>The agent's last step was a reboot or a kexec.</summary>
    public async Task LeaveAsync(bool kexec)
    {
        await DieAsync();
        if (kexec)
            await StartInstalledAsync();
        else
            PowerCycle();
    }

    /// <summary>Its running system starts another kernel, with this in its command line.</summary>
    public void Kexec(string commandLine) => _boot = Task.Run(async () =>
    {
        await DieAsync();
        StartAgent(commandLine);
    });

    private void StartAgent(string commandLine)
    {
        var agent = new FakeAgent(this, Token().Match(commandLine).Groups[1].Value, _pin ?? controller().Host.Pin);
        _agent = agent;
        agent.Dial(controller().AgentsAddress);
    }

    private async Task BootAsync()
    {
        await Task.Yield();
        await DieAsync();
        Boots++;
        if (NeverBoots || _gone)
            return;
        var script = Encoding.UTF8.GetString(await FetchAsync($"/node.ipxe?mac={Mac}&platform=pcbios"));
        if (!script.Contains("vmlinuz", StringComparison.Ordinal))
        {
            await StartInstalledAsync();
            return;
        }
        if (HangsAfterScript)
            return;
        await FetchAsync("/vmlinuz");
        _pin = Pin().Match(Encoding.Latin1.GetString(await FetchAsync("/initramfs"))).Groups[1].Value;
        StartAgent(script);
    }

    // As the first script says: while the controller is away it is asked again.
    private async Task<byte[]> FetchAsync(string path)
    {
        for (var left = 600; ; left--)
        {
            try
            {
                return await controller().Boot.GetByteArrayAsync(new Uri(path, UriKind.Relative));
            }
            catch (Exception e) when (left > 0 && !_gone && e is HttpRequestException or ObjectDisposedException or OperationCanceledException)
            {
                await Task.Delay(100);
            }
        }
    }

    private async Task StartInstalledAsync()
    {
        if (!Reports || ReportUrl is null)
            return;
        using var content = new StringContent(InstalledBootId + "\n");
        using var _ = await controller().Boot.PostAsync(new Uri(ReportUrl), content);
    }

    [GeneratedRegex(@"controller\.pin\0+([0-9a-f]{64})\n")]
    private static partial Regex Pin();

    [GeneratedRegex("kadeploy.token=([0-9a-f]*)")]
    private static partial Regex Token();
}
