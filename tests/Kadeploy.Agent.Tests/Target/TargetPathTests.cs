using Kadeploy.Agent.Target;

namespace Kadeploy.Agent.Tests.Target;

public sealed class TargetPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TargetPath _paths;

    public TargetPathTests()
    {
        Directory.CreateDirectory(_folder["root/etc"]);
        _paths = new TargetPath(_folder["root"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/etc/hostname", "/etc/hostname")]
    [InlineData("etc//./hostname", "/etc/hostname")]
    [InlineData("/../../../etc/passwd", "/etc/passwd")]
    [InlineData("/", "")]
    public void Resolve_WithoutLinks_StaysBelowTheRoot(string path, string expected) =>
        Assert.Equal($"{_folder["root"]}{expected}", _paths.Resolve(path));

    [Theory]
    [InlineData("/etc/shadow", "/etc/shadow")]
    [InlineData("../../../../../etc/shadow", "/etc/shadow")]
    [InlineData("/", "")]
    [InlineData("..", "")]
    public void Resolve_LinkThatPointsOutside_LandsInside(string target, string expected)
    {
        _folder.Link("root/etc/evil", target);

        Assert.Equal($"{_folder["root"]}{expected}", _paths.Resolve("/etc/evil"));
    }

    [Fact]
    public void Resolve_FolderThatIsALinkOutside_LandsInside()
    {
        _folder.Link("root/root", "/tmp");

        Assert.Equal(_folder["root/tmp/.ssh/authorized_keys"], _paths.Resolve("/root/.ssh/authorized_keys"));
    }

    [Fact]
    public void Resolve_DotsAfterALink_GoUpFromWhereItLeads()
    {
        _folder.Link("root/link", "/etc/a/b");

        Assert.Equal(_folder["root/etc/a/x"], _paths.Resolve("/link/../x"));
    }

    [Fact]
    public void Resolve_ChainOfLinks_IsFollowedToItsEnd()
    {
        _folder.Link("root/vmlinuz", "boot/vmlinuz");
        _folder.Link("root/boot/vmlinuz", "/boot/vmlinuz-6.1");

        Assert.Equal(_folder["root/boot/vmlinuz-6.1"], _paths.Resolve("/vmlinuz"));
        Assert.False(_paths.Exists("/vmlinuz"));
        _folder.Write("root/boot/vmlinuz-6.1", "kernel");
        Assert.True(_paths.IsFile("/vmlinuz"));
    }

    [Fact]
    public void Resolve_LinksInCircles_IsNull()
    {
        _folder.Link("root/a", "b");
        _folder.Link("root/b", "a");

        Assert.Null(_paths.Resolve("/a"));
        Assert.False(_paths.Exists("/a"));
    }

    [Fact]
    public void Resolve_LastLinkNotToBeFollowed_IsTheLinkItself()
    {
        _folder.Link("root/etc/link", "/elsewhere");

        Assert.Equal(_folder["root/etc/link"], _paths.Resolve("/etc/link", followLast: false));
    }

    [Fact]
    public void Write_ThroughAHostileLink_LeavesTheOutsideAlone()
    {
        _folder.Write("outside/secret", "before");
        _folder.Link("root/etc/hostname", _folder["outside/secret"]);
        _folder.Link("root/root", "../outside");

        var files = new TargetFiles(_paths);
        files.WriteText("/etc/hostname", "node-1\n");
        files.WriteText("/root/.ssh/authorized_keys", "key\n");

        Assert.Equal("before", File.ReadAllText(_folder["outside/secret"]));
        Assert.Equal(["secret"], Directory.GetFileSystemEntries(_folder["outside"]).Select(Path.GetFileName));
        Assert.Equal("node-1\n", files.ReadText("/etc/hostname"));
        Assert.True(File.Exists(_folder["root/outside/.ssh/authorized_keys"]));
    }

    [Fact]
    public void Write_ExistingFile_GetsTheModeAskedFor()
    {
        _folder.Write("root/etc/key", "old");
        var files = new TargetFiles(_paths);

        files.WriteText("/etc/key", "new", TargetFiles.Private);

        Assert.Equal(TargetFiles.Private, File.GetUnixFileMode(_folder["root/etc/key"]));
    }
}
