using Kadeploy.Api.Operations;

namespace Kadeploy.Controller.Storage;

/// <summary>An operation as <see cref="StatisticsStore"/> has it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it was.</param>
/// <param name="User">Who started it.</param>
/// <param name="Environment"><c>name:version</c>; empty for none.</param>
/// <param name="StartedAt">When it was accepted.</param>
internal sealed record OperationLine(string Id, OperationKind Kind, string User, string Environment, DateTimeOffset StartedAt)
{
    /// <summary>Where it stands among all operations, as the store knows.</summary>
    public long Position { get; init; }
}
