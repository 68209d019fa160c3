using System.Xml.Linq;

namespace Kadeploy.Deployments.Tests.Architecture;

/// <summary>Who may reference whom, read from the project files: what a project file does not name, code cannot use.</summary>
public sealed class DependencyRuleTests
{
    /// <summary>Our own projects that each may reference, and the packages and shared frameworks that it may use.</summary>
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Allowed = new()
    {
        ["Kadeploy.Deployments"] = ([], []),
        ["Kadeploy.Api"] = ([], []),
        ["Kadeploy.Transfer"] = ([], []),
        ["Kadeploy.Grpc"] = ([], ["Google.Protobuf", "Microsoft.AspNetCore.App"]),
        ["Kadeploy.Protocol"] = (["Kadeploy.Grpc"], ["Google.Protobuf", "Grpc.Tools"]),
        ["Kadeploy.Agent"] = (["Kadeploy.Transfer", "Kadeploy.Protocol", "Kadeploy.Grpc"], []),
        ["Kadeploy.Controller"] = (
            ["Kadeploy.Deployments", "Kadeploy.Api", "Kadeploy.Transfer", "Kadeploy.Protocol", "Kadeploy.Grpc"],
            ["Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.provider.e_sqlite3", "Dapper", "YamlDotNet"]),
        ["Kadeploy.Cli"] = (["Kadeploy.Api"], ["System.CommandLine", "Spectre.Console", "YamlDotNet"]),
    };

    public static TheoryData<string> Projects => [.. Files];

    private static IEnumerable<string> Files => new[] { "controller", "agent", "protos" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(Root, path));

    private static string Root
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Kadeploy.Agent.sln")))
                    return folder.FullName;
            }

            throw new DirectoryNotFoundException($"no Kadeploy.Agent.sln above {AppContext.BaseDirectory}");
        }
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_AreAllowedByTheTable(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Assert.True(Allowed.TryGetValue(name, out var allowed), $"{name} is not in the table of ARCHITECTURE.md: say what it may reference");
        var file = XDocument.Load(Path.Combine(Root, project));
        var projects = Named(file, "ProjectReference").Select(p => Path.GetFileNameWithoutExtension(p.Replace('\\', '/')));
        var packages = Named(file, "PackageReference").Concat(Named(file, "FrameworkReference"));
        Assert.Empty(projects.Except(allowed.Projects));
        Assert.Empty(packages.Except(allowed.Packages));
    }

    [Fact]
    public void Table_Projects_AllExist() =>
        Assert.Empty(Allowed.Keys.Except(Files.Select(Path.GetFileNameWithoutExtension)));

    /// <summary>Shared frameworks come with the SDK: the decisions must not see ASP.NET.</summary>
    [Theory]
    [InlineData("controller/Kadeploy.Deployments/Kadeploy.Deployments.csproj")]
    [InlineData("controller/Kadeploy.Api/Kadeploy.Api.csproj")]
    [InlineData("agent/Kadeploy.Transfer/Kadeploy.Transfer.csproj")]
    public void PureProject_Sdk_IsThePlainOne(string project) =>
        Assert.Equal("Microsoft.NET.Sdk", XDocument.Load(Path.Combine(Root, project)).Root!.Attribute("Sdk")!.Value);

    private static IEnumerable<string> Named(XDocument file, string element) =>
        file.Descendants(element).Select(e => (string?)e.Attribute("Include") ?? "");
}
