using System.Net.Sockets;
using Kadeploy.TestSupport;

namespace Kadeploy.Transfer.Tests;

/// <summary>Whoever speaks garbage to a member's port, or to it with a key that is not the transfer's, changes nothing for the transfer.</summary>
public sealed class FuzzTests
{
    [Fact]
    public async Task Listener_GarbageDuringATransfer_EveryNodeEndsWithTheImage()
    {
        using var chain = new Chain(3, Chain.RandomImage(12_000_000), tunables: Chain.Patient);
        // Part of the image is written when the attack begins, and the rest when it is over.
        using var half = new ManualResetEventSlim();
        using var over = new ManualResetEventSlim();
        chain.Sinks[2].BeforeAppend = at =>
        {
            if (at < 1_000_000)
                return;
            half.Set();
            over.Wait(TimeSpan.FromSeconds(60));
        };
        var runs = chain.StartHead().StartAll();

        Assert.True(await Task.Run(() => half.Wait(TimeSpan.FromSeconds(60))), "node 2 did not receive in 60 s");
        Attack(chain);
        over.Set();

        var results = await Chain.All(runs);
        for (var i = 1; i <= 3; i++)
            chain.AssertWhole(results[i - 1], i);
    }

    [Fact]
    public async Task Listener_MutatedHandshakes_NoneIsLetInAndTheTransferWorks()
    {
        using var chain = new Chain(1, Chain.RandomImage(1_000_000), tunables: Chain.Patient);
        // Both members know the transfer for as long as the node has not written it: it is their keys that are asked for.
        using var over = new ManualResetEventSlim();
        chain.Sinks[1].BeforeAppend = _ => over.Wait(TimeSpan.FromMinutes(2));
        var proofs = 0;
        for (var i = 0; i < 2; i++)
            chain.Listener(i).Refused = (_, why) => Interlocked.Add(ref proofs, why == "no-key" ? 1 : 0);
        var runs = chain.StartHead().StartAll();

        Attack(chain);
        over.Set();

        Assert.NotEqual(0, Volatile.Read(ref proofs));
        chain.AssertWhole((await Chain.All(runs))[0], 1);
    }

    private static void Attack(Chain chain)
    {
        for (var seed = 0; seed < Fuzz.Cases(300); seed++)
            Assert.True(Try(chain, seed) is not HelloStatus.Ok, $"seed {seed} was let in");
    }

    /// <summary>What one caller without the key is answered; null when it is hung up on.</summary>
    private static HelloStatus? Try(Chain chain, int seed)
    {
        var fuzz = new Fuzz(seed);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000, SendTimeout = 20_000 };
        try
        {
            socket.Connect(chain.Listener(fuzz.Random.Next(2)).EndPoint);
            Span<byte> challenge = stackalloc byte[Handshake.ChallengeSize];
            if (!Wire.Read(socket, challenge))
                return null;
            var message = new byte[Handshake.HelloSize];
            var hello = new Hello(
                (HelloKind)fuzz.Random.Next(1, 6), chain.Plan.TransferId, chain.Plan.Epoch, fuzz.Random.Next(4), fuzz.Random.Next(4), fuzz.Random.NextInt64(),
                fuzz.Random.NextInt64(), (ulong)fuzz.Random.NextInt64(), fuzz.Random.Next(-1, 4), (VerdictCode)fuzz.Random.Next(12));
            hello.Write(message);
            fuzz.Noise(message.Length - Hello.Size).CopyTo(message, Hello.Size);
            if (seed % 2 == 0)
                message = fuzz.Mutate(message);
            if (!Wire.Write(socket, message))
                return null;
            // A message that is too short is waited for: say that there is no more.
            socket.Shutdown(SocketShutdown.Send);
            Span<byte> answer = stackalloc byte[Welcome.Size];
            return Wire.Read(socket, answer) ? Welcome.Read(answer).Status : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
