using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Tests.Output;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain é 機", "plain é 機")]
    [InlineData("two\n\nlines\tand tab", "two lines and tab")]
    [InlineData("\u001b]0;title\u0007x", "?]0;title?x")]
    [InlineData("a\u202Eb", "a?b")]
    [InlineData("\u009b31m", "?31m")]
    public void Line_Text_HasNoControlCharacters(string text, string line) => Assert.Equal(line, Printable.Line(text));

    [Fact]
    public void Line_TooLong_IsCut() => Assert.Equal("abc…", Printable.Line("abcdef", 3));
}
