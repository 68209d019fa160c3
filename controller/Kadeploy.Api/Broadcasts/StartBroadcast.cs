namespace Kadeploy.Api.Broadcasts;

/// <summary><c>POST /v1/broadcasts</c>: one file to many nodes whose agents run. Answers 202 with <see cref="BroadcastStarted"/>.</summary>
/// <param name="Nodes">Node set; never empty, and empty never means all.</param>
/// <param name="Path">
/// Where it is written on each node. In the deployment environment an absolute path; on an installed host below the folder of its agent, absolute or relative to it.
/// </param>
/// <param name="File">A file of the controller's in an allowed folder, by its absolute path, or an http(s) address; or <paramref name="Upload"/>.</param>
/// <param name="Upload">Id of a file sent before with <c>POST /v1/uploads</c>.</param>
/// <param name="Unpack">The file is a tar archive, possibly compressed, and is extracted into the folder <paramref name="Path"/>.</param>
/// <param name="Name">What an upload is called in lists; absent: its id.</param>
public sealed record StartBroadcast(string Nodes, string Path, string? File = null, string? Upload = null, bool Unpack = false, string? Name = null);

/// <summary>The broadcast was accepted and is recorded.</summary>
/// <param name="Id">Its id.</param>
public sealed record BroadcastStarted(string Id);

/// <summary><c>POST /v1/uploads</c> with the file as the body: kept until a broadcast of it ends, a day without one. Answers 201.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its digest, lower-case hexadecimal.</param>
public sealed record UploadInfo(string Id, long Bytes, string Sha256);
