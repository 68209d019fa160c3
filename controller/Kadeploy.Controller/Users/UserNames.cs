using System.Text.RegularExpressions;

namespace Kadeploy.Controller.Users;

/// <summary>What a user may be called: names of accounts and addresses of mail, nothing that could be taken for something else in a path or a log.</summary>
internal static partial class UserNames
{
    /// <summary>Of the token that is made at the first start.</summary>
    public const string FirstAdministrator = "admin";

    public const string Expected = "at most 64 letters, digits and . _ @ -, beginning with a letter, digit or _";

    public static bool IsGood(string? name) => name is not null && Name().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}\z")]
    private static partial Regex Name();
}
