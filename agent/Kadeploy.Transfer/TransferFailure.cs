namespace Kadeploy.Transfer;

/// <summary>Why a node did not get its image.</summary>
/// <param name="Party">Who is at fault.</param>
/// <param name="Reason">Stable kebab-case code, see <see cref="Reasons"/>.</param>
/// <param name="Detail">One line for people.</param>
public sealed record TransferFailure(Party Party, string Reason, string Detail);
