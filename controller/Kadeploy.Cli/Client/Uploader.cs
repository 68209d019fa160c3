using System.Security.Cryptography;
using Kadeploy.Api.Uploads;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Client;

/// <summary>
/// Brings a local image to the controller: 1. its digest; 2. the controller says how much of it is there already; 3. pieces from there on. A connection that
/// breaks is taken up where it broke, for as long as patience lasts; a command that was stopped goes on when it is run again.
/// </summary>
internal sealed class Uploader(ControllerClient client, Terminal terminal, TimeProvider time, TimeSpan patience)
{
    private const int Piece = 8 << 20;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The id of the finished upload.</summary>
    public async Task<Answer<ImageUpload>> BringAsync(string path, bool quiet, CancellationToken cancel)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan | FileOptions.Asynchronous);
            // 1
            var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel));
            // 2
            if (!(await client.StartImageUploadAsync(new StartImageUpload(Path.GetFileName(path), file.Length, sha256), cancel)).TryGet(out var upload, out var failure))
                return failure;
            if (upload.Offset > 0 && !quiet)
                terminal.Error.WriteLine($"kadeploy: going on at {Quantity.Bytes(upload.Offset)} of {Quantity.Bytes(upload.Bytes)}");
            // 3
            return await PiecesAsync(file, upload, quiet, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failure.Usage($"{path}: {e.Message}");
        }
    }

    private async Task<Answer<ImageUpload>> PiecesAsync(FileStream file, ImageUpload upload, bool quiet, CancellationToken cancel)
    {
        var buffer = new byte[Piece];
        var lost = (DateTimeOffset?)null;
        var told = 0L;
        while (upload.Offset < upload.Bytes)
        {
            file.Position = upload.Offset;
            var length = await file.ReadAtLeastAsync(buffer, (int)Math.Min(Piece, upload.Bytes - upload.Offset), throwOnEndOfStream: true, cancel);
            var answer = await client.AppendImageUploadAsync(upload.Id, upload.Offset, buffer.AsMemory(0, length), cancel);
            if (answer.TryGet(out var next, out var failure))
            {
                (upload, lost) = (next, null);
                var percent = 100 * upload.Offset / upload.Bytes;
                if (!quiet && percent / 10 > told / 10)
                    terminal.Error.WriteLine($"kadeploy: {percent} % of {Quantity.Bytes(upload.Bytes)} uploaded");
                told = percent;
                continue;
            }
            lost ??= time.GetUtcNow();
            // Another offset than ours: what a broken connection still brought counts.
            if (failure.Reason is not ("controller-unreachable" or "connection-lost" or "timeout" or "upload-offset" or "upload-not-written") || time.GetUtcNow() - lost > patience)
                return failure;
            if (failure.Reason != "upload-offset")
                await Task.Delay(Pause, time, cancel);
            if ((await client.ImageUploadAsync(upload.Id, cancel)).TryGet(out var there, out _))
                upload = there;
        }
        return upload;
    }
}
