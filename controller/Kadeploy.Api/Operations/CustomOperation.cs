using System.Text.Json.Serialization;

namespace Kadeploy.Api.Operations;

/// <summary>Something of the user's that runs on every node before, after or instead of a micro-step; never on the controller.</summary>
/// <param name="Step"><c>MACRO/micro_step</c>, where MACRO is a macro-step or one of its instances: <c>BroadcastEnv/configure</c>.</param>
/// <param name="When">Where it stands to that step.</param>
/// <param name="Name">For messages.</param>
/// <param name="Action">What it does.</param>
/// <param name="Command">For exec: a command line.</param>
/// <param name="Content">For send and run: the file, base64.</param>
/// <param name="Destination">For send: absolute path on the node; <c>$KADEPLOY_…</c> is replaced (<c>$KADEPLOY_TARGET/etc/motd</c>).</param>
/// <param name="Parameters">For run: the file's arguments, as a shell reads them.</param>
/// <param name="Timeout">For one try: seconds, or a formula of the number of nodes <c>n</c>; absent: 600.</param>
/// <param name="Retries">How many more tries after the first one.</param>
/// <param name="OnFailure">What a failure after the last try means; absent: <see cref="FailurePolicy.Fail"/>.</param>
public sealed record CustomOperation(
    string Step,
    Placement When,
    string Name,
    CustomAction Action,
    string? Command = null,
    string? Content = null,
    string? Destination = null,
    string? Parameters = null,
    string? Timeout = null,
    int Retries = 0,
    FailurePolicy? OnFailure = null);

/// <summary>Where a custom operation stands to its micro-step.</summary>
[JsonConverter(typeof(KebabEnumConverter<Placement>))]
public enum Placement
{
    Before,
    After,
    Instead,
}

/// <summary>What a custom operation does.</summary>
[JsonConverter(typeof(KebabEnumConverter<CustomAction>))]
public enum CustomAction
{
    /// <summary>Runs a command line.</summary>
    Exec,

    /// <summary>Writes a file.</summary>
    Send,

    /// <summary>Runs a file with parameters.</summary>
    Run,
}

/// <summary>What a custom operation that failed means for its node.</summary>
[JsonConverter(typeof(KebabEnumConverter<FailurePolicy>))]
public enum FailurePolicy
{
    /// <summary>The node has failed in this step: the instance is tried again, or the next one, as for any other step.</summary>
    Fail,

    /// <summary>The node goes on.</summary>
    Ignore,
}
