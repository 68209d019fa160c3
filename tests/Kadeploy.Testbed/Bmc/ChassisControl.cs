using System.Globalization;
using Kadeploy.Testbed.Machines;

namespace Kadeploy.Testbed.Bmc;

/// <summary>
/// What a BMC's power commands do to the machine behind it. ipmi_sim starts this program with <c>get NAME...</c> and expects
/// <c>NAME:VALUE</c> lines, or with <c>set NAME VALUE [NAME VALUE]...</c> (OpenIPMI, lanserv/ipmi_sim_chassiscontrol).
/// </summary>
internal sealed class ChassisControl(VirtualMachine machine, string log)
{
    /// <returns>0, or 1 with the reason on standard output, where ipmi_sim looks for it.</returns>
    public int Run(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["get", .. var names]:
                    foreach (var name in names)
                        Console.WriteLine($"{name}:{Get(name)}");
                    break;
                case ["set", .. var pairs] when pairs.Length % 2 == 0:
                    Log(string.Join(' ', arguments));
                    for (var i = 0; i < pairs.Length; i += 2)
                        Set(pairs[i], pairs[i + 1]);
                    break;
                // "check" asks whether a value could be set; all that is known here can be.
                case ["check", ..]:
                    break;
                default:
                    throw new TestbedException($"unknown chassis command '{string.Join(' ', arguments)}'");
            }

            return 0;
        }
        catch (TestbedException e)
        {
            Log($"{string.Join(' ', arguments)}: {e.Message}");
            Console.WriteLine(e.Message);
            return 1;
        }
    }

    private string Get(string name) => name switch
    {
        "power" => machine.IsOn ? "1" : "0",
        "boot" => machine.BootOverride ?? "none",
        _ => "0",
    };

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "power" when value == "1":
                machine.PowerOn();
                break;
            case "power":
                machine.PowerOff();
                break;
            case "reset":
                machine.Reset();
                break;
            case "shutdown":
                machine.AskToShutDown();
                break;
            // "default" is the disk, "none" the machine's own order.
            case "boot":
                machine.BootOverride = value == "none" ? null : value;
                break;
            case "identify":
                break;
            default:
                throw new TestbedException($"this BMC cannot set '{name}'");
        }
    }

    private void Log(string text) =>
        File.AppendAllText(log, string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:O} {text}\n"));
}
