namespace Kadeploy.Transfer;

/// <summary>Dedicated threads with small stacks; a blocking socket call per thread relays as fast as C (measured).</summary>
internal static class Threads
{
    public static Thread Start(string name, Action run)
    {
        var thread = new Thread(() => run(), 256 << 10) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }
}
