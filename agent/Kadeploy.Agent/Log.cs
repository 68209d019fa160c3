using System.Text;
using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent;

/// <summary>
/// One line a thought on the machine's console, with the seconds since the kernel started. System.Console would read terminfo and take over
/// signals, which PID 1 has no use for.
/// </summary>
internal static class Log
{
    public static void Line(string text)
    {
        var uptime = Environment.TickCount64;
        Write($"kadeploy: [{uptime / 1000}.{uptime % 1000:000}] {text.TrimEnd().ReplaceLineEndings("\n          ")}\n");
    }

    private static unsafe void Write(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
            _ = Descriptors.Write(2, start, (nuint)bytes.Length);
    }
}
