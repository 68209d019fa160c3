using System.Net;
using System.Security.Cryptography;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Environments;

public sealed class RegistrationTests : IAsyncLifetime
{
    private TestController _controller = null!;

    public async Task InitializeAsync() => _controller = await TestController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    private string Images => $"{_controller.Folder.Path}/images";

    [Fact]
    public async Task Register_GoodImage_KeepsItsDigest()
    {
        var image = await _controller.AddEnvironmentAsync();

        var it = await _controller.GetAsync("/v1/environments/admin/tiny", ApiJson.Default.EnvironmentInfo);

        Assert.Equal((image.Length, Convert.ToHexStringLower(SHA256.HashData(image))), (it.Image.Bytes, it.Image.Sha256));
        Assert.Equal(("tiny", 1, "admin"), (it.Name, it.Version, it.Owner));
        var list = await _controller.GetAsync("/v1/environments?name=tiny", ApiJson.Default.EnvironmentList);
        Assert.Equal(it.Id, Assert.Single(list.Environments).Id);
    }

    [Fact]
    public async Task Register_ImageMissing_IsRefusedNamingTheFile()
    {
        var (status, problem) = await _controller.RegisterAsync(Description($"{Images}/nowhere.img"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "image-missing", "image.file"), (status, problem!.Reason, problem.Field));
        Assert.Contains($"{Images}/nowhere.img", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_DigestDiffers_IsRefusedWithBothDigests()
    {
        var file = _controller.Folder.Write("images/a.img", "image");
        var (status, problem) = await _controller.RegisterAsync(Description(file, $", sha256: {new string('0', 64)}"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "image-digest-mismatch", "image.sha256"), (status, problem!.Reason, problem.Field));
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData("image"u8)), problem.Detail, StringComparison.Ordinal);
        Assert.Empty((await _controller.GetAsync("/v1/environments", ApiJson.Default.EnvironmentList)).Environments);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("IMAGES/../state/admin.token")]
    [InlineData("IMAGES/link")]
    [InlineData("IMAGES/folder/passwd")]
    public async Task Register_FileOutsideTheAllowedFolders_IsRefused(string path)
    {
        File.CreateSymbolicLink($"{Images}/link", "/etc/passwd");
        Directory.CreateSymbolicLink($"{Images}/folder", "/etc");
        var (status, problem) = await _controller.RegisterAsync(Description(path.Replace("IMAGES", Images, StringComparison.Ordinal)));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "image-not-allowed"), (status, problem!.Reason));
    }

    [Fact]
    public async Task Register_PostinstallArchiveMissing_IsNamedByItsPlace()
    {
        var file = _controller.Folder.Write("images/a.img", "image");
        var (status, problem) = await _controller.RegisterAsync(
            Description(file) + $"\npostinstalls: [{{archive: {Images}/no.tgz, compression: gzip, script: run}}]");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "archive-missing", "postinstalls[0].archive"), (status, problem!.Reason, problem.Field));
    }

    [Fact]
    public async Task Register_SameVersionTwice_IsRefused()
    {
        await _controller.AddEnvironmentAsync();
        var (status, problem) = await _controller.RegisterAsync(Description($"{Images}/tiny.img").Replace("name: a", "name: tiny", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.Conflict, "environment-exists"), (status, problem!.Reason));
    }

    [Fact]
    public async Task Deploy_ImageGone_IsRefusedBeforeAnythingIsTouched()
    {
        await _controller.AddEnvironmentAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        File.Delete($"{Images}/tiny.img");
        var (status, _, problem) = await _controller.DeployAsync(new StartDeployment("tiny", "node-1"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "image-missing", "environment"), (status, problem!.Reason, problem.Field));
        Assert.Empty(_controller.Power.Commands);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deploy_ImageChanged_IsRefusedBeforeAnythingIsTouched(bool sameLength)
    {
        var image = await _controller.AddEnvironmentAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        image[5] ^= 1;
        _controller.Folder.Write("images/tiny.img", sameLength ? image : image[..^1]);
        var (status, _, problem) = await _controller.DeployAsync(new StartDeployment("tiny", "node-1"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "image-changed"), (status, problem!.Reason));
        Assert.Empty(_controller.Power.Commands);
    }

    [Fact]
    public async Task Deploy_ImageTouchedButTheSame_IsAccepted()
    {
        await _controller.AddEnvironmentAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        File.SetLastWriteTimeUtc($"{Images}/tiny.img", DateTime.UtcNow.AddHours(-1));
        var (status, _, problem) = await _controller.DeployAsync(new StartDeployment("tiny", "node-1"));
        Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
    }

    private static string Description(string file, string more = "") => $$"""
        name: a
        os: linux
        image: {file: "{{file}}", kind: dd, compression: none{{more}}}
        """;
}
