using System.Globalization;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Power;

/// <summary>Calls ipmitool: IPMI 2.0 over LAN, the password in its environment because arguments can be read by every user.</summary>
internal sealed class IpmiTool(IpmiConfiguration configuration)
{
    /// <summary>Runs one <c>chassis</c> command, again when nothing answered.</summary>
    /// <returns>Its standard output, or the failure.</returns>
    public async Task<(string Output, PowerOutcome? Failure)> ChassisAsync(
        string node, BmcAddress bmc, string password, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        // -v: without it a refused password and a silent BMC read the same. -N/-R: the protocol's own retries must end before the deadline.
        IReadOnlyList<string> arguments =
        [
            "-v", "-I", "lanplus", "-C", Number(configuration.CipherSuite), "-N", "1", "-R", "2", "-H", bmc.Host, "-p", Number(bmc.Port),
            "-U", bmc.User, "-E", "chassis", .. command,
        ];
        var environment = new Dictionary<string, string> { ["IPMI_PASSWORD"] = password };
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

    // RAKP is the handshake that proves the password (IPMI 2.0 specification, 13.17 to 13.23): when it is mentioned, something answered.
    private static PowerOutcome Judge(string node, BmcAddress bmc, ProgramResult result)
    {
        var where = $"{bmc.Host}:{bmc.Port} (node {node})";
        if (result.ExitCode == 127 && !result.TimedOut)
            return PowerOutcome.Failed("ipmitool-missing", $"{result.Error}; install Debian's package ipmitool on the controller");
        if (result.Error.Contains("RAKP", StringComparison.Ordinal) || result.Error.Contains("insufficient privilege", StringComparison.OrdinalIgnoreCase))
            return PowerOutcome.Failed("bmc-auth", $"the BMC at {where} refused user '{bmc.User}' or its password, or the cipher suite (ipmi.cipherSuite)");
        if (result.TimedOut || result.Error.Contains("Unable to establish", StringComparison.Ordinal))
            return PowerOutcome.Failed("bmc-unreachable", $"the BMC at {where} does not answer: check its address, its cable and that IPMI over LAN is on");
        return PowerOutcome.Failed("bmc-refused", $"the BMC at {where} answered: {result.LastWords}");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
