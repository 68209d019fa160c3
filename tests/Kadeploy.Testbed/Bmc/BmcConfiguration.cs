namespace Kadeploy.Testbed.Bmc;

/// <summary>Files for <c>ipmi_sim</c> (Debian's openipmi; ipmi_lan(5), ipmi_sim_cmd(5)): a BMC with RMCP+, power control and serial over LAN.</summary>
internal static class BmcConfiguration
{
    /// <summary>The BMC's address, users and what it does when told to.</summary>
    /// <param name="chassisProgram">Command line that gets <c>get|set power|reset|boot|shutdown</c> appended; ipmi_sim hands it to a shell.</param>
    public static string Lan(NodeDescription node, string password, string chassisProgram, int serialPort) => $"""
        name "{node.Name}"
        set_working_mc 0x20
        startlan 1
          addr {node.Bmc.Address} 623
          priv_limit admin
          allowed_auths_callback none md2 md5 straight
          allowed_auths_user none md2 md5 straight
          allowed_auths_operator none md2 md5 straight
          allowed_auths_admin none md2 md5 straight
          guid {node.Uuid.Replace("-", "", StringComparison.Ordinal)}
        endlan
        chassis_control "{chassisProgram}"
        sol "tcp:127.0.0.1:{serialPort}" 115200
        user 1 false "" "unused" user 10 none md2 md5 straight
        user 2 true "{node.Bmc.User}" "{password}" admin 10 none md2 md5 straight

        """;

    /// <summary>The management controller itself, without sensors.</summary>
    public const string Emulator = """
        mc_setbmc 0x20
        mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
        mc_enable 0x20

        """;
}
