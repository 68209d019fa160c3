using System.Globalization;
using System.Text;

namespace Kadeploy.Testbed.Network;

/// <summary>The site's DHCP and TFTP server, as an administrator would set it up for network boot.</summary>
internal static class DnsmasqConfiguration
{
    /// <summary>Firmware that has no iPXE of its own gets it by TFTP; iPXE gets the controller's script.</summary>
    public static string Text(IEnumerable<NodeDescription> nodes, string tftpRoot, string leaseFile, string log, string pidFile, int bootPort)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            port=0
            interface={NetworkNamespace.Bridge}
            bind-interfaces
            user=root
            pid-file={pidFile}
            log-facility={log}
            log-dhcp
            dhcp-authoritative
            dhcp-leasefile={leaseFile}
            # Without it dnsmasq pings every address first and answers late; iPXE then gives up for good.
            no-ping
            dhcp-range={AddressPlan.Node(1)},{AddressPlan.Node(ClusterOptions.MaximumNodes)},255.255.255.0,12h
            # An IPv6 router's advertisement and iPXE's "no proxyDHCP" (option 176 of its own space) save 16 s a boot.
            enable-ra
            dhcp-range=fd77::,ra-only
            dhcp-match=set:ipxe,175
            dhcp-option=tag:ipxe,encap:175,176,1b
            dhcp-match=set:efi64,option:client-arch,7
            dhcp-match=set:efi64,option:client-arch,9
            dhcp-boot=tag:ipxe,http://{AddressPlan.Controller}:{bootPort}/boot.ipxe
            dhcp-boot=tag:!ipxe,tag:efi64,snponly.efi
            dhcp-boot=tag:!ipxe,tag:!efi64,undionly.kpxe
            enable-tftp
            tftp-root={tftpRoot}

            """);
        foreach (var node in nodes)
            text.Append(CultureInfo.InvariantCulture, $"dhcp-host={node.Mac},{node.Ip},{node.Name}\n");
        return text.ToString();
    }
}
