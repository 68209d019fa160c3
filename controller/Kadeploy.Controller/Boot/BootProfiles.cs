using System.Net;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Trust;

namespace Kadeploy.Controller.Boot;

/// <summary>Decides what a machine that asks boots: the deployment environment when it is armed, enrolment when nobody knows it, its disk otherwise.</summary>
internal sealed class BootProfiles(
    ControllerConfiguration configuration, ListenAddresses addresses, ArmingStore armings, ProfileStore profiles, NodeStore nodes, MachineStore machines, BootWatch watch,
    NodeAddresses elsewhere, Refusals refusals)
{
    public string First() => IpxeScripts.First(Authority(addresses.Boot));

    /// <summary>The script for one machine; taking it consumes its arming.</summary>
    /// <param name="mac">Normalised MAC.</param>
    /// <param name="platform">iPXE's <c>${platform}</c>: <c>pcbios</c> or <c>efi</c>.</param>
    /// <param name="address">Address that asks.</param>
    public async Task<string> ForAsync(string mac, string? platform, string? address)
    {
        var uefi = platform == "efi";
        var disk = uefi ? IpxeScripts.DiskByUefi(Authority(addresses.Boot)) : IpxeScripts.DiskByBios();
        var node = nodes.FindByMac(mac)?.Node;
        if (node is not null && elsewhere.IsElsewhere(node, address))
        {
            // The arming stays for the node; nothing that this one says of it is believed.
            if (armings.IsArmed(node.Name))
                refusals.Note("boot.profile", node.Name, "other-address", address, $"asked for the profile of {mac}, whose node is at {node.Address}");
            return disk;
        }
        await machines.SeenAsync(mac, address, platform switch { "efi" => "uefi", "pcbios" => "bios", _ => null });
        if (await armings.TakeAsync(mac) is var (_, token))
        {
            watch.Record(mac, address, "iPXE was told to boot the deployment environment");
            return Deployment(mac, token);
        }
        if (configuration.AutoEnrol && node is null)
        {
            watch.Record(mac, address, "iPXE was told to boot the deployment environment to enrol");
            return Deployment(mac, null);
        }
        if (profiles.OfMac(mac) is { } script)
        {
            watch.Record(mac, address, "iPXE was given the user's own script");
            return script;
        }
        watch.Record(mac, address, "iPXE was told to boot the disk");
        return disk;
    }

    /// <summary>The kernel line of the deployment environment for one machine, for who starts it without iPXE.</summary>
    public string KernelLine(string mac, string? token) => IpxeScripts.KernelLine(Authority(addresses.Agents), mac, token, configuration.KernelParameters);

    private string Deployment(string mac, string? token) =>
        IpxeScripts.Deployment(Authority(addresses.Boot), Authority(addresses.Agents), mac, token, configuration.KernelParameters);

    private string Authority(int port) => new IPEndPoint(configuration.Address, port).ToString();
}
