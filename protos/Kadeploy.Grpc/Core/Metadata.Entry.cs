using System.Buffers;
using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    /// <summary>One pair. A key or value that gRPC cannot carry is refused here (<see cref="ArgumentException"/>), not on the wire.</summary>
    public sealed class Entry
    {
        // Header-Name and ASCII-Value of PROTOCOL-HTTP2.md.
        private static readonly SearchValues<char> NameCharacters = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz_-.");

        private readonly byte[]? _bytes;
        private readonly string? _text;

        public Entry(string key, string value) : this(key, value, null)
        {
            if (IsBinary)
                throw new ArgumentException($"Metadata key '{Key}' ends in \"{BinaryHeaderSuffix}\" and needs bytes.", nameof(key));
            if (!IsSendable)
                throw new ArgumentException(
                    $"The value of metadata key '{Key}' is not printable ASCII: use a \"{BinaryHeaderSuffix}\" key.", nameof(value));
        }

        public Entry(string key, byte[] valueBytes) : this(key, null, valueBytes)
        {
            if (!IsBinary)
                throw new ArgumentException($"Metadata key '{Key}' does not end in \"{BinaryHeaderSuffix}\" and needs text.", nameof(key));
        }

        private Entry(string key, string? text, byte[]? bytes)
        {
            Key = key.ToLowerInvariant();
            if (!IsKey(Key))
                throw new ArgumentException($"'{key}' is not a metadata key: only 0-9 a-z _ - . are allowed.", nameof(key));
            _text = text;
            _bytes = bytes;
        }

        public string Key { get; }

        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        /// <summary>The text; of a binary entry its bytes read as ASCII, as the official library does.</summary>
        public string Value => _text ?? Encoding.ASCII.GetString(_bytes!);

        /// <summary>The bytes; of a text entry its ASCII bytes.</summary>
        public byte[] ValueBytes => _bytes ?? Encoding.ASCII.GetBytes(_text!);

        public override string ToString() => IsBinary ? $"[{Key}: {ValueBytes.Length} bytes]" : $"[{Key}: {Value}]";

        /// <summary>False only for a received value that is text but no ASCII-Value.</summary>
        internal bool IsSendable => IsBinary || !_text.AsSpan().ContainsAnyExceptInRange(' ', '~');

        internal static bool IsKey(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(NameCharacters);

        // PROTOCOL-HTTP2.md: what a peer sent is not an error, even if it is no ASCII-Value.
        internal static Entry Received(string key, string text) => new(key, text, null);
    }
}
