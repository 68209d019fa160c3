namespace Kadeploy.Controller.Boot;

/// <summary>An installed system reported that it is up.</summary>
/// <param name="Node">Which node.</param>
/// <param name="Deployment">By which deployment it was installed.</param>
/// <param name="BootId">Its boot id.</param>
internal sealed record BootReport(string Node, string Deployment, string BootId);
