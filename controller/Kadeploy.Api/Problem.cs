namespace Kadeploy.Api;

/// <summary>An error answer: problem details of RFC 9457, served as <c>application/problem+json</c>.</summary>
/// <param name="Type"><c>urn:kadeploy:</c> followed by a stable reason in kebab-case, for example <c>urn:kadeploy:unknown-node</c>.</param>
/// <param name="Title">The kind of problem in a few words; the same for every occurrence.</param>
/// <param name="Status">The HTTP status code.</param>
/// <param name="Detail">This occurrence, for a person: what, with what, and what to do.</param>
/// <param name="Nodes">The nodes concerned, if any.</param>
/// <param name="Field">The field of the request at fault, as a path (<c>image.file</c>), if any.</param>
/// <param name="Busy">Nodes that belong to other operations: which, whose, since when; with <c>node-busy</c>.</param>
public sealed record Problem(
    string Type,
    string Title,
    int Status,
    string? Detail = null,
    IReadOnlyList<string>? Nodes = null,
    string? Field = null,
    IReadOnlyList<Operations.BusyNode>? Busy = null)
{
    /// <summary>What every <see cref="Type"/> of ours begins with.</summary>
    public const string Prefix = "urn:kadeploy:";

    /// <summary>Media type of the answer.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>The stable reason without its prefix: <c>unknown-node</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Reason => Type.StartsWith(Prefix, StringComparison.Ordinal) ? Type[Prefix.Length..] : Type;
}
