namespace Kadeploy.Controller.Configuration;

/// <summary>Sockets of power strips: what they feed, and the command that switches them.</summary>
/// <param name="Program">An absolute path.</param>
/// <param name="Arguments">With <c>{command}</c> (<c>on</c> or <c>off</c>) and <c>{outlet}</c>.</param>
/// <param name="Timeout">For one call.</param>
/// <param name="Pause">How long an outlet stays off: power supplies run on for a while.</param>
/// <param name="Feeds">The nodes behind each outlet.</param>
internal sealed record OutletConfiguration(
    string Program, IReadOnlyList<string> Arguments, TimeSpan Timeout, TimeSpan Pause, IReadOnlyDictionary<string, IReadOnlyList<string>> Feeds);
