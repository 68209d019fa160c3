namespace Kadeploy.Controller.Transfers;

/// <summary>By what one sees that an image on the web is still the same.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Tag">Its ETag, else its Last-Modified (RFC 9110, 8.8); empty when the server gives neither.</param>
internal sealed record OriginFacts(long Length, string Tag);
