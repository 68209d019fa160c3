using System.Globalization;
using System.Text.RegularExpressions;
using Kadeploy.Broadcast.Tests.Support;

namespace Kadeploy.Broadcast.Tests;

/// <summary>The controller, which is the chain's head, dies without a word in the middle.</summary>
public sealed partial class RestartTests
{
    private const int Size = 300 << 20;

    [Fact]
    public async Task A_broadcast_goes_on_where_it_was_when_the_controller_is_killed_and_started_again()
    {
        await using var site = await Site.StartAsync(3);
        var file = site.MakeFile(Size);
        using var cli = site.Cli("broadcast", "--to", "node-[1-3]", file, "--out", "data.bin");
        await Eventually.TrueAsync(() => Written(site, "node-1") > Size / 3, "a third of the file at the first node", site.Evidence);

        site.KillController();
        var kept = Written(site, "node-1");
        await site.StartControllerAsync();

        var (code, output) = await cli.EndAsync();
        Assert.True(code == 0, $"{output}\n{site.Evidence()}");
        Assert.Contains("3 of 3 nodes, verified,", output, StringComparison.Ordinal);
        foreach (var node in new[] { "node-1", "node-2", "node-3" })
            Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync($"{site.FolderOf(node)}/data.bin"));
        // What the second head read is what the first node did not have yet, and no more than a ring of it again.
        var fed = long.Parse(Fed().Match(site.ControllerLog).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(fed, 1, Size - kept + (48 << 20));
    }

    // While it comes, a file has no name of its own yet.
    private static long Written(Site site, string node) =>
        Directory.GetFiles(site.FolderOf(node), "*.part").Concat(Directory.GetFiles(site.FolderOf(node), ".*.part")).Select(f => new FileInfo(f).Length).FirstOrDefault();

    [GeneratedRegex(@"the head of \S+ read (\d+) bytes")]
    private static partial Regex Fed();
}
