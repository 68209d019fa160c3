using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Kadeploy.Transfer;

/// <summary>
/// Bytes of the image over a proven connection: as they are, or sealed with AES-256-GCM (NIST SP 800-38D) in frames of a length (4 bytes, little-endian,
/// authenticated), the ciphertext and a tag (16 bytes). Frames are numbered by their nonces, so none can be left out, moved or played again.
/// The key is the connection's own (<see cref="Handshake.DataKey"/>) and each connection carries image bytes one way only.
/// </summary>
internal sealed class ImagePipe : IDisposable
{
    /// <summary>Plain bytes in a frame at most: what a relay has to wait for before it can pass anything on.</summary>
    public const int FrameSize = 64 << 10;

    private const int LengthSize = 4, TagSize = 16, Overhead = LengthSize + TagSize;
    private const int Batch = 4; // frames in one system call
    private readonly Socket _socket;
    private readonly AesGcm? _cipher;
    private readonly byte[] _nonce = new byte[12];
    private byte[] _buffer = [];
    private int _start, _end;

    // What a frame held beyond the room for it.
    private byte[] _rest = [];
    private int _restStart, _restEnd;
    private ulong _frames;

    /// <param name="socket">Belongs to the caller.</param>
    /// <param name="key">32 bytes; null: nothing is sealed.</param>
    public ImagePipe(Socket socket, byte[]? key) => (_socket, _cipher) = (socket, key is null ? null : new AesGcm(key, TagSize));

    /// <summary>Sends all; false when the connection is gone.</summary>
    public bool Write(ReadOnlySpan<byte> data)
    {
        if (_cipher is null)
            return Wire.Write(_socket, data);
        if (_buffer.Length == 0)
            _buffer = new byte[Batch * (FrameSize + Overhead)];
        while (!data.IsEmpty)
        {
            var filled = 0;
            for (var i = 0; i < Batch && !data.IsEmpty; i++)
            {
                var plain = data[..Math.Min(FrameSize, data.Length)];
                var frame = _buffer.AsSpan(filled, plain.Length + Overhead);
                BinaryPrimitives.WriteInt32LittleEndian(frame, plain.Length);
                _cipher.Encrypt(NextNonce(), plain, frame.Slice(LengthSize, plain.Length), frame[^TagSize..], frame[..LengthSize]);
                filled += frame.Length;
                data = data[plain.Length..];
            }
            if (!Wire.Write(_socket, _buffer.AsSpan(0, filled)))
                return false;
        }
        return true;
    }

    /// <summary>Some bytes; 0 when the peer closed or what came is not its. Throws as <see cref="Socket.Receive(Span{byte})"/> does.</summary>
    public int Receive(Span<byte> room)
    {
        if (_cipher is null)
            return _socket.Receive(room);
        if (_restStart == _restEnd)
        {
            if (!NextFrame(room, out var direct))
                return 0;
            if (direct > 0)
                return direct;
        }
        var n = Math.Min(room.Length, _restEnd - _restStart);
        _rest.AsSpan(_restStart, n).CopyTo(room);
        _restStart += n;
        return n;
    }

    /// <summary>Fills the buffer; false when it cannot be filled.</summary>
    public bool Read(Span<byte> all)
    {
        try
        {
            while (!all.IsEmpty)
            {
                var n = Receive(all);
                if (n == 0)
                    return false;
                all = all[n..];
            }
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher?.Dispose();

    // Into the room when it is large enough, else aside. False at the end, and for a frame that was not made with this key as this one.
    private bool NextFrame(Span<byte> room, out int direct)
    {
        direct = 0;
        if (_buffer.Length == 0)
            _buffer = new byte[Batch * (FrameSize + Overhead)];
        if (!Have(LengthSize))
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        if (length is < 1 or > FrameSize || !Have(length + Overhead))
            return false;
        var frame = _buffer.AsSpan(_start, length + Overhead);
        var aside = length > room.Length;
        if (aside && _rest.Length == 0)
            _rest = new byte[FrameSize];
        try
        {
            _cipher!.Decrypt(NextNonce(), frame.Slice(LengthSize, length), frame[^TagSize..], aside ? _rest.AsSpan(0, length) : room[..length], frame[..LengthSize]);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        _start += frame.Length;
        (_restStart, _restEnd, direct) = aside ? (0, length, 0) : (0, 0, length);
        return true;
    }

    private bool Have(int bytes)
    {
        while (_end - _start < bytes)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }
            var n = _socket.Receive(_buffer.AsSpan(_end));
            if (n == 0)
                return false;
            _end += n;
        }
        return true;
    }

    private byte[] NextNonce()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_nonce, _frames++);
        return _nonce;
    }
}
