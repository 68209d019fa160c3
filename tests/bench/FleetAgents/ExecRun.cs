using System.Diagnostics;
using System.Globalization;

namespace Kadeploy.FleetAgents;

/// <summary>
/// Commands on a fleet: 1: kadeployd is started and the nodes are registered; 2: one <c>kadeploy reboot</c> brings all of them into the deployment
/// environment; 3: <c>kadeploy exec</c> runs a command that each machine needs a time of its own for, beside one that nobody needs time for.
/// </summary>
internal sealed class ExecRun(FleetOptions options)
{
    private const int Rounds = 3;
    private static readonly Limits Limits = new(TimeSpan.FromSeconds(150), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30));
    private static readonly TimeSpan Slowest = TimeSpan.FromSeconds(3);

    /// <exception cref="InvalidOperationException">A node did not answer as it was to.</exception>
    public async Task<string> RunAsync(Action<string> say)
    {
        // 1
        await using var controller = await ControllerProcess.StartNewAsync(options, Limits);
        // The last one is the slowest.
        var lives = Enumerable.Range(1, options.Nodes).Select(n => new Life(Fault.None, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), default, Slowest * n / options.Nodes));
        await using var world = await FleetWorld.StartAsync([.. lives]);
        await world.RegisterAsync(controller, say);

        // 2
        var nodes = string.Create(CultureInfo.InvariantCulture, $"node-[1-{options.Nodes}]");
        say("starting them into the deployment environment");
        await KadeployAsync(controller, "reboot", "-m", nodes, "-r", "deploy_env", "--yes");

        // 3
        var rows = new List<string>();
        for (var round = 1; round <= Rounds; round++)
        {
            say($"round {round}");
            var (whole, told) = await KadeployAsync(controller, "exec", "-m", nodes, "--", "wait and tell");
            var (nothing, _) = await KadeployAsync(controller, "exec", "-m", nodes, "--", FleetNode.AtOnce);
            var (client, _) = await KadeployAsync(controller, "info");
            if (!told.Contains($"---- {nodes} ({options.Nodes}) ----", StringComparison.Ordinal))
                throw new InvalidOperationException($"not all answered the same: {told}");
            rows.Add(string.Create(CultureInfo.InvariantCulture, $"""
                round {round}              {whole.TotalSeconds:0.00} s, the slowest node alone {Slowest.TotalSeconds:0.00} s: {(whole - Slowest).TotalSeconds:0.00} s more; at once {nothing.TotalSeconds:0.00} s; 'kadeploy info' {client.TotalSeconds:0.00} s

                """));
        }
        return $"nodes                {options.Nodes}, one 'kadeploy exec' on all; they share this machine's {Environment.ProcessorCount} processors with kadeployd and kadeploy\n{string.Concat(rows)}";
    }

    private async Task<(TimeSpan Wall, string Output)> KadeployAsync(ControllerProcess controller, params string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        using var kadeploy = Process.Start(new ProcessStartInfo(options.Kadeploy, ["--server", controller.Api.ToString(), "--token-file", controller.TokenFile, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = kadeploy.StandardError.ReadToEndAsync();
        var output = await kadeploy.StandardOutput.ReadToEndAsync();
        using var limit = new CancellationTokenSource(options.Deadline);
        await kadeploy.WaitForExitAsync(limit.Token);
        return kadeploy.ExitCode == 0
            ? (clock.Elapsed, output)
            : throw new InvalidOperationException($"kadeploy {arguments[0]} ended with {kadeploy.ExitCode}: {await error}{output}");
    }
}
