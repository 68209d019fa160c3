using Kadeploy.Controller.Environments;

namespace Kadeploy.Controller.Tests.Environments;

public sealed class EnvironmentNameTests
{
    [Theory]
    [InlineData("debian", null, "debian", null)]
    [InlineData("debian:3", null, "debian", 3)]
    [InlineData("root/debian", "root", "debian", null)]
    [InlineData("root/debian:12", "root", "debian", 12)]
    public void Parse_EveryForm_IsUnderstood(string text, string? owner, string name, int? version) =>
        Assert.Equal(new EnvironmentName(owner, name, version), EnvironmentName.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("debian:")]
    [InlineData("debian:new")]
    [InlineData("debian:-1")]
    [InlineData("/debian")]
    [InlineData("root/")]
    [InlineData("a/b/c")]
    public void Parse_SomethingElse_IsNull(string text) => Assert.Null(EnvironmentName.Parse(text));
}
