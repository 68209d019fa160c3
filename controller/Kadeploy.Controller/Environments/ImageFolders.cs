using Kadeploy.Controller.Configuration;

namespace Kadeploy.Controller.Environments;

/// <summary>Keeps images and archives inside the folders that the site allows, whatever a path or a symbolic link says.</summary>
internal sealed class ImageFolders(ControllerConfiguration configuration)
{
    /// <summary>The path with every symbolic link followed, or null when it leads out of the allowed folders.</summary>
    public string? Confine(string path)
    {
        var real = Follow(path);
        return configuration.ImageDirectories.Any(folder => real.StartsWith(Follow(folder).TrimEnd('/') + "/", StringComparison.Ordinal)) ? real : null;
    }

    public string Allowed => string.Join(", ", configuration.ImageDirectories);

    // As realpath(3), which the base library lacks: component by component, a link's target taking the place of what led to it.
    private static string Follow(string path)
    {
        var followed = "/";
        var left = new Stack<string>(Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (var steps = 0; left.TryPop(out var name) && steps < 256; steps++)
        {
            var next = Path.Combine(followed, name);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                followed = next;
                continue;
            }
            var whole = Path.GetFullPath(target, followed);
            followed = "/";
            foreach (var part in whole.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                left.Push(part);
        }
        // Left over only in a loop of links: the file cannot be opened either.
        return left.Count == 0 ? followed : "/";
    }
}
