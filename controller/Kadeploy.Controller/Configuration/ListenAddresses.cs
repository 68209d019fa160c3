namespace Kadeploy.Controller.Configuration;

/// <summary>The ports that are really listened on, which differ from the configured ones only where those are 0. Set once, before anything is served.</summary>
internal sealed class ListenAddresses
{
    public int Api { get; set; }

    public int Agents { get; set; }

    public int Boot { get; set; }

    public int Chain { get; set; }
}
