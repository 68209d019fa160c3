using System.Text.RegularExpressions;

namespace Kadeploy.Deployments.Tests.Architecture;

/// <summary>Other programs are started in one class of each of ours, with argument lists and without a shell.</summary>
public sealed partial class ProgramDoorTests
{
    [Theory]
    [InlineData("controller/Kadeploy.Controller", "ProgramRunner.cs")]
    [InlineData("agent/Kadeploy.Agent", "ProcessRunner.cs", "Children.cs")]
    public void Source_ProcessesAreStarted_InOneClassOnly(string project, params string[] doors) =>
        Assert.Equal(
            [],
            Directory.EnumerateFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories)
                .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !doors.Contains(Path.GetFileName(f)) && Starts().IsMatch(File.ReadAllText(f)))
                .Select(f => Path.GetRelativePath(Repository.Root, f)));

    [Fact]
    public void Source_Controller_UsesNoShell() =>
        Assert.Equal(
            [],
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "controller/Kadeploy.Controller"), "*.cs", SearchOption.AllDirectories)
                .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && Shell().IsMatch(File.ReadAllText(f))).Select(Path.GetFileName));

    [GeneratedRegex(@"Process\.Start\(|new ProcessStartInfo|posix_spawn|execve\(")]
    private static partial Regex Starts();

    [GeneratedRegex(@"""(/bin/)?(ba|da)?sh""|UseShellExecute = true")]
    private static partial Regex Shell();
}
