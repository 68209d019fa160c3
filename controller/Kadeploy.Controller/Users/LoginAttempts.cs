using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Kadeploy.Controller.Users;

/// <summary>
/// Keeps passwords from being guessed and their hashing from becoming a load: few at once, an address that was wrong too often waits,
/// and what was right lately is remembered (as a keyed digest, in memory only).
/// </summary>
internal sealed class LoginAttempts(TimeProvider time) : IDisposable
{
    private const int MostWrong = 10;
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly SemaphoreSlim _two = new(2);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _right = new();
    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset Last)> _wrong = new();

    /// <summary>True or false as <paramref name="verify"/> says; null when this address has to wait.</summary>
    public async Task<bool?> TryAsync(string address, string user, string password, Func<bool> verify, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var key = Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user}:{password}")));
        if (_right.TryGetValue(key, out var until) && now < until)
            return true;
        if (_wrong.TryGetValue(address, out var wrong) && wrong.Count >= MostWrong && now < wrong.Last + Pause)
            return null;
        bool good;
        await _two.WaitAsync(cancellationToken);
        try
        {
            good = await Task.Run(verify, cancellationToken);
        }
        finally
        {
            _two.Release();
        }
        Forget(now);
        if (good)
        {
            _right[key] = now + Memory;
            _wrong.TryRemove(address, out _);
        }
        else
        {
            _wrong.AddOrUpdate(address, (1, now), (_, was) => now < was.Last + Pause ? (was.Count + 1, now) : (1, now));
        }
        return good;
    }

    public void Dispose() => _two.Dispose();

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, until) in _right)
            if (until <= now || _right.Count > MostRemembered)
                _right.TryRemove(key, out _);
        foreach (var (address, was) in _wrong)
            if (was.Last + Pause <= now || _wrong.Count > MostRemembered)
                _wrong.TryRemove(address, out _);
    }
}
