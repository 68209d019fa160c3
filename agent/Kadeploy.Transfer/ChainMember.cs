using System.Net;

namespace Kadeploy.Transfer;

/// <summary>One member of a chain: its name as the controller knows it, and the address its <see cref="ChainListener"/> answers on.</summary>
/// <param name="Name">Unique within a plan; verdicts name members by it.</param>
/// <param name="EndPoint">IP address and port.</param>
public sealed record ChainMember(string Name, IPEndPoint EndPoint);
