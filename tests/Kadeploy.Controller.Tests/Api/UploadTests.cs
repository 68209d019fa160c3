using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Environments;
using Kadeploy.Api.Uploads;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

public sealed class UploadTests : IAsyncLifetime
{
    private readonly byte[] _image = new byte[100_000];
    private TestController _controller = null!;
    private HttpClient _bob = null!;

    public async Task InitializeAsync()
    {
        new Random(5).NextBytes(_image);
        _controller = await TestController.StartAsync();
        _bob = _controller.ClientOf((await _controller.CreateTokenAsync("bob")).Token);
    }

    public async Task DisposeAsync()
    {
        _bob.Dispose();
        await _controller.DisposeAsync();
    }

    [Fact]
    public async Task Upload_InPiecesOverARestart_BecomesAnEnvironmentAndGoesWithIt()
    {
        var upload = await StartAsync(_bob);
        await PutAsync(_bob, upload.Id, 0, _image.AsSpan(0, 40_000));
        var token = _bob.DefaultRequestHeaders.Authorization;
        _controller = await _controller.RestartAsync();
        using var bob = _controller.ClientOf(token!.Parameter);
        var again = await StartAsync(bob);
        Assert.Equal((upload.Id, 40_000), (again.Id, again.Offset));
        await PutAsync(bob, upload.Id, 40_000, _image.AsSpan(40_000));

        using var registered = await RegisterAsync(bob, upload.Id);
        Assert.True(registered.StatusCode == HttpStatusCode.Created, await registered.Content.ReadAsStringAsync());

        var environment = JsonSerializer.Deserialize(await registered.Content.ReadAsStringAsync(), ApiJson.Default.EnvironmentInfo)!;
        Assert.Equal(Digest(_image), environment.Image.Sha256);
        Assert.Equal(_image, await File.ReadAllBytesAsync(environment.Image.File));
        Assert.Equal(HttpStatusCode.NotFound, (await bob.GetAsync($"/v1/image-uploads/{upload.Id}")).StatusCode);
        // What it prints can be read back by its owner, and by nobody else who knows the path.
        var text = await bob.GetStringAsync("/v1/environments/bob/up/description");
        Assert.Equal(HttpStatusCode.Created, (await AddAsync(bob, text.Replace("version: 1", "version: 2", StringComparison.Ordinal))).StatusCode);
        using var eve = _controller.ClientOf((await _controller.CreateTokenAsync("eve")).Token);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await AddAsync(eve, text)).StatusCode);

        await bob.DeleteAsync("/v1/environments/bob/up?version=1");
        Assert.True(File.Exists(environment.Image.File));
        await bob.DeleteAsync("/v1/environments/bob/up?version=2");
        Assert.False(File.Exists(environment.Image.File));
    }

    [Fact]
    public async Task Upload_WrongOffset_IsToldTheRightOne()
    {
        var upload = await StartAsync(_bob);
        await PutAsync(_bob, upload.Id, 0, _image.AsSpan(0, 10));
        using var response = await _bob.PutAsync($"/v1/image-uploads/{upload.Id}?offset=5", new ByteArrayContent([1]));
        Assert.Equal((HttpStatusCode.Conflict, "upload-offset"), (response.StatusCode, await ReasonAsync(response)));
    }

    [Fact]
    public async Task Upload_MoreThanAnnouncedOrOtherBytes_IsRefusedAndLeavesNothing()
    {
        var upload = await StartAsync(_bob);
        using var more = await _bob.PutAsync($"/v1/image-uploads/{upload.Id}?offset=0", new ByteArrayContent(new byte[100_001]));
        Assert.Equal("upload-too-long", await ReasonAsync(more));
        using var unfinished = await RegisterAsync(_bob, upload.Id);
        Assert.Equal("upload-unfinished", await ReasonAsync(unfinished));

        var offset = (await StartAsync(_bob)).Offset;
        await PutAsync(_bob, upload.Id, offset, new byte[100_000 - offset]);
        using var other = await RegisterAsync(_bob, upload.Id);

        Assert.Equal("upload-digest-mismatch", await ReasonAsync(other));
        Assert.Equal(0, (await StartAsync(_bob)).Offset);
        Assert.Empty(Directory.EnumerateFiles($"{_controller.Folder.Path}/state/store"));
    }

    [Fact]
    public async Task Upload_OfAnother_IsNotThere()
    {
        var upload = await StartAsync(_bob);
        using var eve = _controller.ClientOf((await _controller.CreateTokenAsync("eve")).Token);
        Assert.Equal(HttpStatusCode.NotFound, (await eve.PutAsync($"/v1/image-uploads/{upload.Id}?offset=0", new ByteArrayContent([1]))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await eve.DeleteAsync($"/v1/image-uploads/{upload.Id}")).StatusCode);
        Assert.NotEqual(HttpStatusCode.Created, (await RegisterAsync(eve, upload.Id)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await _bob.DeleteAsync($"/v1/image-uploads/{upload.Id}")).StatusCode);
    }

    [Theory]
    [InlineData(0, "a", null, "bytes")]
    [InlineData(1, "", null, "name")]
    [InlineData(1, "a", "abc", "sha256")]
    public async Task Start_FieldThatIsWrong_IsNamed(long bytes, string name, string? sha256, string field)
    {
        using var response = await _bob.PostAsync("/v1/image-uploads", JsonContent.Create(new StartImageUpload(name, bytes, sha256 ?? Digest([])), ApiJson.Default.StartImageUpload));
        Assert.Equal(field, JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.Problem)!.Field);
    }

    private async Task<ImageUpload> StartAsync(HttpClient client)
    {
        using var response = await client.PostAsync("/v1/image-uploads", JsonContent.Create(new StartImageUpload("up.img", _image.Length, Digest(_image)), ApiJson.Default.StartImageUpload));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.ImageUpload)!;
    }

    private static Task PutAsync(HttpClient client, string id, long offset, ReadOnlySpan<byte> piece)
    {
        var content = new ByteArrayContent(piece.ToArray());
        return SendAsync();

        async Task SendAsync()
        {
            using var response = await client.PutAsync($"/v1/image-uploads/{id}?offset={offset}", content);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    private static Task<HttpResponseMessage> RegisterAsync(HttpClient client, string id) =>
        AddAsync(client, "name: up\nversion: 1\nos: linux\nimage: {file: 'local:///home/bob/up.img', kind: dd, compression: none}", "upload:" + id);

    private static Task<HttpResponseMessage> AddAsync(HttpClient client, string text, string? path = null) =>
        client.PostAsync("/v1/environments", JsonContent.Create(new AddEnvironment(text, path), ApiJson.Default.AddEnvironment));

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<string> ReasonAsync(HttpResponseMessage response) =>
        JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.Problem)!.Reason;
}
