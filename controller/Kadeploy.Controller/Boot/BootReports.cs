namespace Kadeploy.Controller.Boot;

/// <summary>Hands reports of installed systems to whoever waits for them; what came before is in the database.</summary>
internal sealed class BootReports
{
    /// <summary>Raised for every report; handlers must be quick and never throw.</summary>
    public event Action<BootReport>? Reported;

    public void Publish(BootReport report) => Reported?.Invoke(report);
}
