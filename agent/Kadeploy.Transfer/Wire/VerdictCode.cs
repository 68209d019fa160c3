namespace Kadeploy.Transfer;

/// <summary>A verdict as it travels; <see cref="VerdictCodes"/> gives its reason code.</summary>
internal enum VerdictCode : byte
{
    None = 0,
    Dead = 1,
    Silent = 2,
    Frozen = 3,
    Slow = 4,
    Corrupt = 5,
    Foreign = 6,
    Left = 7,
    PassedOver = 8,
    Replanned = 9,
}

internal static class VerdictCodes
{
    public static string Reason(this VerdictCode code) => code switch
    {
        VerdictCode.Silent => Reasons.Silent,
        VerdictCode.Frozen => Reasons.Frozen,
        VerdictCode.Slow => Reasons.Slow,
        VerdictCode.Corrupt => Reasons.Corrupt,
        VerdictCode.Foreign => Reasons.Foreign,
        VerdictCode.Left => Reasons.Left,
        VerdictCode.PassedOver or VerdictCode.Replanned => Reasons.PassedOver,
        _ => Reasons.Dead,
    };
}
