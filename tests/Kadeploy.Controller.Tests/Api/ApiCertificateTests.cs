using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

public sealed class ApiCertificateTests
{
    [Fact]
    public async Task Start_FirstTime_MakesACertificateThatStays()
    {
        var first = await TestController.StartAsync();
        var fingerprint = first.Host.Certificate!.Fingerprint;
        Assert.Equal(fingerprint, (await File.ReadAllTextAsync($"{first.Folder.Path}/state/api.fingerprint")).Trim());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{first.Folder.Path}/state/api.key"));
        await using var second = await first.RestartAsync();
        Assert.Equal(fingerprint, second.Host.Certificate!.Fingerprint);
        await second.Api.GetStringAsync("/v1/me");
    }

    [Fact]
    public async Task Start_CertificateOfTheSite_IsTheOneThatIsShown()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=site", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (file, its) = (folder.Write("site.pem", certificate.ExportCertificatePem()), folder.WriteSecret("site.key", key.ExportPkcs8PrivateKeyPem()));
        await using var controller = await TestController.StartAsync($"tls: {{certificate: {file}, key: {its}}}");
        Assert.Equal(certificate.GetCertHashString(HashAlgorithmName.SHA256), controller.Host.Certificate!.Fingerprint, ignoreCase: true);
        await controller.Api.GetStringAsync("/v1/me");
    }

    [Fact]
    public async Task Start_CertificateThatIsNone_IsRefusedNamingTheFile()
    {
        using var folder = new TemporaryFolder();
        var file = folder.WriteSecret("site.pem", "nothing");
        var e = await Assert.ThrowsAsync<StartException>(() => TestController.StartAsync($"tls: {{certificate: {file}, key: {file}}}"));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithoutTls_GetsNoAnswer()
    {
        await using var controller = await TestController.StartAsync();
        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://{controller.Address}:{controller.Host.Addresses.Api}/v1/me")));
    }

    [Fact]
    public async Task Start_TlsSwitchedOff_ServesPlainly()
    {
        await using var controller = await TestController.StartAsync("tls: {enabled: false}");
        Assert.Null(controller.Host.Certificate);
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri($"http://{controller.Address}:{controller.Host.Addresses.Api}/v1/me"));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, response.StatusCode);
    }
}
