using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Kadeploy.Transfer;

/// <summary>
/// Mutual proof of the transfer's key by HMAC-SHA256 over fresh nonces of both sides, so that nothing recorded can be played again.
/// Server → "KCH1" + nonce; client → hello + nonce + MAC; server → welcome + MAC.
/// </summary>
internal static class Handshake
{
    private const int NonceSize = 32, MacSize = 32;
    public const int ChallengeSize = 4 + NonceSize;
    public const int HelloSize = Hello.Size + NonceSize + MacSize;
    private static readonly byte[] Magic = "KCH1"u8.ToArray();

    /// <summary>Connects and asks. The socket is null unless the answer is <see cref="HelloStatus.Ok"/>; the error says what went wrong.</summary>
    public static CallOutcome Call(IPEndPoint to, Hello hello, ReadOnlySpan<byte> key, TimeSpan timeout)
    {
        var milliseconds = Math.Max(1, (int)timeout.TotalMilliseconds);
        if (Native.Connect(to, milliseconds, out var errno) is not { } socket)
            return new CallOutcome(null, null, errno switch
            {
                Native.Refused or Native.Reset => CallError.RefusedByHost,
                Native.NoRoute or Native.NetUnreachable => CallError.NoRoute,
                _ => CallError.NoAnswerFromHost,
            }, []);
        var asked = Stopwatch.GetTimestamp();
        CallError Silence() => Stopwatch.GetElapsedTime(asked) < timeout * 0.9 ? CallError.HungUp : CallError.Unanswered;
        try
        {
            socket.ReceiveTimeout = socket.SendTimeout = milliseconds;
            Span<byte> challenge = stackalloc byte[ChallengeSize];
            if (!Wire.Read(socket, challenge))
                return Fail(socket, Silence());
            if (!challenge[..4].SequenceEqual(Magic))
                return Fail(socket, CallError.Foreign);
            Span<byte> message = stackalloc byte[HelloSize];
            hello.Write(message);
            RandomNumberGenerator.Fill(message.Slice(Hello.Size, NonceSize));
            Mac(key, "client"u8, challenge[4..], message[..^MacSize]).CopyTo(message[^MacSize..]);
            Span<byte> answer = stackalloc byte[Welcome.Size + MacSize];
            if (!Wire.Write(socket, message) || !Wire.Read(socket, answer))
                return Fail(socket, Silence());
            var welcome = Welcome.Read(answer);
            var proof = Mac(key, "server"u8, message[Hello.Size..], answer[..Welcome.Size]);
            if (!CryptographicOperations.FixedTimeEquals(proof, answer[Welcome.Size..]))
                return welcome.Status == HelloStatus.Unknown ? Fail(socket, CallError.Unknown) : Fail(socket, CallError.Foreign);
            if (welcome.Status != HelloStatus.Ok)
            {
                socket.Dispose();
                return new CallOutcome(null, welcome, CallError.None, []);
            }
            socket.ReceiveTimeout = socket.SendTimeout = 0;
            return new CallOutcome(socket, welcome, CallError.None, DataKey(key, challenge, message));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return Fail(socket, CallError.Unanswered);
        }
    }

    /// <summary>Server: sends the challenge and reads the hello; null when it is not one. Both buffers are what the MACs cover.</summary>
    public static Hello? Receive(Socket socket, Span<byte> challenge, Span<byte> message, TimeSpan within)
    {
        Magic.CopyTo(challenge);
        RandomNumberGenerator.Fill(challenge[4..]);
        return Wire.Write(socket, challenge) && Wire.Read(socket, message, within) ? Hello.Read(message) : null;
    }

    /// <summary>The key of one connection's image bytes: HKDF (RFC 5869) of the transfer's key, with the nonces of both sides for salt.</summary>
    public static byte[] DataKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> message)
    {
        Span<byte> salt = stackalloc byte[2 * NonceSize];
        challenge[4..].CopyTo(salt);
        message.Slice(Hello.Size, NonceSize).CopyTo(salt[NonceSize..]);
        var made = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, made, salt, "kadeploy chain data 1"u8);
        return made;
    }

    /// <summary>Server: whether the hello proves the key.</summary>
    public static bool Proven(ReadOnlySpan<byte> key, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> message) =>
        CryptographicOperations.FixedTimeEquals(Mac(key, "client"u8, challenge[4..], message[..^MacSize]), message[^MacSize..]);

    /// <summary>Server: sends the signed answer.</summary>
    public static bool Answer(Socket socket, Welcome welcome, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        Span<byte> answer = stackalloc byte[Welcome.Size + MacSize];
        welcome.Write(answer);
        if (key.IsEmpty)
            answer[Welcome.Size..].Clear();
        else
            Mac(key, "server"u8, message[Hello.Size..], answer[..Welcome.Size]).CopyTo(answer[Welcome.Size..]);
        return Wire.Write(socket, answer);
    }

    private static CallOutcome Fail(Socket socket, CallError error)
    {
        socket.Dispose();
        return new CallOutcome(null, null, error, []);
    }

    private static byte[] Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> role, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mac.AppendData(role);
        mac.AppendData(first);
        mac.AppendData(second);
        return mac.GetHashAndReset();
    }
}
