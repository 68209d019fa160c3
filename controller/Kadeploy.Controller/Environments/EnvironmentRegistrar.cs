using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Transfers;
using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Environments;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Environments;

/// <summary>Registers environments: reads the description, then the whole image once for its digest and its manifest.</summary>
internal sealed class EnvironmentRegistrar(EnvironmentStore store, ImageFolders folders, ImageSources sources, TimeProvider time)
{
    /// <summary>What a postinstall archive may weigh: it travels in one message to each agent.</summary>
    public const int MostArchiveBytes = 20 << 20;

    private static readonly TimeSpan OriginPatience = TimeSpan.FromSeconds(40);

    /// <param name="text">The description.</param>
    /// <param name="imagePath">Takes the place of <c>image.file</c> when given.</param>
    /// <param name="owner">Who registers it.</param>
    /// <param name="progress">Is told the bytes read and the length of the image, 0 while unknown; called on another thread.</param>
    /// <param name="cancellationToken">Stops reading the image.</param>
    public async Task<Registration> RegisterAsync(
        string text, string? imagePath, string owner, Action<long, long> progress, CancellationToken cancellationToken)
    {
        EnvironmentDescription description;
        try
        {
            description = EnvironmentParser.Parse(text);
        }
        catch (YamlMistakeException e)
        {
            return new Registration.Refused(422, "bad-environment", e.Mistake.ToString(), e.Mistake.Key);
        }
        if (store.Find(owner, description.Name, description.Version) is not null)
            return new Registration.Refused(409, "environment-exists", $"{owner}/{description.Name}:{description.Version} is registered; raise its version", "version");
        if (imagePath is not null && !HttpOrigin.Is(imagePath) && !Path.IsPathFullyQualified(imagePath))
            return new Registration.Refused(422, "bad-environment", $"'{imagePath}' is neither an absolute path nor an http(s) address", "imagePath");
        foreach (var (archive, index) in description.Postinstalls.Select((p, i) => (p.Archive, i)).Where(p => p.Archive.Length > 0))
            if (CheckArchive(archive, $"postinstalls[{index}].archive") is { } refused)
                return refused;
        if (description.Preinstall is { Archive.Length: > 0 } preinstall && CheckArchive(preinstall.Archive, "preinstall.archive") is { } unfit)
            return unfit;

        var field = imagePath is null ? "image.file" : "imagePath";
        var named = imagePath ?? description.ImageFile;
        if (HttpOrigin.Is(named))
            return await FetchAsync(description, named, field, owner, progress, cancellationToken);
        if (folders.Confine(named) is not { } path)
            return new Registration.Refused(422, "image-not-allowed", $"{named} lies outside the allowed folders ({folders.Allowed}): images.allowedDirectories in kadeployd.yaml", field);
        return await ReadAsync(description, named, path, field, owner, progress, cancellationToken);
    }

    // One pass over the whole image; nothing of it is kept but its manifest.
    private async Task<Registration> FetchAsync(
        EnvironmentDescription description, string address, string field, string owner, Action<long, long> progress,
        CancellationToken cancellationToken)
    {
        using var stream = new OriginStream(sources.Origin(address), 0, null, time, OriginPatience);
        try
        {
            using var reading = new CopyingStream(stream, Stream.Null, cancellationToken);
            var manifest = await Task.Factory.StartNew(
                () => Manifest.Compute(reading, progress: done => progress(done, stream.Facts?.Length ?? 0), cancel: cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return Keep(description, address, manifest, stream.Facts!.Tag, default, field, owner);
        }
        catch (OriginException e)
        {
            return new Registration.Refused(422, e.Reason, e.Message, field);
        }
    }

    private async Task<Registration> ReadAsync(
        EnvironmentDescription description, string named, string path, string field, string owner, Action<long, long> progress,
        CancellationToken cancellationToken)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return new Registration.Refused(422, "image-missing", $"there is no image file {named} on the controller", field);
        Manifest manifest;
        try
        {
            // Minutes for a large image: on a thread of its own, so that requests go on.
            manifest = await Task.Factory.StartNew(
                () => Manifest.Compute(path, progress: done => progress(done, file.Length), cancel: cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Registration.Refused(422, "image-unreadable", $"{named} cannot be read: {e.Message}", field);
        }
        var modified = file.LastWriteTimeUtc;
        file.Refresh();
        if (!file.Exists || file.LastWriteTimeUtc != modified || file.Length != manifest.Length)
            return new Registration.Refused(409, "image-changed", $"{named} changed while it was read", field);
        return Keep(description, path, manifest, "", modified, field, owner);
    }

    private Registration Keep(
        EnvironmentDescription description, string place, Manifest manifest, string tag, DateTimeOffset modified, string field, string owner)
    {
        if (manifest.Length == 0)
            return new Registration.Refused(422, "image-empty", $"{place} is empty", field);
        if (description.Sha256 is { } expected && expected != manifest.Sha256)
            return new Registration.Refused(
                422, "image-digest-mismatch", $"{place} has SHA-256 {manifest.Sha256}, the description says {expected}", "image.sha256");

        var environment = new RegisteredEnvironment(
            new DeployableEnvironment(
                $"E-{Guid.NewGuid():D}",
                description.Name,
                description.Version,
                owner,
                new Image(place, description.Kind, description.Compression, manifest.Length, manifest.Sha256, tag),
                description.FileSystem,
                description.Kernel,
                description.Initrd,
                description.KernelParameters,
                description.Postinstalls)
            {
                Preinstall = description.Preinstall,
            },
            description.Description,
            description.Author,
            description.Visibility,
            description.Os,
            modified,
            time.GetUtcNow(),
            description.Warnings);
        return store.Add(environment, manifest.ToBytes())
            ? new Registration.Done(environment)
            : new Registration.Refused(409, "environment-exists", $"{owner}/{description.Name}:{description.Version} was registered meanwhile", "version");
    }

    private Registration.Refused? CheckArchive(string archive, string field)
    {
        if (folders.Confine(archive) is not { } path)
            return new Registration.Refused(422, "archive-not-allowed", $"{archive} lies outside the allowed folders ({folders.Allowed})", field);
        var file = new FileInfo(path);
        return !file.Exists ? new Registration.Refused(422, "archive-missing", $"there is no archive {archive} on the controller", field)
            : file.Length > MostArchiveBytes ? new Registration.Refused(422, "archive-too-large", $"{archive} has {file.Length} bytes, {MostArchiveBytes} are allowed", field)
            : null;
    }
}
