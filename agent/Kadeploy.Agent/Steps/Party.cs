namespace Kadeploy.Agent.Steps;

/// <summary>Who is at fault, in the words of agent.proto's Failed.party.</summary>
internal static class Party
{
    public const string Agent = "agent";
    public const string Disk = "disk";
    public const string Image = "image";
    public const string Controller = "controller";
    public const string UserScript = "user-script";
    public const string Kernel = "kernel";
    public const string Network = "network";
    public const string User = "user";
}
