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
    [InlineData("os: linux", "os: bsd", "os", "'bsd' is none of linux, xen, other")]
    [InlineData("os: linux", "os: xen", "boot.hypervisor", "is needed")]
    [InlineData("os: linux", "os: linux\ntags: [web, 'a b']", "tags[1]", "words")]
    [InlineData("os: linux", "os: linux\narchitecture: 'x86 64'", "architecture", "no such word")]
    [InlineData("os: linux", "", "os", "is missing")]
    [InlineData("  kind: tar", "  kind: fsa", "image.compression", "a whole number from 0 to 9")]
    [InlineData("  kind: tar", "  kind: iso", "image.kind", "'iso' is none of tar, dd, fsa")]
    [InlineData("  compression: gzip\npost", "  compression: rar\npost", "image.compression", "'rar' is none of")]
    [InlineData("  file: server:///srv/images/debian.tgz", "  file: debian.tgz", "image.file", "is not an absolute path")]
    [InlineData("  file: server:///srv/images/debian.tgz", "  file: ftp://x/debian.tgz", "image.file", "only files on the controller")]
    [InlineData("  file: server:///srv/images/debian.tgz", "  file: server:///srv/images/debian.tgz\n  sha256: abc", "image.sha256", "64 hexadecimal digits")]
    [InlineData("  script: traitement.ash /rambin", "  scripts: x", "postinstalls[0].script", "is missing")]
    [InlineData("  kernel: /vmlinuz", "", "boot.kernel", "is needed for a tar image")]
    [InlineData("  kernel: /vmlinuz", "  kernel: /../../etc/shadow", "boot.kernel", "is not an absolute path inside the image")]
    [InlineData("  kernel_params: quiet", "  kernel_params: \"quiet\\nboot\"", "boot.kernel_params", "one line")]
    [InlineData("filesystem: ext4", "", "filesystem", "is needed for a tar image")]
    [InlineData("multipart: false", "multipart: true", "options", "is needed when multipart")]
    [InlineData("multipart: false", "multipart: true\noptions: {partitions: [{id: 1, device: /dev/sda1}]}", "boot.block_device", "are needed when multipart")]
    [InlineData("multipart: false", "options: {partitions: [{id: 1, device: /dev/sda1}, {id: 1, device: /dev/sda2}]}", "options.partitions", "given twice")]
    [InlineData("multipart: false", "preinstall: {archive: a, compression: gzip, script: b}", "preinstall.archive", "is not an absolute path")]
    [InlineData("multipart: false", "preinstall: {archive: /a, compression: gzip}", "preinstall.script", "is missing")]
    public void Parse_FieldThatIsWrong_IsNamedByItsPath(string from, string to, string key, string problem)
    {
        var text = Kadeploy3.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Kadeploy3, text);

        var mistake = Assert.Throws<YamlMistakeException>(() => EnvironmentParser.Parse(text)).Mistake;

        Assert.Equal(key, mistake.Key);
        Assert.Contains(problem, mistake.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_EveryField_ReadsBackTheSame()
    {
        // Every field of Kadeploy3's description and of ours.
        const string Everything = """
            name: "wünsch dir was"
            version: 3
            description: "a: b # c \"d\" é"
            author: "yes"
            visibility: shared
            destructive: true
            os: xen
            architecture: x86_64
            tags: [web, stable-2]
            image: {file: "server:///srv/a b.tgz", kind: tar, compression: gzip, sha256: 0000000000000000000000000000000000000000000000000000000000000001}
            preinstall: {archive: /srv/pre.tgz, compression: xz, script: "run me"}
            postinstalls:
              - {archive: /srv/post.tgz, compression: gzip, script: "a b 'c'"}
              - {archive: none, script: "#!/bin/sh\necho 'x: y'\n"}
            boot: {kernel: /vmlinuz, initrd: /initrd.img, kernel_params: "quiet console=ttyS0,115200n8 a=b:c", hypervisor: /xen.gz, hypervisor_params: dom0_mem=1, block_device: /dev/sda, partition: 3}
            filesystem: btrfs
            partition_type: 0x83
            multipart: true
            options: {partitions: [{id: 1, device: /dev/sda1}, {id: 2, device: /dev/sda2}]}
            """;
        var first = EnvironmentParser.Parse(Everything);
        Assert.Empty(first.Warnings);

        var text = EnvironmentWriter.Write(Registered(first));
        var second = EnvironmentParser.Parse(text);

        Assert.Equivalent(first, second, strict: true);
        Assert.Equal(text, EnvironmentWriter.Write(Registered(second)));
    }

    [Fact]
    public void Write_AnyText_ReadsBackTheSame()
    {
        var random = new Random(63);
        string[] pieces = ["yes", "null", ": ", "#", "'", "\"", "\n", "  ", "-", "1", "é", "\t", "{", "]", "%", "@", "&", "*", "!", "|", ">", "~", "0x1", "a"];
        for (var round = 0; round < 2000; round++)
        {
            var description = string.Concat(Enumerable.Range(0, random.Next(0, 8)).Select(_ => pieces[random.Next(pieces.Length)]));
            var registered = Registered(EnvironmentParser.Parse(Kadeploy3)) with { Description = description };
            Assert.Equal(description, EnvironmentParser.Parse(EnvironmentWriter.Write(registered)).Description);
        }
    }

    [Theory]
    [InlineData("os: linux", "os: other", null)]
    [InlineData("filesystem: ext4", "filesystem: xfs", "not onto xfs")]
    [InlineData("os: linux", "os: xen", "Xen")]
    [InlineData("  kind: tar\n  compression: gzip", "  kind: fsa\n  compression: 3", "fsarchiver")]
    [InlineData("multipart: false", "multipart: true\noptions: {partitions: [{id: 1, device: /dev/sda1}]}", "several partitions")]
    public void NotDeployable_WhatWeCannotDeploy_IsKeptAndSaysWhy(string from, string to, string? why)
    {
        var text = Kadeploy3.Replace(from, to, StringComparison.Ordinal).Replace("  kernel: /vmlinuz", "  kernel: /vmlinuz\n  hypervisor: /xen\n  block_device: sda\n  partition: 1", StringComparison.Ordinal);
        var said = Registered(EnvironmentParser.Parse(text)).NotDeployable;
        if (why is null)
            Assert.Null(said);
        else
            Assert.Contains(why, said, StringComparison.Ordinal);
    }

    private static RegisteredEnvironment Registered(EnvironmentDescription it) => new(
        new DeployableEnvironment(
            "E-1", it.Name, it.Version, "me", new Image(it.ImageFile, it.Kind, it.Compression, 1, it.Sha256 ?? new string('0', 64)), it.FileSystem, it.Kernel, it.Initrd, it.KernelParameters, it.Postinstalls)
        {
            Preinstall = it.Preinstall,
        },
        it.Description, it.Author, it.Visibility, it.Os, default, default, it.Warnings)
    {
        Tags = it.Tags,
        Architecture = it.Architecture,
        Kadeploy3 = it.Kadeploy3,
    };
}
