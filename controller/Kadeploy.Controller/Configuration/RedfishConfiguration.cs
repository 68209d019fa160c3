namespace Kadeploy.Controller.Configuration;

/// <summary>How Redfish services are talked to.</summary>
/// <param name="VerifyCertificates">Whether a BMC must show a certificate that this machine trusts for its name.</param>
/// <param name="Timeout">For one request.</param>
/// <param name="Retries">Further tries when the BMC does not answer.</param>
internal sealed record RedfishConfiguration(bool VerifyCertificates, TimeSpan Timeout, int Retries);
