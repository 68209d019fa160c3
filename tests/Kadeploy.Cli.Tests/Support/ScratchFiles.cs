namespace Kadeploy.Cli.Tests.Support;

/// <summary>A folder of one test.</summary>
internal sealed class ScratchFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kadeploy-cli-").FullName;

    public string Folder => _folder;

    public string Path(string name) => System.IO.Path.Combine(_folder, name);

    public string Write(string name, string text)
    {
        var path = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
