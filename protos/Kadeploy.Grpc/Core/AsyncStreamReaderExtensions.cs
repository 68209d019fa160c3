using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary><c>await foreach</c> over a stream.</summary>
public static class AsyncStreamReaderExtensions
{
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader) where T : class => streamReader.MoveNext(CancellationToken.None);

    /// <summary>All messages until the peer ends its stream; fails as <see cref="IAsyncStreamReader{T}.MoveNext"/> does.</summary>
    public static async IAsyncEnumerable<T> ReadAllAsync<T>(
        this IAsyncStreamReader<T> streamReader, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await streamReader.MoveNext(cancellationToken).ConfigureAwait(false))
            yield return streamReader.Current;
    }
}
