using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Environments;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Environments;

/// <summary>Signed environments, with the real ssh-keygen on both sides.</summary>
public sealed class SignatureTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private TestController _controller = null!;

    private string Allowed => $"{_folder.Path}/etc/allowed_signers";

    public async Task InitializeAsync()
    {
        MakeKey("ops");
        MakeKey("eve");
        Allow("ops");
        _controller = await StartAsync("signatures: {allowedSigners: ALLOWED, required: true}");
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Register_Signed_IsKeptWithItsSignerAndMayBeDeployed()
    {
        var text = Description();

        var (status, info, problem) = await AddAsync(text, Sign(text, "ops"));

        Assert.True(status == HttpStatusCode.Created, problem?.Detail);
        Assert.Equal("ops@site", info!.SignedBy);
        Assert.Null(await DeployProblemAsync());
    }

    [Fact]
    public async Task Register_NotSigned_IsRefusedSayingHowToSign()
    {
        var (status, _, problem) = await AddAsync(Description(), null);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "signature-missing", "signature"), (status, problem!.Reason, problem.Field));
        Assert.Contains("ssh-keygen -Y sign -n kadeploy-environment", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_ChangedAfterItWasSigned_IsRefused()
    {
        var text = Description();
        var (_, _, problem) = await AddAsync(text.Replace("kernel_params: quiet", "kernel_params: init=/bin/sh", StringComparison.Ordinal), Sign(text, "ops"));
        Assert.Equal("signature-bad", problem!.Reason);
    }

    [Fact]
    public async Task Register_SignedByAnotherKey_IsRefused()
    {
        var (_, _, problem) = await AddAsync(Description(), Sign(Description(), "eve"));
        Assert.Equal("signer-not-allowed", problem!.Reason);
    }

    [Fact]
    public async Task Register_SignedForSomethingElse_IsRefused()
    {
        var (_, _, problem) = await AddAsync(Description(), Sign(Description(), "ops", "git"));
        Assert.Equal("signature-bad", problem!.Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN SSH SIGNATURE-----\nnonsense\n-----END SSH SIGNATURE-----\n")]
    [InlineData("-----BEGIN PGP SIGNATURE-----\n")]
    public async Task Register_SignatureThatIsNone_IsRefused(string signature)
    {
        var (status, _, problem) = await AddAsync(Description(), signature);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(problem!.Reason, new[] { "signature-unreadable", "signer-not-allowed" });
    }

    [Fact]
    public async Task Register_SignedWithoutADigest_IsRefused()
    {
        var text = Description().Replace($", sha256: {Digest("image"u8)}", "", StringComparison.Ordinal);
        var (_, _, problem) = await AddAsync(text, Sign(text, "ops"));
        Assert.Equal(("signature-covers-no-digest", "image.sha256"), (problem!.Reason, problem.Field));
    }

    [Fact]
    public async Task Register_SignedWithAnArchive_NeedsAndChecksItsDigest()
    {
        var archive = _folder.Write("images/post.tar", "post");
        string With(string more) => Description() + $"postinstalls: [{{archive: {archive}, compression: none, script: run.sh{more}}}]\n";

        var (_, _, problem) = await AddAsync(With(""), Sign(With(""), "ops"));
        Assert.Equal(("signature-covers-no-digest", "postinstalls[0].sha256"), (problem!.Reason, problem.Field));

        var wrong = With($", sha256: {new string('0', 64)}");
        Assert.Equal("archive-digest-mismatch", (await AddAsync(wrong, Sign(wrong, "ops"))).Problem!.Reason);

        var right = With($", sha256: {Digest("post"u8)}");
        var (status, _, refused) = await AddAsync(right, Sign(right, "ops"));
        Assert.True(status == HttpStatusCode.Created, refused?.Detail);
    }

    [Fact]
    public async Task Deploy_SignerTakenOffTheList_IsRefused()
    {
        await AddAsync(Description(), Sign(Description(), "ops"));
        Allow("eve");
        Assert.Equal("signer-not-allowed", (await DeployProblemAsync())!.Reason);
    }

    [Fact]
    public async Task Deploy_RegisteredBeforeTheSiteAskedForSignatures_IsRefused()
    {
        _controller = await _controller.RestartAsync();
        Assert.Equal(HttpStatusCode.Created, (await AddAsync(Description(), null)).Status);
        Assert.Equal("signatures-not-configured", (await AddAsync(Description().Replace("name: tiny", "name: other", StringComparison.Ordinal), Sign(Description(), "ops"))).Problem!.Reason);

        _controller = await _controller.RestartAsync($"signatures: {{allowedSigners: {Allowed}, required: true}}");

        Assert.Equal("signature-missing", (await DeployProblemAsync())!.Reason);
    }

    [Fact]
    public async Task Deploy_ImageReplacedBehindTheSignature_IsRefused()
    {
        await AddAsync(Description(), Sign(Description(), "ops"));
        _folder.Write("images/tiny.img", "imagE");
        Assert.Equal("image-changed", (await DeployProblemAsync())!.Reason);
    }

    private string Description()
    {
        var file = $"{_folder.Path}/images/tiny.img";
        if (!File.Exists(file))
            _folder.Write("images/tiny.img", "image");
        return $$"""
            name: tiny
            os: linux
            image: {file: "{{file}}", kind: tar, compression: none, sha256: {{Digest("image"u8)}}}
            boot: {kernel: /vmlinuz, initrd: /initrd.img, kernel_params: quiet}
            filesystem: ext4

            """;
    }

    private static string Digest(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(SHA256.HashData(data));

    private Task<TestController> StartAsync(string yaml) => TestController.StartAsync(yaml.Replace("ALLOWED", Allowed, StringComparison.Ordinal), _folder);

    private async Task<(HttpStatusCode Status, EnvironmentInfo? Info, Problem? Problem)> AddAsync(string text, string? signature) => await _controller.SendAsync(
        HttpMethod.Post, Routes.Environments, JsonContent.Create(new AddEnvironment(text, Signature: signature), ApiJson.Default.AddEnvironment), ApiJson.Default.EnvironmentInfo);

    private async Task<Problem?> DeployProblemAsync()
    {
        var body = JsonContent.Create(new StartDeployment("tiny", "node-1"), ApiJson.Default.StartDeployment);
        return (await _controller.SendAsync(HttpMethod.Post, Routes.Deployments + "/plan", body, ApiJson.Default.PlannedOperation)).Problem;
    }

    private void MakeKey(string name) => Keygen("", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", $"{_folder.Path}/{name}");

    private void Allow(string name) => _folder.Write("etc/allowed_signers", $"{name}@site namespaces=\"kadeploy-environment,git\" {File.ReadAllText($"{_folder.Path}/{name}.pub")}");

    private string Sign(string text, string key, string @namespace = "kadeploy-environment") => Keygen(text, "-Y", "sign", "-n", @namespace, "-f", $"{_folder.Path}/{key}");

    private static string Keygen(string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ssh-keygen", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"ssh-keygen {string.Join(' ', arguments)}: {error}");
        return output;
    }
}
