using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>Measures how fast a member can send to this one, with half a mebibyte that is thrown away.</summary>
internal static class PathProbe
{
    private const int Size = 512 << 10;

    // Shapers and TCP let the first bytes through faster than the path is.
    private const int Unmeasured = 192 << 10;

    /// <summary>Bytes per second; 0 when it is below <paramref name="enough"/> or could not be measured.</summary>
    public static long Measure(Member member, int server, long offset, long enough)
    {
        var plan = member.Plan;
        var hello = new Hello(HelloKind.Probe, plan.TransferId, plan.Epoch, member.Self, server, Math.Max(0, Math.Min(offset, plan.Manifest.Length - Size)),
            Size, 0, -1, VerdictCode.None);
        var call = Handshake.Call(plan.Members[server].EndPoint, hello, member.Key, plan.Tunables.ConnectTimeout);
        if (call.Socket is not { } socket)
            return 0;
        using (socket)
        {
            var limit = TimeSpan.FromSeconds(Math.Min(0.5, Size / (double)Math.Max(1, enough)));
            socket.ReceiveTimeout = Math.Max(1, (int)limit.TotalMilliseconds);
            var began = member.Time.GetTimestamp();
            long start = 0;
            var (got, counted) = (0, 0);
            var buffer = new byte[64 << 10];
            while (got < Size && member.Time.GetElapsedTime(began) <= limit + limit)
            {
                int n;
                try
                {
                    n = socket.Receive(buffer);
                }
                catch (SocketException)
                {
                    return 0;
                }
                if (n == 0)
                    break;
                got += n;
                if (start != 0)
                    counted += n;
                else if (got >= Unmeasured)
                    start = member.Time.GetTimestamp();
            }
            if (counted == 0)
                return 0;
            var rate = (long)(counted / Math.Max(1e-6, member.Time.GetElapsedTime(start).TotalSeconds));
            return rate >= enough ? rate : 0;
        }
    }
}
