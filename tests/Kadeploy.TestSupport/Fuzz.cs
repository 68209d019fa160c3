namespace Kadeploy.TestSupport;

/// <summary>Bytes and texts that nobody who means well sends, made from good ones. The same seed makes the same.</summary>
public sealed class Fuzz(int seed)
{
    private static readonly byte[] Edges = [0, 1, 0x7f, 0x80, 0xfe, 0xff, (byte)'%', (byte)'"', (byte)' ', (byte)'\n', (byte)'\r', (byte)':', (byte)'='];

    /// <summary>How many cases a fuzz test tries: KADEPLOY_FUZZ_CASES, or so many as take about a second.</summary>
    public static int Cases(int quick) => int.TryParse(Environment.GetEnvironmentVariable("KADEPLOY_FUZZ_CASES"), out var cases) ? cases : quick;

    /// <summary>The source of chance.</summary>
    public Random Random { get; } = new(seed);

    /// <summary>One to four changes: a bit, a byte, a piece left out, doubled or put in, the end cut off.</summary>
    public byte[] Mutate(byte[] good)
    {
        var bytes = good.ToList();
        for (var change = Random.Next(1, 5); change > 0; change--)
        {
            var at = Random.Next(bytes.Count + 1);
            var length = Math.Min(Random.Next(1, 17), bytes.Count - at);
            switch (Random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << Random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = Edges[Random.Next(Edges.Length)];
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.InsertRange(at, Noise(Random.Next(1, 33)));
                    break;
                case 5 when Random.Next(3) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>The same with text, each byte one character of Latin-1.</summary>
    public string Mutate(string good) => System.Text.Encoding.Latin1.GetString(Mutate(System.Text.Encoding.Latin1.GetBytes(good)));

    /// <summary>Bytes by chance.</summary>
    public byte[] Noise(int length)
    {
        var bytes = new byte[length];
        Random.NextBytes(bytes);
        return bytes;
    }
}
