namespace Kadeploy.Transfer;

/// <summary>A verdict or change a member tells the controller about as it happens, e.g. "successor node-3 frozen after 1.6 s".</summary>
/// <param name="Party">Role of the member judged, seen from the teller.</param>
/// <param name="Member">Name of the member judged.</param>
/// <param name="Reason">Code of <see cref="Reasons"/>.</param>
/// <param name="Offset">Byte offset where the teller stood.</param>
/// <param name="Detail">One line for people.</param>
/// <param name="By">Who found that, when it is not the teller: a later member that took the judged one's place. Null: the teller itself.</param>
public sealed record TransferEvent(Party Party, string Member, string Reason, long Offset, string Detail, string? By = null);
