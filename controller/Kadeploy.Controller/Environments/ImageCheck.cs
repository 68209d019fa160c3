using Kadeploy.Controller.Storage;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Environments;

/// <summary>Makes sure before a deployment that the image is still the one that was registered.</summary>
internal sealed class ImageCheck(EnvironmentStore store, ImageFolders folders)
{
    /// <summary>Null when it is; else a reason (<c>image-missing</c>, <c>image-changed</c>…) and what to tell.</summary>
    public async Task<(string Reason, string Detail)?> ProblemAsync(RegisteredEnvironment environment, CancellationToken cancellationToken)
    {
        var image = environment.Deployable.Image;
        var file = new FileInfo(image.File);
        if (folders.Confine(image.File) is null)
            return ("image-not-allowed", $"{image.File} lies outside the allowed folders ({folders.Allowed})");
        if (!file.Exists)
            return ("image-missing", $"the image file {image.File} is gone from the controller: put it back, or register the environment anew");
        if (file.Length != image.Bytes)
            return ("image-changed", $"{image.File} has {file.Length} bytes, {image.Bytes} were registered: register a new version");
        if (file.LastWriteTimeUtc == environment.ImageModified.UtcDateTime)
            return null;
        try
        {
            var manifest = await Task.Factory.StartNew(
                () => Manifest.Compute(image.File, cancel: cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (manifest.Sha256 != image.Sha256)
                return ("image-changed", $"{image.File} has SHA-256 {manifest.Sha256}, {image.Sha256} was registered: register a new version");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ("image-unreadable", $"{image.File} cannot be read: {e.Message}");
        }
        store.Replace(environment with { ImageModified = file.LastWriteTimeUtc });
        return null;
    }
}
