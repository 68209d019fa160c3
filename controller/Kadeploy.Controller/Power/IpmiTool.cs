using System.Globalization;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Power;

/// <summary>Calls ipmitool: IPMI 2.0 over LAN, the password in its environment because arguments can be read by every user.</summary>
internal sealed class IpmiTool(IpmiConfiguration configuration)
{
    // What ipmitool says when a BMC refuses; RAKP is the handshake that proves the password (IPMI 2.0 specification, 13.17 to 13.23).
    private static readonly string[] Refusals = ["HMAC is invalid", "message indicates an error", "invalid integrity check value", "insufficient privilege"];

    // Refusals of a BMC that has too many sessions, or forgot this one.
    private static readonly string[] Passing = ["insufficient resources", "session ID"];

    /// <summary>Runs one <c>chassis</c> command, again when nothing answered.</summary>
    /// <returns>Its standard output, or the failure.</returns>
    public async Task<(string Output, PowerOutcome? Failure)> ChassisAsync(
        string node, BmcAddress bmc, string password, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        // -v: without it a refused password and a silent BMC read the same. -N/-R: the protocol's own retries must end before the deadline.
        IReadOnlyList<string> arguments = ["-v", "-N", "1", "-R", "2", .. Access(bmc), "chassis", .. command];
        var environment = Environment(password);
        for (var left = configuration.Retries; ; left--)
        {
            var result = await ProgramRunner.RunAsync("ipmitool", arguments, environment, configuration.Timeout, cancellationToken);
            if (result.Succeeded)
                return (result.Output, null);
            var failure = Judge(node, bmc, result);
            if (failure.Failure!.Reason != "bmc-unreachable" || left == 0)
                return ("", failure);
        }
    }

    /// <summary>Serial over LAN until the talk is over; the BMC is told then, for it has one such session only.</summary>
    /// <param name="bmc">The BMC.</param>
    /// <param name="password">Its password.</param>
    /// <param name="force">Ends somebody else's session first.</param>
    /// <param name="talk">Gets the console's input, its output, and what ipmitool complains of.</param>
    /// <returns>Null, or why it could not be started.</returns>
    public async Task<string?> ConsoleAsync(BmcAddress bmc, string password, bool force, Func<Stream, Stream, Stream, Task> talk)
    {
        if (force)
            await DeactivateAsync();
        try
        {
            // Without a terminal of its own it reads its standard input as it comes. Escape character: one that no keyboard sends.
            return await ProgramRunner.ConverseAsync("ipmitool", [.. Access(bmc), "-e", "\u001e", "sol", "activate"], Environment(password), talk);
        }
        finally
        {
            await DeactivateAsync();
        }

        Task DeactivateAsync() => ProgramRunner.RunAsync(
            "ipmitool", ["-N", "1", "-R", "2", .. Access(bmc), "sol", "deactivate"], Environment(password), configuration.Timeout, CancellationToken.None);
    }

    private IReadOnlyList<string> Access(BmcAddress bmc) =>
        ["-I", "lanplus", "-C", Number(configuration.CipherSuite), "-H", bmc.Host, "-p", Number(bmc.Port), "-U", bmc.User, "-E"];

    private static Dictionary<string, string> Environment(string password) => new() { ["IPMI_PASSWORD"] = password };

    private static PowerOutcome Judge(string node, BmcAddress bmc, ProgramResult result)
    {
        var where = $"{bmc.Host}:{bmc.Port} (node {node})";
        if (result.ExitCode == 127 && !result.TimedOut)
            return PowerOutcome.Failed("ipmitool-missing", $"{result.Error}; install Debian's package ipmitool on the controller");
        if (Says(Refusals) && !Says(Passing))
            return PowerOutcome.Failed("bmc-auth", $"the BMC at {where} refused user '{bmc.User}' or its password, or the cipher suite (ipmi.cipherSuite)");
        if (result.TimedOut || Says(["Unable to establish"]))
            return PowerOutcome.Failed("bmc-unreachable", Says(["RAKP"])
                ? $"the BMC at {where} answers, but breaks off while a session is made: it is busy or hangs (reset it), or drops user '{bmc.User}' without a word"
                : $"the BMC at {where} does not answer: check its address, its cable and that IPMI over LAN is on");
        return PowerOutcome.Failed("bmc-refused", $"the BMC at {where} answered: {result.LastWords}");

        bool Says(string[] words) => words.Any(word => result.Error.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
