namespace Kadeploy.Controller.Uploads;

/// <summary>An image that somebody brings to the controller.</summary>
/// <param name="Id">Its id, <c>U-</c> and a UUID; also the name of its file.</param>
/// <param name="User">Who brings it.</param>
/// <param name="Name">Name of the file where it came from.</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal, as its user says.</param>
internal sealed record Upload(string Id, string User, string Name, long Bytes, string Sha256);
