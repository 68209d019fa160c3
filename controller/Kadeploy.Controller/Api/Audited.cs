namespace Kadeploy.Controller.Api;

/// <summary>On an endpoint: under which name its requests stand in the audit log.</summary>
/// <param name="Action">Noun and verb: <c>right.grant</c>.</param>
internal sealed record Audited(string Action);

/// <summary>On a request: what it is about, as the audit log tells it.</summary>
/// <param name="Subject">Nodes, an environment, an id.</param>
/// <param name="Detail">What else there is to say.</param>
internal sealed record AuditNote(string Subject, string? Detail);

/// <summary>What endpoints say to the audit log.</summary>
internal static class AuditNotes
{
    public static TBuilder AuditAs<TBuilder>(this TBuilder endpoint, string action) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Audited(action));

    /// <summary>Says what a request is about. Without it, what its path names.</summary>
    public static void About(this HttpContext http, string subject, string? detail = null) => http.Features.Set(new AuditNote(subject, detail));
}
