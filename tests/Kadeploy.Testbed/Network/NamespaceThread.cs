using System.ComponentModel;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Kadeploy.Testbed.Network;

/// <summary>
/// Runs code of this process inside a network namespace. A socket belongs for ever to the namespace that it was made in, whichever thread
/// uses it later; so it is enough to make it here.
/// </summary>
internal static partial class NamespaceThread
{
    private const int CloneNewNet = 0x40000000;

    /// <summary>Runs the action on a thread of its own that has moved to the namespace and ends with the action.</summary>
    public static T Run<T>(string networkNamespace, Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        // Never a thread of the pool: a thread cannot be trusted to have come back.
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle($"{NetworkNamespace.Folder}/{networkNamespace}");
                if (setns((int)handle.DangerousGetHandle(), CloneNewNet) != 0)
                    throw new Win32Exception(Marshal.GetLastPInvokeError(), $"cannot enter the network namespace {networkNamespace}");
                result = action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    // setns(2)
    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int type);
}
