using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Environments;
using Kadeploy.Controller.Environments;

namespace Kadeploy.Controller.Api;

/// <summary>Registers an environment and tells meanwhile how far its image is read, one JSON document a line (<see cref="RegistrationStep"/>).</summary>
internal static class RegistrationStream
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    public static async Task ServeAsync(HttpContext http, Func<Action<long, long>, CancellationToken, Task<Registration>> register)
    {
        var (done, total, cancel) = (0L, 0L, http.RequestAborted);
        http.Response.ContentType = RegistrationStep.MediaType;
        var work = register(
            (bytes, all) =>
            {
                Volatile.Write(ref total, all);
                Volatile.Write(ref done, bytes);
            },
            cancel);
        while (await Task.WhenAny(work, Task.Delay(Interval, cancel)) != work)
        {
            var (bytes, all) = (Volatile.Read(ref done), Volatile.Read(ref total));
            await WriteAsync(http, new RegistrationStep(bytes, all > 0 ? all : null));
        }
        await WriteAsync(http, await work switch
        {
            Registration.Done it => new RegistrationStep(Environment: ApiMapping.ToContract(it.Environment)),
            Registration.Refused no => new RegistrationStep(
                Problem: new Problem(Problem.Prefix + no.Reason, EnvironmentEndpoints.RefusedTitle, no.Status, no.Detail, null, no.Field)),
            _ => throw new InvalidOperationException("a registration is either done or refused"),
        });
    }

    private static async Task WriteAsync(HttpContext http, RegistrationStep step)
    {
        await http.Response.Body.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(step, ApiJson.Default.RegistrationStep), (byte)'\n'], http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}
