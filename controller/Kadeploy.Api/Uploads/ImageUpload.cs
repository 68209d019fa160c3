namespace Kadeploy.Api.Uploads;

/// <summary>
/// <c>POST /v1/image-uploads</c>: begins to bring an image to the controller, or finds again what the same user has begun with the same digest and size. Answers 201
/// with <see cref="ImageUpload"/>. The bytes follow by <c>PUT /v1/image-uploads/{id}?offset=N</c> in pieces of at most <see cref="LargestPiece"/> bytes; then
/// <see cref="Environments.AddEnvironment.ImagePath"/> is <c>upload:ID</c>.
/// </summary>
/// <param name="Name">Name of the file, for a person.</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="Sha256">Its SHA-256 in hexadecimal.</param>
public sealed record StartImageUpload(string Name, long Bytes, string Sha256)
{
    /// <summary>Most that one PUT may carry, in bytes.</summary>
    public const int LargestPiece = 32 << 20;
}

/// <summary>How far an upload is.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Name of the file.</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal.</param>
/// <param name="Offset">How many bytes are there: where the next piece begins.</param>
public sealed record ImageUpload(string Id, string Name, long Bytes, string Sha256, long Offset);
