using System.Globalization;
using System.Text.RegularExpressions;
using Kadeploy.Broadcast.Tests.Support;

namespace Kadeploy.Broadcast.Tests;

/// <summary>The controller, which is the chain's head, dies without a word in the middle.</summary>
public sealed partial class RestartTests
{
    private const int Size = 300 << 20;
    private const int Ring = 48 << 20;

    [Fact]
    public async Task A_broadcast_goes_on_where_it_was_when_the_controller_is_killed_and_started_again()
    {
        await using var site = await Site.StartAsync(3);
        var file = site.MakeFile(Size);
        // Where this process is held up for as long as the rest takes, nothing was interrupted: then once more.
        for (var attempt = 1; !await InterruptedAsync(site, file, $"data-{attempt}.bin"); attempt++)
            Assert.True(attempt < 5, $"every broadcast was over before the controller could be killed\n{site.Evidence()}");
    }

    /// <summary>False when it was over, or as good as over, when the controller was killed.</summary>
    private static async Task<bool> InterruptedAsync(Site site, string file, string name)
    {
        using var cli = site.Cli("broadcast", "--to", "node-[1-3]", file, "--out", name);
        await Eventually.TrueAsync(() => Written(site, "node-1", name) > Size / 3, "a third of the file at the first node", site.Evidence);

        site.KillController();
        var kept = Written(site, "node-1", name);
        await site.StartControllerAsync();

        var (code, output) = await cli.EndAsync();
        // What lies in rings and in the sockets was sent, too.
        if (kept > Size - Ring - (16 << 20))
            return false;
        Assert.True(code == 0, $"{output}\n{site.Evidence()}");
        Assert.Contains("3 of 3 nodes, verified,", output, StringComparison.Ordinal);
        foreach (var node in new[] { "node-1", "node-2", "node-3" })
            Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync($"{site.FolderOf(node)}/{name}"));
        // What the second head read is what the first node did not have yet, and no more than a ring of it again. It says so in its log after the end.
        await Eventually.TrueAsync(() => Fed().IsMatch(site.ControllerLog), "the second head's word on what it read", site.Evidence);
        var fed = long.Parse(Fed().Match(site.ControllerLog).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(fed, 1, Size - kept + Ring);
        return true;
    }

    // While it comes, a file has no name of its own yet.
    private static long Written(Site site, string node, string name) => File.Exists($"{site.FolderOf(node)}/{name}")
        ? Size
        : Directory.GetFiles(site.FolderOf(node), "*.part").Concat(Directory.GetFiles(site.FolderOf(node), ".*.part")).Select(f => new FileInfo(f)).Where(f => f.Exists).Select(f => f.Length).FirstOrDefault();

    [GeneratedRegex(@"the head of \S+ read (\d+) bytes")]
    private static partial Regex Fed();
}
