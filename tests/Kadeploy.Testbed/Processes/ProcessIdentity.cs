using System.Globalization;

namespace Kadeploy.Testbed.Processes;

/// <summary>A process that cannot be confused with a later one of the same number.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="StartTicks">When it started, in clock ticks since the machine's start (proc(5), stat field 22).</param>
internal sealed record ProcessIdentity(int Pid, ulong StartTicks)
{
    /// <summary>The process that has this number now; null when there is none or it is a zombie.</summary>
    public static ProcessIdentity? Of(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return null;
        }

        // The second field is the command in parentheses, and may itself contain both spaces and parentheses.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        // A zombie has ended; in a container nobody may ever reap it.
        if (fields[0] is "Z" or "X")
            return null;
        return new ProcessIdentity(pid, ulong.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    public bool IsAlive => Of(Pid) == this;
}
