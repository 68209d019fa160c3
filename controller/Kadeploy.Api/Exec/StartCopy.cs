namespace Kadeploy.Api.Exec;

/// <summary><c>POST /v1/copies</c>: writes an uploaded file into the installed system of nodes, over SSH. Nodes in the deployment environment get theirs by a broadcast.</summary>
/// <param name="Nodes">Node set.</param>
/// <param name="Upload">Id of the upload; it is used up unless it is kept.</param>
/// <param name="Path">Absolute path on the nodes, of letters, digits and <c>/._+@-</c>; its folder is made, and it is there whole or not at all.</param>
/// <param name="TimeoutSeconds">How long it may take on each node; 3600 unless given.</param>
/// <param name="Window">On how many nodes at once; 32 unless given.</param>
/// <param name="KeepUpload">Leaves the upload there for another request: for the broadcast to those of the nodes that have agents.</param>
public sealed record StartCopy(string Nodes, string Upload, string Path, int? TimeoutSeconds = null, int? Window = null, bool? KeepUpload = null);
