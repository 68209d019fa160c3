namespace Kadeploy.Api.Audit;

/// <summary>One line of the audit log: a change or an operation, whether it was allowed or not. Never altered, never deleted.</summary>
/// <param name="Seq">Its number; grows by one.</param>
/// <param name="At">When it was answered.</param>
/// <param name="User">Who; <c>kadeployd</c> for what the controller did by itself, <c>stranger</c> for who did not show who it is and was refused.</param>
/// <param name="By">How they proved it: <c>token</c>, <c>password</c>, <c>proxy</c>; absent for the controller.</param>
/// <param name="Address">From where.</param>
/// <param name="Action">What: <c>deployment.start</c>, <c>right.grant</c>…</param>
/// <param name="Subject">On what: nodes, an environment, an id.</param>
/// <param name="Result">HTTP status of the answer, and the reason of a refusal: <c>202</c>, <c>403 no-right</c>.</param>
/// <param name="Detail">What else there is to say.</param>
public sealed record AuditEntry(
    long Seq, DateTimeOffset At, string User, string Action, string Subject, string Result, string? By = null, string? Address = null, string? Detail = null);

/// <summary><c>GET /v1/audit</c> (administrators).</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Next">Value of <c>cursor</c> for the following page; absent on the last.</param>
public sealed record AuditList(IReadOnlyList<AuditEntry> Entries, string? Next = null);
