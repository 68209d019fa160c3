using System.Text.Json;
using System.Text.Json.Nodes;
using Kadeploy.Api;
using Kadeploy.Api.Environments;
using Kadeploy.Api.Uploads;
using Kadeploy.Cli.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Kadeploy.Cli.Tests;

public sealed class EnvironmentChangeTests : IAsyncLifetime
{
    private static readonly EnvironmentInfo Debian = new(
        "E-1", "debian", 2, "bob", "", "private", "linux", new ImageInfo("/i", ImageKind.Tar, "zstd", 5, "ab"), [], DateTimeOffset.UnixEpoch, [])
    {
        Tags = ["web", "old"],
    };

    private FakeController _fake = null!;

    public async Task InitializeAsync()
    {
        _fake = await FakeController.StartAsync();
        _fake.On("GET /v1/environments?name=debian", new EnvironmentList([Debian]), ApiJson.Default.EnvironmentList);
    }

    public async Task DisposeAsync() => await _fake.DisposeAsync();

    [Fact]
    public async Task Export_PrintsTheDescriptionAndNothingElse()
    {
        _fake.On("GET /v1/environments/bob/debian/description?version=2", 200, "---\nname: debian\n");
        var result = await CliRun.RunAsync(_fake, ["env", "export", "debian"]);
        Assert.Equal((0, "---\nname: debian\n", ""), (result.Code, result.Out, result.Error));
    }

    [Fact]
    public async Task Export_Json_IsTheSameDescriptionInJson()
    {
        _fake.On(
            "GET /v1/environments/bob/debian/description?version=2", 200,
            "---\nname: debian\nversion: 2\ndescription: \"7\"\ndestructive: false\ntags: [web, \"on\"]\npostinstalls:\n  -\n    archive: none\n    script: \"a\\nb\"\npartition_type: 0x83\n");
        var result = await CliRun.RunAsync(_fake, ["env", "export", "debian", "--json"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        var expected = """{"name":"debian","version":2,"description":"7","destructive":false,"tags":["web","on"],"postinstalls":[{"archive":"none","script":"a\nb"}],"partition_type":131}""";
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(result.Out)), result.Out);
    }

    [Fact]
    public async Task Export_JsonOfWhatIsNoDescription_IsSaid()
    {
        _fake.On("GET /v1/environments/bob/debian/description?version=2", 200, "<html>\t: {");
        var result = await CliRun.RunAsync(_fake, ["env", "export", "debian", "--json"]);
        Assert.Equal((1, ""), (result.Code, result.Out));
        Assert.Equal("urn:kadeploy:answer-not-understood", (string?)JsonNode.Parse(result.Error)!["type"]);
    }

    [Fact]
    public async Task Set_Tags_AreAddedAndTakenAway()
    {
        _fake.On("PATCH /v1/environments/bob/debian?version=2", Debian, ApiJson.Default.EnvironmentInfo);
        var result = await CliRun.RunAsync(_fake, ["env", "set", "debian", "--tag", "new", "--untag", "OLD", "--visibility", "shared"]);
        Assert.Equal(0, result.Code);
        var sent = JsonSerializer.Deserialize(_fake.Requests[^1].Body, ApiJson.Default.ChangeEnvironment)!;
        Assert.Equal(("shared", null), (sent.Visibility, sent.Description));
        Assert.Equal(["web", "new"], sent.Tags);
    }

    [Fact]
    public async Task Set_Nothing_IsRefused()
    {
        var result = await CliRun.RunAsync(_fake, ["env", "set", "debian"]);
        Assert.Equal(1, result.Code);
        Assert.Contains("say what is to change", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_Filters_AreHandedOn()
    {
        _fake.On("GET /v1/environments?owner=bob&tag=web&search=a%20b&latest=true", new EnvironmentList([Debian]), ApiJson.Default.EnvironmentList);
        var result = await CliRun.RunAsync(_fake, ["env", "list", "-u", "bob", "--tag", "web", "--search", "a b", "--latest"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // as Kadeploy3 wrote files of the client's
    public async Task Add_LocalImage_IsBroughtFromWhereItBroke(bool described)
    {
        using var files = new ScratchFiles();
        var image = files.Write("image.img", new string('x', 20));
        var description = files.Write("d.yaml", $"name: debian\nos: linux\nimage:\n  file: {(described ? "local://" + image : "/elsewhere")}\n  kind: dd\n  compression: none\n");
        var info = new ImageUpload("U-1", "image.img", 20, "", 5);
        _fake.On("POST /v1/image-uploads", info, ApiJson.Default.ImageUpload, 201);
        // The first try finds that more has arrived than was known; the second one brings the rest.
        _fake.Refuse("PUT /v1/image-uploads/U-1?offset=5", new Problem("urn:kadeploy:upload-offset", "The piece does not fit", 409, "U-1 has 8 bytes"));
        _fake.On("GET /v1/image-uploads/U-1", info with { Offset = 8 }, ApiJson.Default.ImageUpload);
        _fake.On("PUT /v1/image-uploads/U-1?offset=8", info with { Offset = 20 }, ApiJson.Default.ImageUpload);
        _fake.On("POST /v1/environments", Debian, ApiJson.Default.EnvironmentInfo, StatusCodes.Status201Created);

        var result = await CliRun.RunAsync(_fake, ["env", "add", description, .. described ? Array.Empty<string>() : ["--upload", image]]);

        Assert.True(result.Code == 0, result.Error);
        Assert.Equal(new string('x', 12), _fake.Requests.Single(r => r.Line == "PUT /v1/image-uploads/U-1?offset=8").Body);
        Assert.Equal("upload:U-1", JsonSerializer.Deserialize(_fake.Requests[^1].Body, ApiJson.Default.AddEnvironment)!.ImagePath);
    }

    [Fact]
    public async Task Add_UploadThatIsNotThere_AsksNothing()
    {
        using var files = new ScratchFiles();
        var result = await CliRun.RunAsync(_fake, ["env", "add", files.Write("d.yaml", "name: a"), "--upload", files.Path("missing")]);
        Assert.Equal(1, result.Code);
        Assert.Contains("missing", result.Error, StringComparison.Ordinal);
        Assert.Empty(_fake.Requests);
    }
}
