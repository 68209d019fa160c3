using System.Collections.ObjectModel;

namespace Grpc.Core;

/// <summary>Custom-Metadata of PROTOCOL-HTTP2.md: ordered key-value pairs, keys in lower case, bytes under keys that end in "-bin".</summary>
public sealed partial class Metadata : Collection<Metadata.Entry>
{
    /// <summary>The end of a key whose value is bytes.</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>A shared empty list that refuses to be added to.</summary>
    public static readonly Metadata Empty = new(ReadOnlyCollection<Entry>.Empty);

    public Metadata()
    {
    }

    private Metadata(IList<Entry> entries) : base(entries)
    {
    }

    public void Add(string key, string value) => Add(new Entry(key, value));

    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    /// <summary>The last value under the key (any case), or null.</summary>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The last value under a "-bin" key (any case), or null.</summary>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    /// <summary>The last entry under the key (any case), or null.</summary>
    public Entry? Get(string key) => GetAll(key).LastOrDefault();

    public IEnumerable<Entry> GetAll(string key) => this.Where(entry => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
}
