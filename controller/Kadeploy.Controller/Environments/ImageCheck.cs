using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Transfers;
using Kadeploy.Controller.Uploads;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Environments;

/// <summary>Makes sure before a deployment that the image is still the one that was registered.</summary>
internal sealed class ImageCheck(EnvironmentStore store, ImageFolders folders, ImageSources sources, WholeImages whole, UploadFolder uploads)
{
    private static readonly TimeSpan OriginLimit = TimeSpan.FromSeconds(15);

    /// <summary>Null when it is; else a reason (<c>image-missing</c>, <c>image-changed</c>…) and what to tell.</summary>
    public async Task<(string Reason, string Detail)?> ProblemAsync(RegisteredEnvironment environment, CancellationToken cancellationToken)
    {
        var image = environment.Deployable.Image;
        if (HttpOrigin.Is(image.File))
            return environment.Whole && whole.Has(image) ? null : await ProblemOfOriginAsync(environment, cancellationToken);
        var file = new FileInfo(image.File);
        if (folders.Confine(image.File) is null && !uploads.Holds(image.File))
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

    private async Task<(string, string)?> ProblemOfOriginAsync(RegisteredEnvironment environment, CancellationToken cancellationToken)
    {
        var image = environment.Deployable.Image;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(OriginLimit);
        try
        {
            var facts = await sources.Origin(image.File).ProbeAsync(limit.Token);
            return facts == new OriginFacts(image.Bytes, environment.Whole ? facts.Tag : image.Tag)
                ? null
                : ("image-changed", $"{image.File} has {facts.Length} bytes and the tag {facts.Tag}, {image.Bytes} and {image.Tag} were registered: register a new version");
        }
        catch (OriginException e) when (environment.Whole && e.Reason == HttpOrigin.IgnoresRanges)
        {
            // It is there; whether it is still the same shows when it is fetched.
            return null;
        }
        catch (OriginException e)
        {
            return (e.Reason, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ("origin-unreachable", $"{image.File}: no answer within {OriginLimit.TotalSeconds} s");
        }
    }
}
