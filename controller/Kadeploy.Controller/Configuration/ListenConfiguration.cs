using System.Net;

namespace Kadeploy.Controller.Configuration;

/// <summary>Where kadeployd listens.</summary>
/// <param name="Api">REST for people and schedulers, over TLS; loopback by default.</param>
/// <param name="Agents">gRPC (HTTP/2, prior knowledge) for the agents.</param>
/// <param name="Boot">HTTP for firmware and iPXE.</param>
/// <param name="Chain">The image's own connections.</param>
internal sealed record ListenConfiguration(IPEndPoint Api, IPEndPoint Agents, IPEndPoint Boot, IPEndPoint Chain);
