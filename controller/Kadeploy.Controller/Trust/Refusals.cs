using System.Globalization;
using Kadeploy.Api.Audit;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Trust;

/// <summary>
/// What strangers were refused, as the audit log tells it. That log only grows, and a stranger can knock as often as he likes: the same refusal to the
/// same address is one line, and a second one with their number when its minute is over; different ones are limited, and then only counted.
/// </summary>
internal sealed class Refusals : IDisposable
{
    /// <summary>User in lines about those who have not shown who they are.</summary>
    public const string Stranger = "stranger";

    private const int MostLines = 200;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly AuditStore _store;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Action, string Result, string? Address), (string Subject, int More)> _told = [];
    private readonly ITimer _timer;
    private int _untold;

    public Refusals(AuditStore store, TimeProvider time)
    {
        (_store, _time) = (store, time);
        _timer = time.CreateTimer(_ => Close(), null, Window, Window);
    }

    /// <param name="action">What was tried: <c>agent.hello</c>, <c>boot.profile</c>.</param>
    /// <param name="subject">Whose name was used: a MAC, a node; may be empty.</param>
    /// <param name="result">Stable kebab-case reason of the refusal.</param>
    /// <param name="address">Where it came from.</param>
    /// <param name="detail">For a person. Never a secret.</param>
    public void Note(string action, string subject, string result, string? address, string? detail)
    {
        lock (_lock)
        {
            if (_told.TryGetValue((action, result, address), out var told))
            {
                _told[(action, result, address)] = told with { More = told.More + 1 };
                return;
            }
            if (_told.Count >= MostLines)
            {
                _untold++;
                return;
            }
            _told[(action, result, address)] = (subject, 0);
        }
        Write(action, subject, result, address, detail);
    }

    public void Dispose()
    {
        _timer.Dispose();
        Close();
    }

    private void Close()
    {
        List<KeyValuePair<(string Action, string Result, string? Address), (string Subject, int More)>> repeated;
        int untold;
        lock (_lock)
        {
            repeated = [.. _told.Where(t => t.Value.More > 0)];
            untold = _untold;
            _told.Clear();
            _untold = 0;
        }
        foreach (var ((action, result, address), (subject, more)) in repeated)
            Write(action, subject, result, address, $"{more.ToString(CultureInfo.InvariantCulture)} more of these within a minute");
        if (untold > 0)
            Write("refusals", "", "too-many", null, $"{untold.ToString(CultureInfo.InvariantCulture)} further refusals within a minute");
    }

    // Nobody waits for the line: the one who was refused least of all.
    private void Write(string action, string subject, string result, string? address, string? detail) =>
        _ = _store.AddAsync(new AuditEntry(0, _time.GetUtcNow(), Stranger, action, subject, result, null, address, detail));
}
