using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kadeploy.FleetAgents.Bmc;

/// <summary>
/// Redfish services of many BMCs on one port of loopback, each at an address of its own (127.x.y.z), over HTTPS with a certificate of its own making.
/// As much of DSP0266 and of the schema ComputerSystem v1 as power control needs.
/// </summary>
internal sealed class FakeRedfish : IAsyncDisposable
{
    private const string SystemPath = "/redfish/v1/Systems/1";
    private readonly WebApplication _app;
    private readonly Func<IPAddress, FakeBmc?> _find;

    private FakeRedfish(WebApplication app, Func<IPAddress, FakeBmc?> find) => (_app, _find) = (app, find);

    public int Port { get; private set; }

    /// <param name="find">The BMC at an address; null where there is none.</param>
    public static async Task<FakeRedfish> StartAsync(Func<IPAddress, FakeBmc?> find)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Any, 0, l => l.UseHttps(Certificate())));
        var app = builder.Build();
        var it = new FakeRedfish(app, find);
        app.Run(it.ServeAsync);
        await app.StartAsync();
        it.Port = new Uri(app.Urls.Single()).Port;
        return it;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext http)
    {
        if (_find(http.Connection.LocalIpAddress!.MapToIPv4()) is not { } bmc)
        {
            http.Abort();
            return;
        }
        using var _ = bmc.Enter();
        if (bmc.Deaf)
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            return;
        }
        if (bmc.Busy > 0)
        {
            bmc.Busy--;
            http.Response.Headers.RetryAfter = "1";
            await RefuseAsync(http, 503, "the service is starting");
            return;
        }
        var login = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{bmc.User}:{bmc.Password}"));
        if (http.Request.Headers.Authorization != $"Basic {login}")
        {
            await RefuseAsync(http, 401, "who are you?");
            return;
        }
        switch (http.Request.Method, http.Request.Path.Value)
        {
            case ("GET", "/redfish/v1/Systems"):
                await AnswerAsync(http, $$"""{"@odata.id":"/redfish/v1/Systems","Members":[{"@odata.id":"{{SystemPath}}"}],"Members@odata.count":1}""");
                break;
            case ("GET", SystemPath):
                http.Response.Headers.ETag = "W/\"7\"";
                await AnswerAsync(http, SystemOf(bmc));
                break;
            case ("PATCH", SystemPath):
                await PatchAsync(http, bmc);
                break;
            case ("POST", SystemPath + "/Actions/ComputerSystem.Reset"):
                using (var body = await JsonDocument.ParseAsync(http.Request.Body))
                {
                    var type = body.RootElement.GetProperty("ResetType").GetString()!;
                    if (bmc.Reset(type))
                        http.Response.StatusCode = 204;
                    else
                        await RefuseAsync(http, 400, $"the value {type} for ResetType is not in the list");
                }
                break;
            default:
                await RefuseAsync(http, 404, "no such resource");
                break;
        }
    }

    private static async Task PatchAsync(HttpContext http, FakeBmc bmc)
    {
        if (bmc.WantsETag && http.Request.Headers.IfMatch != "W/\"7\"")
        {
            await RefuseAsync(http, 428, "If-Match is missing");
            return;
        }
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        var boot = body.RootElement.GetProperty("Boot");
        bmc.BootOnce = boot.GetProperty("BootSourceOverrideTarget").GetString()!;
        if (boot.TryGetProperty("BootSourceOverrideMode", out var mode))
            bmc.BootMode = mode.GetString()!;
        http.Response.StatusCode = 204;
    }

    private static string SystemOf(FakeBmc bmc)
    {
        var types = bmc.ResetTypes is null ? "" : $",\"ResetType@Redfish.AllowableValues\":[{string.Join(',', bmc.ResetTypes.Select(t => $"\"{t}\""))}]";
        return $$$"""
            {"@odata.id":"{{{SystemPath}}}","@odata.type":"#ComputerSystem.v1_20_0.ComputerSystem","Id":"1","Name":"System","PowerState":"{{{(bmc.On ? "On" : "Off")}}}",
            "Boot":{"BootSourceOverrideEnabled":"Disabled","BootSourceOverrideTarget":"None","BootSourceOverrideMode":"{{{bmc.BootMode}}}"},
            "Actions":{"#ComputerSystem.Reset":{"target":"{{{SystemPath}}}/Actions/ComputerSystem.Reset"{{{types}}} } } }
            """;
    }

    private static Task AnswerAsync(HttpContext http, string json)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json);
    }

    private static Task RefuseAsync(HttpContext http, int status, string message)
    {
        http.Response.StatusCode = status;
        return AnswerAsync(http, $$$"""{"error":{"code":"Base.1.0.GeneralError","message":"no","@Message.ExtendedInfo":[{"MessageId":"Base.1.0.X","Message":"{{{message}}}"}]}}""");
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=bmc", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
