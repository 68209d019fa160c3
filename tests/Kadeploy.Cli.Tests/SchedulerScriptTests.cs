using System.Diagnostics;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Users;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests;

/// <summary>docs/examples: the scripts as they are, with the real kadeploy behind them; only the scheduler's own program is the test's.</summary>
public sealed class SchedulerScriptTests : IAsyncLifetime, IDisposable
{
    private readonly ScratchFiles _files = new();
    private FakeController _fake = null!;

    public async Task InitializeAsync()
    {
        _fake = await FakeController.StartAsync();
        _fake.On("POST /v1/rights", new RightInfo("R-1", "bob", "node-[1-2]", "*", "root", DateTimeOffset.UnixEpoch), ApiJson.Default.RightInfo, 201);
        _fake.On("POST /v1/rights/revoke", new RightsRevoked(1, ["D-1"]), ApiJson.Default.RightsRevoked);
        _fake.On("POST /v1/deployments", new DeploymentStarted("D-2"), ApiJson.Default.DeploymentStarted, 202);
    }

    public async Task DisposeAsync() => await _fake.DisposeAsync();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Slurm_Prologue_GrantsUntilTheEndOfTheJob()
    {
        var (code, error) = await RunAsync("slurm/prologue", [], ("SLURM_JOB_NODELIST", "node-[1-2]"), ("SLURM_JOB_USER", "bob"), ("SLURM_JOB_END_TIME", "1900000000"));
        Assert.Equal((0, ""), (code, error));
        var sent = JsonSerializer.Deserialize(Assert.Single(_fake.Requests).Body, ApiJson.Default.GrantRight);
        Assert.Equal(new GrantRight("bob", "node-[1-2]", Until: DateTimeOffset.FromUnixTimeSeconds(1900000000), Overwrite: true), sent);
    }

    [Fact]
    public async Task Slurm_Prologue_RefusedRight_KeepsTheJobFromStarting()
    {
        _fake.Refuse("POST /v1/rights", new Problem("urn:kadeploy:unknown-node", "Unknown node", 404, "not registered: node-9", ["node-9"]));
        var (code, error) = await RunAsync("slurm/prologue", [], ("SLURM_JOB_NODELIST", "node-9"), ("SLURM_JOB_USER", "bob"));
        Assert.NotEqual(0, code);
        Assert.Contains("not registered: node-9", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slurm_Epilogue_RevokesThenInstallsTheSitesSystem()
    {
        var (code, error) = await RunAsync("slurm/epilogue", [], ("SLURM_JOB_NODELIST", "node-[1-2]"), ("SLURM_JOB_USER", "bob"), ("SITE_ENVIRONMENT", "debian12"));
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(["POST /v1/rights/revoke", "POST /v1/deployments"], _fake.Requests.Select(r => r.Line));
        Assert.Equal(new RevokeRight("bob", "node-[1-2]"), JsonSerializer.Deserialize(_fake.Requests[0].Body, ApiJson.Default.RevokeRight));
    }

    [Theory]
    [InlineData("oar/prologue", "POST /v1/rights")]
    [InlineData("oar/epilogue", "POST /v1/rights/revoke")]
    public async Task Oar_Scripts_FindUserAndNodesOfTheJob(string script, string line)
    {
        // What oarstat 2.5 prints of a job and of its resources, shortened.
        var oarstat = _files.Write("oarstat", """
            #!/bin/sh
            case $1 in
            -fj) printf 'Job_Id: %s\n    owner = bob\n    state = Running\n' "$2" ;;
            -pj) printf '%s = host = node-1, cpu = 1\n%s = host = node-1, cpu = 2\n%s = host = node-2, cpu = 1\n' "$2" "$2" "$2" ;;
            esac
            """);
        using (var chmod = Process.Start("chmod", ["700", oarstat]))
            await chmod.WaitForExitAsync();
        var (code, error) = await RunAsync(script, ["4711"]);
        Assert.Equal((0, ""), (code, error));
        var sent = Assert.Single(_fake.Requests);
        Assert.Equal(line, sent.Line);
        using var body = JsonDocument.Parse(sent.Body);
        Assert.Equal(("bob", "node-1,node-2"), (body.RootElement.GetProperty("user").GetString(), body.RootElement.GetProperty("nodes").GetString()));
    }

    private async Task<(int Code, string Error)> RunAsync(string script, string[] args, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository(), "docs/examples", script)) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        start.Environment["PATH"] = $"{_files.Path("")}:{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = "/nonexistent";
        start.Environment["KADEPLOY_SERVER"] = _fake.Address;
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return (process.ExitCode, error);
    }

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Kadeploy.Agent.sln")))
                return folder.FullName;
        throw new InvalidOperationException("the tests run inside the repository");
    }
}
