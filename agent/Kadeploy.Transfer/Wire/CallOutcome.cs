using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>What came of a call: an open socket with a welcome, a refusal (welcome without socket), or an error.</summary>
/// <param name="DataKey">With a socket: for image bytes on it; <see cref="Handshake.DataKey"/>.</param>
internal readonly record struct CallOutcome(Socket? Socket, Welcome? Welcome, CallError Error, byte[] DataKey);

/// <summary>Why a call got no signed answer.</summary>
internal enum CallError
{
    None,

    /// <summary>The host is up, nobody listens there.</summary>
    RefusedByHost,

    /// <summary>The network says there is no way.</summary>
    NoRoute,

    /// <summary>No SYN-ACK in time.</summary>
    NoAnswerFromHost,

    /// <summary>Connected, but the process did not answer in time.</summary>
    Unanswered,

    /// <summary>Connected, but the process hung up: it has just ended, or it does not take the key for right.</summary>
    HungUp,

    /// <summary>The process does not know the transfer.</summary>
    Unknown,

    /// <summary>The answer does not prove the key.</summary>
    Foreign,
}
