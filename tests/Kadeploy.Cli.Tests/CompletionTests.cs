using System.Diagnostics;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("kadeploy env ex", "export")]
    [InlineData("kadeploy ri", "rights")]
    [InlineData("kadeploy rights add bob --unt", "--until")]
    [InlineData("kadeploy completion ", "zsh")]
    [InlineData("kadeploy reboot -r ", "deploy_env")]
    public async Task Suggest_WhatMayComeNext_IsNamed(string line, string expected) =>
        Assert.Contains(expected, (await CliRun.RunAsync(null, [$"[suggest:{line.Length}]", line])).Out.Split('\n'));

    [Fact]
    public async Task Suggest_Never_OffersTheOptionsOfAnotherSystem() =>
        Assert.DoesNotContain("/", (await CliRun.RunAsync(null, ["[suggest:9]", "kadeploy "])).Out, StringComparison.Ordinal);

    [Theory]
    [InlineData("kadeploy env ex", 2, "export")]
    [InlineData("kadeploy completion ", 2, "bash,fish,zsh")] // options only to who begins one
    [InlineData("kadeploy env show --fing", 3, "--fingerprint")]
    public async Task Bash_AfterReadingTheScript_Completes(string line, int at, string expected)
    {
        var script = (await CliRun.RunAsync(null, ["completion", "bash"])).Out;
        var ask = $$"""
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}} COMP_CWORD={{at}}
            COMP_WORDS=({{line}} '')
            _kadeploy
            printf '%s\n' "${COMPREPLY[@]}" | sort
            """;
        var start = new ProcessStartInfo("bash", ["-c", script + "\n" + ask]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{start.Environment["PATH"]}";
        using var bash = Process.Start(start)!;
        Assert.Equal(expected.Replace(',', '\n') + "\n", await bash.StandardOutput.ReadToEndAsync());
    }

    [Theory]
    [InlineData("zsh", "compdef _kadeploy kadeploy")]
    [InlineData("fish", "complete -c kadeploy")]
    public async Task Others_PrintWhatTheShellReads(string shell, string line) =>
        Assert.Contains(line, (await CliRun.RunAsync(null, ["completion", shell])).Out, StringComparison.Ordinal);

    [Fact]
    public async Task UnknownShell_IsRefused() => Assert.Equal(1, (await CliRun.RunAsync(null, ["completion", "csh"])).Code);
}
