using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kadeploy.Controller.Trust;

/// <summary>
/// TLS handshakes in the order in which their callers spoke, some at a time: when a whole cluster dials at once, each is done soon after it was begun,
/// instead of all of them so late that their callers have given up and dial again.
/// </summary>
internal static class HandshakeQueue
{
    private const int AtOnce = 64;

    // Whoever is slow, or only pretends to shake hands, waits beside the queue.
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstByteLimit = TimeSpan.FromSeconds(10);

    /// <summary>Puts the queue before the listener's TLS, which <paramref name="useTls"/> adds.</summary>
    public static void Before(ListenOptions listen, Action useTls)
    {
        var turns = new SemaphoreSlim(AtOnce);
        listen.Use(next => async connection =>
        {
            if (!await SpokenAsync(connection) || !await TurnAsync(turns, connection))
                return;
            var turn = new Turn(turns);
            await using var limit = new Timer(static turn => ((Turn)turn!).End(), turn, LongestTurn, Timeout.InfiniteTimeSpan);
            connection.Features.Set(turn);
            try
            {
                await next(connection);
            }
            finally
            {
                turn.End();
            }
        });
        useTls();
        listen.Use(next => connection =>
        {
            connection.Features.Get<Turn>()!.End();
            return next(connection);
        });
    }

    // The bytes stay where they are.
    private static async Task<bool> SpokenAsync(ConnectionContext connection)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        limit.CancelAfter(FirstByteLimit);
        try
        {
            var read = await connection.Transport.Input.ReadAsync(limit.Token);
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            return !read.Buffer.IsEmpty;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            return false;
        }
    }

    private static async Task<bool> TurnAsync(SemaphoreSlim turns, ConnectionContext connection)
    {
        try
        {
            await turns.WaitAsync(connection.ConnectionClosed);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private sealed class Turn(SemaphoreSlim turns)
    {
        private int _ended;

        public void End()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
                turns.Release();
        }
    }
}
