using Kadeploy.Agent.Steps;
using Kadeploy.Agent.Transfers;

namespace Kadeploy.Agent.Tests.Transfers;

public sealed class LandingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _allowed;

    public LandingTests() => Directory.CreateDirectory(_allowed = _folder["allowed"]);

    [Theory]
    [InlineData("data.bin", "data.bin")]
    [InlineData("a/b/data.bin", "a/b/data.bin")]
    public void Prepare_RelativePathOnAHost_IsBelowItsFolder(string path, string expected)
    {
        Assert.Equal($"{_allowed}/{expected}", Place(path));
        Assert.True(Directory.Exists(Path.GetDirectoryName($"{_allowed}/{expected}")));
    }

    [Fact]
    public void Prepare_AbsolutePathBelowTheFolder_IsTaken() => Assert.Equal($"{_allowed}/x", Place($"{_allowed}/x"));

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("")]
    [InlineData("x/")]
    public void Prepare_PathOutsideOrNone_IsRefused(string path) => Assert.True(new Landing(_allowed).Prepare(path, false).Failed(out _, out _));

    [Fact]
    public void Prepare_NeighbourWhoseNameBeginsAlike_IsRefused() =>
        Assert.True(new Landing(_allowed).Prepare($"{_allowed}-not/x", false).Failed(out _, out _));

    [Fact]
    public void Prepare_LinkThatLeadsOut_StaysBelow()
    {
        File.CreateSymbolicLink($"{_allowed}/out", "/etc");
        File.CreateSymbolicLink($"{_allowed}/up", "../..");
        File.CreateSymbolicLink($"{_allowed}/self", "/self");
        Assert.Equal($"{_allowed}/etc/x", Place("out/x"));
        Assert.Equal($"{_allowed}/x", Place("up/x"));
        Assert.Equal($"{_allowed}/etc", Folder("out"));
        // A link as the last component is replaced, not followed.
        File.CreateSymbolicLink($"{_allowed}/file", "/etc/passwd");
        Assert.Equal($"{_allowed}/file", Place("file"));
        Assert.True(new Landing(_allowed).Prepare("self/x", false).Failed(out _, out _));
    }

    [Fact]
    public void Prepare_InTheDeploymentEnvironment_TakesAnyAbsolutePath()
    {
        Assert.False(new Landing(null).Prepare(_folder["elsewhere/x"], false).Failed(out _, out var place));
        Assert.Equal(_folder["elsewhere/x"], place);
        Assert.True(new Landing(null).Prepare("x", false).Failed(out _, out _));
    }

    public void Dispose() => _folder.Dispose();

    private string Place(string path)
    {
        Assert.False(new Landing(_allowed).Prepare(path, false).Failed(out StepFailed? failure, out var place), failure?.Detail);
        return place;
    }

    private string Folder(string path)
    {
        Assert.False(new Landing(_allowed).Prepare(path, true).Failed(out StepFailed? failure, out var place), failure?.Detail);
        return place;
    }
}
