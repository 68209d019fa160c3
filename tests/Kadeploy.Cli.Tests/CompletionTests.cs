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
    public async Task Suggest_WhatMayComeNext_IsNamed(string line, string expected) =>
        Assert.Contains(expected, (await CliRun.RunAsync(null, [$"[suggest:{line.Length}]", line])).Out.Split('\n'));

    [Fact]
    public async Task Bash_AfterReadingTheScript_Completes()
    {
        var script = (await CliRun.RunAsync(null, ["completion", "bash"])).Out;
        const string Ask = """
            COMP_LINE='kadeploy env ex' COMP_POINT=15 COMP_CWORD=2
            COMP_WORDS=(kadeploy env ex)
            _kadeploy
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var start = new ProcessStartInfo("bash", ["-c", script + "\n" + Ask]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{start.Environment["PATH"]}";
        using var bash = Process.Start(start)!;
        Assert.Equal("export\n", await bash.StandardOutput.ReadToEndAsync());
    }

    [Theory]
    [InlineData("zsh", "compdef _kadeploy kadeploy")]
    [InlineData("fish", "complete -c kadeploy")]
    public async Task Others_PrintWhatTheShellReads(string shell, string line) =>
        Assert.Contains(line, (await CliRun.RunAsync(null, ["completion", shell])).Out, StringComparison.Ordinal);

    [Fact]
    public async Task UnknownShell_IsRefused() => Assert.Equal(1, (await CliRun.RunAsync(null, ["completion", "csh"])).Code);
}
