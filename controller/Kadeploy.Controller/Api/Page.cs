namespace Kadeploy.Controller.Api;

/// <summary>How lists are cut into pages: at most <c>limit</c> entries behind <c>cursor</c>, which the page before gave as <c>next</c>.</summary>
internal static class Page
{
    public const int Usual = 200;
    public const int Most = 1000;

    public static IResult? Problem(int? limit) => limit is < 1 or > Most ? Problems.BadField("limit", $"a number from 1 to {Most}") : null;

    /// <summary>
    /// The page behind <paramref name="cursor"/>, which is the key of the last entry of the page before. Where that entry is gone meanwhile, the list
    /// begins anew: an entry is rather told twice than not at all.
    /// </summary>
    /// <param name="all">All entries in their order.</param>
    /// <param name="key">What an entry is known by.</param>
    /// <param name="limit">At most so many; null: all of them.</param>
    /// <param name="cursor">Where to go on; null: at the beginning.</param>
    public static (IReadOnlyList<T> Page, string? Next) Cut<T>(IReadOnlyList<T> all, Func<T, string> key, int? limit, string? cursor)
    {
        var from = 0;
        if (cursor is not null)
            while (from < all.Count && key(all[from++]) != cursor)
            {
                if (from == all.Count)
                    return Cut(all, key, limit, null);
            }
        var page = all.Skip(from).Take(limit ?? int.MaxValue).ToList();
        return (page, page.Count > 0 && from + page.Count < all.Count ? key(page[^1]) : null);
    }
}
