using System.Net.Sockets;
using Kadeploy.TestSupport;

namespace Kadeploy.Transfer.Tests;

/// <summary>Whoever speaks garbage to a member's port, or to it with a key that is not the transfer's, changes nothing for the transfer.</summary>
public sealed class FuzzTests
{
    [Fact]
    public async Task Listener_GarbageDuringATransfer_EveryNodeEndsWithTheImage()
    {
        using var chain = new Chain(3, Chain.RandomImage(12_000_000));
        using var stop = new CancellationTokenSource();
        var attack = Task.Run(() => Attack(chain, stop.Token));
        try
        {
            var results = await Chain.All(chain.StartHead().StartAll(), 60);
            for (var i = 1; i <= 3; i++)
                chain.AssertWhole(results[i - 1], i);
        }
        finally
        {
            await stop.CancelAsync();
            Assert.True(await attack > 0);
        }
    }

    [Fact]
    public async Task Listener_MutatedHandshakes_NoneIsLetInAndTheNextTransferWorks()
    {
        using var chain = new Chain(1, Chain.RandomImage(1_000_000));
        for (var seed = 0; seed < Fuzz.Cases(300); seed++)
            Assert.True(Try(chain, seed) is not HelloStatus.Ok, $"seed {seed} was let in");
        chain.AssertWhole((await Chain.All(chain.StartHead().StartAll()))[0], 1);
    }

    // How many connections were made.
    private static int Attack(Chain chain, CancellationToken stop)
    {
        var made = 0;
        for (; !stop.IsCancellationRequested; made++)
            _ = Try(chain, made);
        return made;
    }

    /// <summary>What one caller without the key is answered; null when it is hung up on.</summary>
    private static HelloStatus? Try(Chain chain, int seed)
    {
        var fuzz = new Fuzz(seed);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 2000, SendTimeout = 2000 };
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
