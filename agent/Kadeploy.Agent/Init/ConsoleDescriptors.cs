using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Init;

/// <summary>Standard input, output and error on /dev/console, which an initramfs without device nodes did not have when the kernel started PID 1.</summary>
internal static class ConsoleDescriptors
{
    public static void Open()
    {
        var console = Descriptors.Open("/dev/console", Descriptors.OpenReadWrite | Descriptors.NoControllingTerminal, 0);
        if (console < 0)
            return;
        for (var standard = 0; standard <= 2; standard++)
            _ = Descriptors.Duplicate(console, standard);
        if (console > 2)
            _ = Descriptors.Close(console);
    }
}
