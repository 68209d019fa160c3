using System.Globalization;
using Kadeploy.Api;
using Kadeploy.Api.Uploads;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Uploads;
using Kadeploy.Controller.Users;
using Microsoft.AspNetCore.Http.Features;

namespace Kadeploy.Controller.Api;

/// <summary><c>/v1/image-uploads</c>: images that are brought in pieces, and go on after whatever broke in between.</summary>
internal sealed class ImageUploadEndpoints(UploadFolder folder, UploadStore store)
{
    private const long Largest = 1L << 40;

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string One = Routes.ImageUploads + "/{id}";
        routes.MapPost(Routes.ImageUploads, (HttpContext http, ImageUploadEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.StartImageUpload, request => Task.FromResult(it.Start(http, request)))).AuditAs("upload.start")
            .Describe("Begin to bring an image, or go on with it", ApiJson.Default.ImageUpload, 201, ApiJson.Default.StartImageUpload, $$"""{"name":"debian12.tar.zst","bytes":92000000,"sha256":"{{new string('0', 64)}}"}""");
        routes.MapGet(One, (string id, HttpContext http, ImageUploadEndpoints it) => it.Show(id, http)).Describe("How far an upload is", ApiJson.Default.ImageUpload);
        routes.MapPut(One, (string id, long? offset, HttpContext http, ImageUploadEndpoints it) => it.AppendAsync(id, offset, http))
            .Describe("Bring the next piece", ApiJson.Default.ImageUpload);
        routes.MapDelete(One, (string id, HttpContext http, ImageUploadEndpoints it) => it.Delete(id, http)).AuditAs("upload.delete").Describe("Give an upload up");
    }

    private IResult Start(HttpContext http, StartImageUpload request)
    {
        if (request.Bytes is < 1 or > Largest)
            return Problems.BadField("bytes", $"from 1 to {Largest}");
        if (request.Sha256.Length != 64 || !request.Sha256.All(char.IsAsciiHexDigit))
            return Problems.BadField("sha256", "64 hexadecimal digits are expected");
        if (request.Name.Length is 0 or > 255 || request.Name.Any(char.IsControl))
            return Problems.BadField("name", "at most 255 printable characters");
        var upload = folder.Begin(Caller.Of(http).User, request.Name, request.Bytes, request.Sha256.ToLowerInvariant());
        http.About($"{upload.Name} {upload.Id}");
        return Results.Json(Describe(upload), ApiJson.Default.ImageUpload, statusCode: 201);
    }

    private IResult Show(string id, HttpContext http) =>
        Find(id, http) is { } found ? Results.Json(Describe(found), ApiJson.Default.ImageUpload) : Unknown(id);

    private async Task<IResult> AppendAsync(string id, long? offset, HttpContext http)
    {
        if (Find(id, http) is not { } upload)
            return Unknown(id);
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = StartImageUpload.LargestPiece;
        try
        {
            return await folder.AppendAsync(upload, offset ?? 0, http.Request.Body, http.RequestAborted)
                ? Results.Json(Describe(upload), ApiJson.Default.ImageUpload)
                : Problems.Result(
                    409, "upload-offset", "The piece does not fit", string.Create(CultureInfo.InvariantCulture, $"{id} has {folder.OffsetOf(upload)} bytes: go on from there"), "offset");
        }
        catch (InvalidDataException e)
        {
            return Problems.Result(422, "upload-too-long", "More than was announced", e.Message, "bytes");
        }
        catch (IOException e) when (e is not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested)
        {
            // ENOSPC, or another piece of the same upload that is being written.
            return Problems.Result(507, "upload-not-written", "The piece could not be written", e.Message);
        }
    }

    private IResult Delete(string id, HttpContext http)
    {
        if (Find(id, http) is not { } upload)
            return Unknown(id);
        folder.Forget(upload);
        return Results.NoContent();
    }

    private Upload? Find(string id, HttpContext http) =>
        store.Find(id) is { } found && (found.User == Caller.Of(http).User || Caller.Of(http).IsAdministrator) ? found : null;

    private ImageUpload Describe(Upload upload) => new(upload.Id, upload.Name, upload.Bytes, upload.Sha256, folder.OffsetOf(upload));

    private static IResult Unknown(string id) => Problems.Result(404, "unknown-upload", "Unknown upload", $"there is no upload {id}");
}
