namespace Kadeploy.Api.Environments;

/// <summary>
/// One line of the answer to <c>POST /v1/environments</c> when the client accepts <see cref="MediaType"/>: how far the image is read, some times a
/// second, and as the last line the environment or why it cannot be registered. The status is 200 in any case.
/// </summary>
/// <param name="Done">Bytes read.</param>
/// <param name="Total">Bytes of the image; absent while unknown.</param>
/// <param name="Environment">The environment: the last line.</param>
/// <param name="Problem">Why there is none: the last line.</param>
public sealed record RegistrationStep(long? Done = null, long? Total = null, EnvironmentInfo? Environment = null, Problem? Problem = null)
{
    /// <summary>One JSON document a line.</summary>
    public const string MediaType = "application/x-ndjson";
}
