using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Kadeploy.Api;
using DeploymentEvent = Kadeploy.Deployments.Engine.DeploymentEvent;

namespace Kadeploy.Controller.Api;

/// <summary>
/// Events as they go over the wire (Server-Sent Events: WHATWG HTML, 9.2), written once however many watch. What it keeps is bounded: what is not found any
/// more is written again.
/// </summary>
internal sealed class EventFrames
{
    // Of about 300 bytes each.
    private const int Places = 1 << 14;

    // What differs from stream to stream is the number, which comes first.
    private static readonly byte[] Start = "{\"seq\":0"u8.ToArray();

    private readonly Made?[] _made = new Made?[Places];

    /// <summary>Writes one event.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="it">The event: the same object for every watcher.</param>
    /// <param name="seq">Its number on this stream.</param>
    /// <param name="holdsUp">What of its node limits its chain now.</param>
    public void Write(IBufferWriter<byte> to, DeploymentEvent it, long seq, string? holdsUp)
    {
        ref var place = ref _made[RuntimeHelpers.GetHashCode(it) & (Places - 1)];
        if (Volatile.Read(ref place) is not { } made || !ReferenceEquals(made.Event, it) || made.HoldsUp != holdsUp)
            Volatile.Write(ref place, made = new Made(it, holdsUp, Rest(it, holdsUp)));
        // Two numbers, a type and what stands between them.
        var span = to.GetSpan(made.Rest.Length + 128);
        var at = 0;
        Put(span, "id: "u8, ref at);
        Put(span, seq, ref at);
        Put(span, "\nevent: "u8, ref at);
        at += Encoding.ASCII.GetBytes(DeploymentMapping.TypeOf(it.Kind), span[at..]);
        Put(span, "\ndata: {\"seq\":"u8, ref at);
        Put(span, seq, ref at);
        Put(span, made.Rest, ref at);
        to.Advance(at);
    }

    private static byte[] Rest(DeploymentEvent it, string? holdsUp)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(DeploymentMapping.ToContract(it, 0, holdsUp), ApiJson.Default.DeploymentEvent);
        return json.AsSpan().StartsWith(Start)
            ? [.. json.AsSpan(Start.Length), (byte)'\n', (byte)'\n']
            : throw new InvalidOperationException("an event's number is no longer what its JSON begins with");
    }

    private static void Put(Span<byte> to, ReadOnlySpan<byte> bytes, ref int at)
    {
        bytes.CopyTo(to[at..]);
        at += bytes.Length;
    }

    private static void Put(Span<byte> to, long number, ref int at)
    {
        number.TryFormat(to[at..], out var written, provider: CultureInfo.InvariantCulture);
        at += written;
    }

    private sealed record Made(DeploymentEvent Event, string? HoldsUp, byte[] Rest);
}
