using System.Text;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Trust;

namespace Kadeploy.Controller.Boot;

/// <summary>
/// <c>POST /report/{token}</c>: an installed system says that it is up, with its boot id as the body. The token was written into that
/// system by the configure step, and is good until the node is deployed anew, from where the node is: it travels in the clear.
/// </summary>
internal static class ReportEndpoint
{
    private const int MostBytes = 128;

    public static async Task<IResult> AcceptAsync(
        string token, HttpContext http, ReportStore reports, NodeStore nodes, NodeAddresses elsewhere, BootReports seen, Refusals refusals, CancellationToken cancellationToken)
    {
        var buffer = new byte[MostBytes];
        var read = await http.Request.Body.ReadAtLeastAsync(buffer, MostBytes, throwOnEndOfStream: false, cancellationToken);
        if (read == MostBytes || !Guid.TryParse(Encoding.ASCII.GetString(buffer, 0, read).Trim(), out var bootId))
            return Results.Text("the body must be /proc/sys/kernel/random/boot_id\n", statusCode: StatusCodes.Status400BadRequest);
        var address = http.Connection.RemoteIpAddress?.ToString();
        var use = reports.NodeOf(token) is { } name && nodes.Find(name)?.Node is { } node && elsewhere.IsElsewhereInstalled(node, address)
            ? new ReportUse.Refused(name, "other-address", $"{name} is at {node.Address} (checkAddresses in kadeployd.yaml)")
            : await reports.AcceptAsync(token, bootId.ToString("D"));
        switch (use)
        {
            case ReportUse.Accepted(var report):
                seen.Publish(report);
                return Results.NoContent();
            case ReportUse.Refused no:
                // One answer for every refusal: whoever guesses learns nothing.
                refusals.Note("boot.report", no.Node, no.Reason, address, no.Detail);
                return Results.NotFound();
            default:
                throw new InvalidOperationException("a report is accepted or refused");
        }
    }
}
