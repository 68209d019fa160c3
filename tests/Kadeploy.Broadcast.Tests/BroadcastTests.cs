using System.Security.Cryptography;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Broadcast.Tests.Support;

namespace Kadeploy.Broadcast.Tests;

/// <summary>The real programs, as an administrator runs them.</summary>
public sealed class BroadcastTests
{
    private const int Size = 5_000_000;

    [Fact]
    public async Task An_uploaded_file_reaches_every_host_with_a_proof_each()
    {
        await using var site = await Site.StartAsync(3);
        var file = site.MakeFile(Size);

        var (code, info) = await site.BroadcastAsync("--to", "node-[1-3]", file, "--out", "below/data.bin");

        Assert.Equal(0, code);
        var digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file)));
        Assert.Equal((digest, Size, "source"), (info.Sha256, info.Bytes, info.File));
        Assert.All(info.NodeStates, n =>
        {
            Assert.Equal(BroadcastVerdict.Done, n.Verdict);
            Assert.Equal((digest, Size, Size, 0), (n.Proof!.ImageSha256, n.Proof.BytesVerified, n.Proof.BytesWritten, n.Proof.Refetched));
            Assert.True(n.Proof.Seconds > 0);
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes($"{site.FolderOf(n.Node)}/below/data.bin"));
            Assert.Equal([$"{site.FolderOf(n.Node)}/below/data.bin"], Directory.GetFiles($"{site.FolderOf(n.Node)}/below"));
        });
        Assert.Contains($"{info.Id}", await site.OkAsync("broadcast", "list"), StringComparison.Ordinal);
        Assert.Contains("3 of 3 nodes, verified,", await site.OkAsync("broadcast", "show", info.Id), StringComparison.Ordinal);
        // A file that was sent says nothing about what is installed.
        Assert.DoesNotContain("deployed", await site.OkAsync("node", "list"), StringComparison.Ordinal);
        Assert.DoesNotContain(info.Id, await site.OkAsync("deployment", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_an_agent_fails_alone_and_the_exit_code_says_some()
    {
        await using var site = await Site.StartAsync(2, "agentGrace: 2");
        await site.AddNodeAsync(3);

        var (code, info) = await site.BroadcastAsync("--to", "node-[1-3]", site.MakeFile(Size), "--out", "data.bin");

        Assert.Equal(2, code);
        Assert.Equal(2, info.Summary.Done);
        Assert.Equal("no-agent", info.NodeStates.Single(n => n.Node == "node-3").Failure!.Reason);
    }

    [Fact]
    public async Task A_path_that_leads_out_of_the_agents_folder_is_refused()
    {
        await using var site = await Site.StartAsync(1);
        var file = site.MakeFile(1000);
        var folder = site.FolderOf("node-1");
        // An absolute link is taken as in a chroot, a relative one cannot climb out.
        File.CreateSymbolicLink($"{folder}/etc", site.Images);
        File.CreateSymbolicLink($"{folder}/up", "../../../images");

        foreach (var path in new[] { "../data.bin", "/etc/kadeploy-test", "a/../../data.bin" })
        {
            var (code, info) = await site.BroadcastAsync("--to", "node-1", file, "--out", path);
            Assert.Equal((1, "path-not-allowed"), (code, info.NodeStates[0].Failure!.Reason));
        }
        foreach (var path in new[] { "etc/x", "up/x" })
            await site.BroadcastAsync("--to", "node-1", file, "--out", path);
        Assert.Empty(Directory.GetFileSystemEntries(site.Images));
    }

    [Fact]
    public async Task An_archive_of_the_controllers_is_unpacked()
    {
        await using var site = await Site.StartAsync(2);
        var content = Path.GetFileName(site.MakeFile(100_000, "inside"));
        await Tool.RunAsync("tar", "--zstd", "-cf", $"{site.Images}/t.tar.zst", "-C", Path.GetDirectoryName(site.Images)!, content);

        var (code, info) = await site.BroadcastAsync("--to", "node-[1-2]", $"server://{site.Images}/t.tar.zst", "--out", "tools", "--unpack");

        Assert.True(code == 0, string.Join('\n', info.NodeStates.Select(n => n.Failure?.Detail)));
        Assert.All(info.NodeStates, n => Assert.Equal(100_000, new FileInfo($"{site.FolderOf(n.Node)}/tools/inside").Length));
        Assert.True(File.Exists($"{site.Images}/t.tar.zst"));
    }

    [Fact]
    public async Task A_file_of_the_controllers_outside_the_allowed_folders_is_not_sent()
    {
        await using var site = await Site.StartAsync(1);
        var (code, output) = await site.RunAsync("broadcast", "--to", "node-1", "server:///etc/hostname", "--out", "x");
        Assert.Equal(1, code);
        Assert.Contains("[file-not-allowed]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_token_ends_the_agent_and_lets_nobody_in()
    {
        await using var site = await Site.StartAsync(1);
        await site.OkAsync("node", "token", "node-1", "--revoke");
        await Eventually.TrueAsync(() => site.AgentOf("node-1").Output.Contains("token-unknown", StringComparison.Ordinal), "the refusal", site.Evidence);
        await site.ConnectedAsync(0);
    }

    [Fact]
    public async Task A_cancelled_broadcast_leaves_no_half_a_file()
    {
        // Nobody is given up for being silent before that could be done.
        await using var site = await Site.StartAsync(2, "agentHeartbeat: 60");
        // One that takes nothing holds the chain until it is passed over, and the broadcast until it is given up: time enough to cancel.
        site.AgentOf("node-1").Signal("STOP");
        using var cli = site.Cli("broadcast", "--to", "node-[1-2]", site.MakeFile(Size), "--out", "data.bin", "--json");
        var id = "";
        for (var left = 300; id.Length == 0; left--)
        {
            Assert.True(left > 0, $"no broadcast runs:\n{site.Evidence()}");
            id = (await site.OkAsync("broadcast", "list", "--active")).Split(' ', '\n').FirstOrDefault(w => w.StartsWith("B-", StringComparison.Ordinal)) ?? "";
        }

        await site.OkAsync("broadcast", "cancel", id);

        Assert.NotEqual(0, (await cli.EndAsync()).Code);
        site.AgentOf("node-1").Signal("CONT");
        Assert.Contains("cancelled", await site.OkAsync("broadcast", "show", id), StringComparison.Ordinal);
        await Eventually.TrueAsync(() => Directory.GetFiles(site.FolderOf("node-1")).Length == 0, "an empty folder", site.Evidence);
    }
}
