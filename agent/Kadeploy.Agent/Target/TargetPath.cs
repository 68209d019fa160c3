namespace Kadeploy.Agent.Target;

/// <summary>
/// Resolves paths inside the installed system as a chroot would: absolute links start at its root and ".." stops there. An image comes from
/// a user, and its links must not lead a write of root's into the deployment environment.
/// </summary>
internal sealed class TargetPath(string root)
{
    // As in the kernel, path_resolution(7).
    private const int LinkLimit = 40;

    /// <summary>Where a path of the installed system is in the deployment environment; null when links go in circles.</summary>
    /// <param name="path">"/etc/hostname"; it need not exist. What does not exist cannot be a link and is taken as it is.</param>
    /// <param name="followLast">Whether a link in the last component is followed too.</param>
    public string? Resolve(string path, bool followLast = true)
    {
        var resolved = new List<string>();
        var rest = new Stack<string>(Enumerable.Reverse(Components(path)));
        var links = 0;
        while (rest.TryPop(out var component))
        {
            if (component == "..")
            {
                if (resolved.Count > 0)
                    resolved.RemoveAt(resolved.Count - 1);
                continue;
            }
            resolved.Add(component);
            if (rest.Count == 0 && !followLast)
                break;
            if (LinkAt(Join(resolved)) is not { } target)
                continue;
            if (++links > LinkLimit)
                return null;
            if (target.StartsWith('/'))
                resolved.Clear();
            else
                resolved.RemoveAt(resolved.Count - 1);
            foreach (var each in Enumerable.Reverse(Components(target)))
                rest.Push(each);
        }
        return Join(resolved);
    }

    /// <summary>Whether a file or folder is there, links followed.</summary>
    public bool Exists(string path) => Resolve(path) is { } real && (File.Exists(real) || Directory.Exists(real));

    public bool IsFile(string path) => Resolve(path) is { } real && File.Exists(real);

    private string Join(List<string> components) => components.Count == 0 ? root : $"{root}/{string.Join('/', components)}";

    private static string[] Components(string path) =>
        [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(each => each != ".")];

    private static string? LinkAt(string path) => new FileInfo(path).LinkTarget;
}
