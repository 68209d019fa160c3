using System.Text;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Trust;

namespace Kadeploy.Controller.Boot;

/// <summary>
/// <c>POST /report/{token}</c>: an installed system says that it is up, with its boot id as the body. The token was written into that
/// system by the configure step, and is good for one report.
/// </summary>
internal static class ReportEndpoint
{
    private const int MostBytes = 128;

    public static async Task<IResult> AcceptAsync(string token, HttpContext http, ReportStore reports, BootReports seen, Refusals refusals, CancellationToken cancellationToken)
    {
        var buffer = new byte[MostBytes];
        var read = await http.Request.Body.ReadAtLeastAsync(buffer, MostBytes, throwOnEndOfStream: false, cancellationToken);
        if (read == MostBytes || !Guid.TryParse(Encoding.ASCII.GetString(buffer, 0, read).Trim(), out var bootId))
            return Results.Text("the body must be /proc/sys/kernel/random/boot_id\n", statusCode: StatusCodes.Status400BadRequest);
        // One answer for every refusal: whoever guesses learns nothing.
        if (await reports.AcceptAsync(token, bootId.ToString("D")) is not { } report)
        {
            refusals.Note("boot.report", "", "unknown-token", http.Connection.RemoteIpAddress?.ToString(), null);
            return Results.NotFound();
        }
        seen.Publish(report);
        return Results.NoContent();
    }
}
