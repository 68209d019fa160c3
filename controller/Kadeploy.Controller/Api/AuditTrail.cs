using System.Globalization;
using Kadeploy.Api;
using Kadeploy.Api.Audit;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Users;

namespace Kadeploy.Controller.Api;

/// <summary>Writes a line of the audit log for every request that changes something or was refused a right.</summary>
internal sealed class AuditTrail(AuditStore store, TimeProvider time)
{
    // What a request is about is the caller's text: nobody fills the log with one that is refused. An operation's nodes are in its journal.
    private const int Longest = 4096;

    /// <summary>After the answer is known.</summary>
    public void Answered(HttpContext http, Caller caller)
    {
        var audited = http.GetEndpoint()?.Metadata.GetMetadata<Audited>();
        var problem = http.Features.Get<Problem>();
        if (audited is null && problem?.Status != 403)
            return;
        var note = http.Features.Get<AuditNote>();
        store.Add(new AuditEntry(
            0,
            time.GetUtcNow(),
            caller.User,
            audited?.Action ?? $"{http.Request.Method} {http.Request.Path}",
            Cut(note?.Subject ?? string.Join('/', http.Request.RouteValues.Values)),
            problem is null ? http.Response.StatusCode.ToString(CultureInfo.InvariantCulture) : $"{problem.Status} {problem.Reason}",
            caller.By,
            caller.Address,
            note?.Detail is { } detail ? Cut(detail) : null));
    }

    private static string Cut(string text) => text.Length <= Longest ? text : text[..Longest] + "…";
}
