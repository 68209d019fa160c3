using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Environments;

namespace Kadeploy.Controller.Tests.Environments;

public sealed class EnvironmentParserTests
{
    private const string Kadeploy3 = """
        ---
        name: debian-min
        version: 12
        description: Debian with next to nothing
        author: someone@example.org
        visibility: shared
        destructive: false
        os: linux
        image:
          file: server:///srv/images/debian.tgz
          kind: tar
          compression: gzip
        postinstalls:
        - archive: server:///srv/images/post.tgz
          compression: gzip
          script: traitement.ash /rambin
        boot:
          kernel: /vmlinuz
          initrd: /initrd.img
          kernel_params: quiet
        filesystem: ext4
        partition_type: 0x83
        multipart: false
        """;

    [Fact]
    public void Parse_DescriptionOfKadeploy3_IsAcceptedAsItIs()
    {
        var it = EnvironmentParser.Parse(Kadeploy3);

        Assert.Equal(("debian-min", 12, "shared", "linux"), (it.Name, it.Version, it.Visibility, it.Os));
        Assert.Equal(("/srv/images/debian.tgz", ImageKind.Tar, "gzip"), (it.ImageFile, it.Kind, it.Compression));
        Assert.Equal(("/vmlinuz", "/initrd.img", "quiet", "ext4"), (it.Kernel, it.Initrd, it.KernelParameters, it.FileSystem));
        Assert.Equal([new Postinstall("/srv/images/post.tgz", "gzip", "traitement.ash /rambin")], it.Postinstalls);
        Assert.Empty(it.Warnings);
    }

    [Fact]
    public void Parse_ZstdSha256AndScriptWithoutArchive_AreOurs()
    {
        var it = EnvironmentParser.Parse($"""
            name: a
            os: linux
            image: (file: /i, kind: dd, compression: zstd, sha256: {new string('A', 64)})
            postinstalls: [(archive: none, script: "#!/bin/sh")]
            """.Replace('(', '{').Replace(')', '}'));

        Assert.Equal(("zstd", new string('a', 64)), (it.Compression, it.Sha256));
        Assert.Equal([new Postinstall("", "none", "#!/bin/sh")], it.Postinstalls);
        Assert.Equal(1, it.Version);
    }

    [Fact]
    public void Parse_FieldNobodyKnows_WarnsWithItsPath()
    {
        var it = EnvironmentParser.Parse(Kadeploy3.Replace("  kind: tar", "  kind: tar\n  sise: 3", StringComparison.Ordinal) + "\nfrob: 1");
        Assert.Equal(["frob: unknown field, ignored", "image.sise: unknown field, ignored"], it.Warnings);
    }

    [Theory]
    [InlineData("name: debian-min", "", "name", "is missing")]
    [InlineData("name: debian-min", "name: a/b", "name", "without blanks")]
    [InlineData("version: 12", "version: twelve", "version", "a whole number")]
    [InlineData("version: 12", "version: \"12\"", "version", "a whole number")]
    [InlineData("visibility: shared", "visibility: all", "visibility", "'all' is none of public, shared, private")]
    [InlineData("os: linux", "os: bsd", "os", "'bsd' is none of linux")]
    [InlineData("os: linux", "", "os", "is missing")]
    [InlineData("  kind: tar", "  kind: fsa", "image.kind", "'fsa' is none of tar, dd")]
    [InlineData("  compression: gzip\npost", "  compression: rar\npost", "image.compression", "'rar' is none of")]
    [InlineData("  file: server:///srv/images/debian.tgz", "  file: debian.tgz", "image.file", "is not an absolute path")]
    [InlineData("  file: server:///srv/images/debian.tgz", "  file: ftp://x/debian.tgz", "image.file", "only files on the controller")]
    [InlineData("  file: server:///srv/images/debian.tgz", "  file: server:///srv/images/debian.tgz\n  sha256: abc", "image.sha256", "64 hexadecimal digits")]
    [InlineData("  script: traitement.ash /rambin", "  scripts: x", "postinstalls[0].script", "is missing")]
    [InlineData("  kernel: /vmlinuz", "", "boot.kernel", "is needed for a tar image")]
    [InlineData("  kernel: /vmlinuz", "  kernel: /../../etc/shadow", "boot.kernel", "is not an absolute path inside the image")]
    [InlineData("  kernel_params: quiet", "  kernel_params: \"quiet\\nboot\"", "boot.kernel_params", "one line")]
    [InlineData("filesystem: ext4", "filesystem: ntfs", "filesystem", "a tar image needs one of")]
    [InlineData("multipart: false", "multipart: true", "multipart", "not supported")]
    [InlineData("multipart: false", "preinstall: {archive: /a, compression: gzip}", "preinstall.script", "is missing")]
    public void Parse_FieldThatIsWrong_IsNamedByItsPath(string from, string to, string key, string problem)
    {
        var text = Kadeploy3.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Kadeploy3, text);

        var mistake = Assert.Throws<YamlMistakeException>(() => EnvironmentParser.Parse(text)).Mistake;

        Assert.Equal(key, mistake.Key);
        Assert.Contains(problem, mistake.Problem, StringComparison.Ordinal);
    }
}
