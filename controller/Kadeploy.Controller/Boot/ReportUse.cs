namespace Kadeploy.Controller.Boot;

/// <summary>What became of the report of an installed system.</summary>
internal abstract record ReportUse
{
    private ReportUse()
    {
    }

    /// <summary>Believed.</summary>
    /// <param name="Report">What it says.</param>
    public sealed record Accepted(BootReport Report) : ReportUse;

    /// <summary>Refused.</summary>
    /// <param name="Node">Whose token it was; empty when it is nobody's.</param>
    /// <param name="Reason"><c>unknown-token</c>, <c>outdated-token</c> or <c>other-address</c>.</param>
    /// <param name="Detail">For a person.</param>
    public sealed record Refused(string Node, string Reason, string? Detail) : ReportUse;
}
