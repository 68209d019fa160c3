namespace Kadeploy.Controller.Configuration;

/// <summary>How ipmitool is called.</summary>
/// <param name="CipherSuite">ipmitool's <c>-C</c>: 3 is understood by every BMC that speaks IPMI 2.0, 17 is the better one where it is.</param>
/// <param name="Timeout">Time for one command, retries of the protocol included.</param>
/// <param name="Retries">Further tries when the BMC does not answer.</param>
internal sealed record IpmiConfiguration(int CipherSuite, TimeSpan Timeout, int Retries);
