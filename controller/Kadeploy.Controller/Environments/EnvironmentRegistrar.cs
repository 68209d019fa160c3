using System.Security.Cryptography;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Transfers;
using Kadeploy.Controller.Uploads;
using Kadeploy.Controller.Users;
using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Environments;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Environments;

/// <summary>Registers environments: reads the description, then the whole image once for its digest and its manifest.</summary>
internal sealed class EnvironmentRegistrar(
    EnvironmentStore store, ImageFolders folders, UploadStore uploads, UploadFolder uploaded, RemoteArchives remote,
    ImageSources sources, WholeImages whole, EnvironmentSignatures signatures, TimeProvider time)
{
    /// <summary>Instead of a path: a finished upload of the caller's.</summary>
    public const string UploadPrefix = "upload:";

    /// <summary>What a postinstall archive may weigh: it travels in one message to each agent.</summary>
    public const int MostArchiveBytes = 20 << 20;

    private static readonly TimeSpan OriginPatience = TimeSpan.FromSeconds(40);

    /// <param name="text">The description.</param>
    /// <param name="imagePath">Takes the place of <c>image.file</c> when given.</param>
    /// <param name="signature">Under the description, as ssh-keygen writes it; null: none.</param>
    /// <param name="owner">For whom; null: the caller.</param>
    /// <param name="caller">Who registers it.</param>
    /// <param name="progress">Is told the bytes read and the length of the image, 0 while unknown; called on another thread.</param>
    /// <param name="cancellationToken">Stops reading the image.</param>
    public async Task<Registration> RegisterAsync(
        string text, string? imagePath, string? signature, string? owner, Caller caller, Action<long, long> progress, CancellationToken cancellationToken)
    {
        EnvironmentDescription description;
        try
        {
            description = EnvironmentParser.Parse(text, imagePath is not null);
        }
        catch (YamlMistakeException e)
        {
            return new Registration.Refused(422, "bad-environment", e.Mistake.ToString(), e.Mistake.Key);
        }
        owner ??= caller.User;
        if (!UserNames.IsGood(owner))
            return new Registration.Refused(422, "bad-field", $"'{owner}' is no user name: {UserNames.Expected}", "owner");
        if (owner != caller.User && !caller.IsAdministrator)
            return new Registration.Refused(403, "administrator-needed", "only administrators register environments of others", "owner");
        // A public name may be what others mean when they name no owner.
        if (description.Visibility == "public" && !caller.IsAdministrator)
            return new Registration.Refused(403, "administrator-needed", "only administrators make an environment public; 'shared' lets others use it as OWNER/NAME", "visibility");
        if (store.Find(owner, description.Name, description.Version) is not null)
            return new Registration.Refused(409, "environment-exists", $"{owner}/{description.Name}:{description.Version} is registered; raise its version", "version");
        var (signed, unsigned) = await signatures.CheckAsync(text, description, signature, cancellationToken);
        if (unsigned is var (reason, place, why))
            return new Registration.Refused(422, reason, why, place);
        var upload = imagePath?.StartsWith(UploadPrefix, StringComparison.Ordinal) == true ? uploads.Find(imagePath[UploadPrefix.Length..]) : null;
        if (upload is not null && upload.User != caller.User)
            upload = null;
        if (upload is not null && uploaded.OffsetOf(upload) != upload.Bytes)
            return new Registration.Refused(409, "upload-unfinished", $"{imagePath} has {uploaded.OffsetOf(upload)} of {upload.Bytes} bytes", "imagePath");
        if (upload is null && imagePath is not null && !HttpOrigin.Is(imagePath) && (!Path.IsPathFullyQualified(imagePath) || imagePath.Any(char.IsControl)))
            return new Registration.Refused(422, "bad-environment", $"'{imagePath}' is neither an absolute path nor an http(s) address", "imagePath");
        var archives = description.Postinstalls.Select((p, i) => (p.Archive, p.Sha256, Field: $"postinstalls[{i}].archive"))
            .Append((Archive: description.Preinstall?.Archive ?? "", Sha256: description.Preinstall?.Sha256 ?? "", Field: "preinstall.archive"));
        var digests = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (archive, expected, at) in archives.Where(a => a.Archive.Length > 0))
            if (RemoteArchives.UrlOf(archive) is { } url)
            {
                var (sha256, failed) = await remote.PinAsync(url, cancellationToken);
                if (failed is not null)
                    return new Registration.Refused(422, failed.Reason, failed.Detail, at);
                if (expected.Length > 0 && sha256 != expected)
                    return DigestDiffers(archive, sha256!, expected, at);
                digests[archive] = sha256!;
            }
            else if (await CheckArchiveAsync(archive, expected, at, cancellationToken) is { } refused)
            {
                return refused;
            }
        description = description with
        {
            Postinstalls = [.. description.Postinstalls.Select(Pinned)],
            Preinstall = description.Preinstall is { } preinstall ? Pinned(preinstall) : null,
        };

        var field = imagePath is null ? "image.file" : "imagePath";
        var named = imagePath ?? description.ImageFile;
        if (upload is null && HttpOrigin.Is(named))
            return await FetchAsync(description, signed, named, field, owner, progress, cancellationToken);
        var path = upload is not null ? uploaded.PathOf(upload) : MayReuse(named, caller) ? named : folders.Confine(named);
        if (path is null)
            return new Registration.Refused(422, "image-not-allowed", $"{named} lies outside the allowed folders ({folders.Allowed}): images.allowedDirectories in kadeployd.yaml", field);
        return await ReadAsync(description, signed, upload, named, path, field, owner, progress, cancellationToken);

        Postinstall Pinned(Postinstall it) => digests.TryGetValue(it.Archive, out var sha256) ? it with { Sha256 = sha256 } : it;
    }

    // One pass over the whole image; nothing of it is kept but its manifest. Where that could not go on after a break, it goes into the cache.
    private async Task<Registration> FetchAsync(
        EnvironmentDescription description, EnvironmentSignature? signed, string address, string field, string owner, Action<long, long> progress,
        CancellationToken cancellationToken)
    {
        using var stream = new OriginStream(sources.Origin(address), 0, null, time, OriginPatience);
        try
        {
            using var reading = new CopyingStream(stream, Stream.Null, cancellationToken);
            var manifest = await Task.Factory.StartNew(
                () => Manifest.Compute(reading, progress: done => progress(done, stream.Facts?.Length ?? 0), cancel: cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return Keep(description, signed, null, address, manifest, stream.Facts!.Tag, default, field, owner);
        }
        catch (OriginException e) when (e.Reason == HttpOrigin.IgnoresRanges)
        {
            return await FetchWholeAsync(description, signed, address, field, owner, progress, cancellationToken);
        }
        catch (OriginException e)
        {
            return new Registration.Refused(422, e.Reason, e.Message, field);
        }
    }

    private async Task<Registration> FetchWholeAsync(
        EnvironmentDescription description, EnvironmentSignature? signed, string address, string field, string owner, Action<long, long> progress,
        CancellationToken cancellationToken)
    {
        try
        {
            using var lease = await whole.GetAsync(address, description.Sha256, progress, cancellationToken);
            var manifest = await Task.Factory.StartNew(
                () => Manifest.Compute(lease.Path, cancel: cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return Keep(description, signed, null, address, manifest, "", default, field, owner, whole: true);
        }
        catch (OriginException e) when (e.Reason == "image-changed")
        {
            return new Registration.Refused(422, "image-digest-mismatch", e.Message, "image.sha256");
        }
        catch (OriginException e)
        {
            return new Registration.Refused(422, e.Reason, e.Message, field);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Registration.Refused(422, "image-unreadable", $"{address} cannot be kept in the cache: {e.Message}", field);
        }
    }

    /// <summary>An uploaded image may be registered again by whoever has it in an environment of their own: what was printed can be read back.</summary>
    private bool MayReuse(string path, Caller caller) =>
        uploaded.Holds(path) && store.All().Any(e => e.Deployable.Image.File == path && (caller.IsAdministrator || e.Deployable.Owner == caller.User));

    private async Task<Registration> ReadAsync(
        EnvironmentDescription description, EnvironmentSignature? signed, Upload? upload, string named, string path, string field, string owner, Action<long, long> progress,
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
        return Keep(description, signed, upload, path, manifest, "", modified, field, owner);
    }

    private Registration Keep(
        EnvironmentDescription description, EnvironmentSignature? signed, Upload? upload, string place, Manifest manifest, string tag, DateTimeOffset modified, string field, string owner,
        bool whole = false)
    {
        if (manifest.Length == 0)
            return new Registration.Refused(422, "image-empty", $"{place} is empty", field);
        if (description.Sha256 is { } expected && expected != manifest.Sha256)
            return new Registration.Refused(
                422, "image-digest-mismatch", $"{place} has SHA-256 {manifest.Sha256}, the description says {expected}", "image.sha256");

        if (upload is not null && upload.Sha256 != manifest.Sha256)
        {
            uploaded.Forget(upload);
            return new Registration.Refused(422, "upload-digest-mismatch", $"what arrived has SHA-256 {manifest.Sha256}, {upload.Sha256} was announced: bring it again", "imagePath");
        }
        if (upload is not null)
            place = uploaded.Keep(upload, manifest.Sha256);
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
            description.Warnings)
        {
            Signature = signed,
            Tags = description.Tags,
            Architecture = description.Architecture,
            Kadeploy3 = description.Kadeploy3,
            Whole = whole,
        };
        return store.Add(environment, manifest.ToBytes())
            ? new Registration.Done(environment)
            : new Registration.Refused(409, "environment-exists", $"{owner}/{description.Name}:{description.Version} was registered meanwhile", "version");
    }

    private static Registration.Refused DigestDiffers(string archive, string found, string expected, string field) =>
        new(422, "archive-digest-mismatch", $"{archive} has SHA-256 {found}, the description says {expected}", field);

    private async Task<Registration.Refused?> CheckArchiveAsync(string archive, string expected, string field, CancellationToken cancellationToken)
    {
        if (folders.Confine(archive) is not { } path)
            return new Registration.Refused(422, "archive-not-allowed", $"{archive} lies outside the allowed folders ({folders.Allowed})", field);
        var file = new FileInfo(path);
        if (!file.Exists)
            return new Registration.Refused(422, "archive-missing", $"there is no archive {archive} on the controller", field);
        if (file.Length > MostArchiveBytes)
            return new Registration.Refused(422, "archive-too-large", $"{archive} has {file.Length} bytes, {MostArchiveBytes} are allowed", field);
        if (expected.Length == 0)
            return null;
        try
        {
            var found = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path, cancellationToken)));
            return found == expected ? null : DigestDiffers(archive, found, expected, field);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Registration.Refused(422, "archive-unreadable", $"{archive} cannot be read: {e.Message}", field);
        }
    }
}
