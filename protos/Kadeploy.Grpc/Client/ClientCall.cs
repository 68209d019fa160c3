using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>
/// One call over one HTTP/2 stream (PROTOCOL-HTTP2.md). It ends exactly once, by whichever comes first: the server's status, a failure,
/// the deadline, or cancellation; the end releases everything and is what every later use of the call reports.
/// </summary>
internal sealed class ClientCall<TRequest, TResponse> : IDisposable where TRequest : class where TResponse : class
{
    private readonly GrpcChannel _channel;
    private readonly Method<TRequest, TResponse> _method;
    private readonly CallOptions _options;
    private readonly RequestContent<TRequest> _content;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource<CallEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer? _deadlineTimer;
    private readonly CancellationTokenRegistration _cancellation;
    private HttpResponseMessage? _response;
    private MessageReader<TResponse>? _reader;
    private int _received;

    public ClientCall(GrpcChannel channel, Method<TRequest, TResponse> method, CallOptions options, TRequest? request)
    {
        (_channel, _method, _options) = (channel, method, options);
        _content = new RequestContent<TRequest>(request, method.RequestMarshaller, _ended.Token);
        if (options.Deadline is { } deadline && deadline != DateTime.MaxValue)
            _deadlineTimer = GrpcTimeout.Start(channel.Time, Remaining(deadline), () => End(new Status(StatusCode.DeadlineExceeded, "")));
        _cancellation = options.CancellationToken.UnsafeRegister(static call => ((ClientCall<TRequest, TResponse>)call!).Cancel(), this);
        Headers = SendAsync();
        // Not everybody looks at the headers: their failure is the call's, which is told elsewhere.
        _ = Headers.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        // It may have ended before the fields were set.
        if (_end.Task.IsCompleted)
            StopWatching();
    }

    /// <summary>The response's metadata.</summary>
    public Task<Metadata> Headers { get; }

    private bool HasSingleResponse => _method.Type is MethodType.Unary or MethodType.ClientStreaming;

    public Status GetStatus() => Ended().Status;

    public Metadata GetTrailers() => Ended().Trailers;

    public void Dispose() => Cancel();

    public void Cancel() => End(new Status(StatusCode.Cancelled, "The call was cancelled by this client."));

    public void CompleteRequests() => _content.Complete();

    /// <summary>The next response, or null when the call has ended with OK; else throws its end.</summary>
    public async Task<TResponse?> ReadAsync()
    {
        await Headers.ConfigureAwait(false);
        try
        {
            if (!_end.Task.IsCompleted)
            {
                if (await _reader!.ReadAsync(_ended.Token).ConfigureAwait(false) is not { } message)
                    End(StatusOf(_response!.TrailingHeaders), MetadataOf(_response.TrailingHeaders));
                else if (++_received > 1 && HasSingleResponse)
                    End(new Status(StatusCode.Unimplemented, "The server sent more than one response where one is due."));
                else
                    return message;
            }
        }
        catch (Exception e)
        {
            End(StatusMapping.FromException(e));
        }
        return Ended().Status.StatusCode == StatusCode.OK ? null : throw Ended().ToException();
    }

    /// <summary>The one response of a call that has but one.</summary>
    public async Task<TResponse> ReadSingleAsync()
    {
        var message = await ReadAsync().ConfigureAwait(false);
        // The status comes after the message; an OK without a message has been turned into an error.
        await ReadAsync().ConfigureAwait(false);
        return message!;
    }

    /// <summary>Completes when flow control has taken the message. Throws the call's end if that is why it could not be written.</summary>
    public async Task WriteAsync(TRequest message)
    {
        try
        {
            var pipe = await _content.Pipe.WaitAsync(_ended.Token).ConfigureAwait(false);
            MessageFrame.Write(pipe, message, _method.RequestMarshaller);
            await pipe.FlushAsync(_ended.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // A server may answer before it has read everything: then the status lies in the response, which a single read is waiting for.
            if (HasSingleResponse || _end.Task.IsCompleted)
                throw (await _end.Task.ConfigureAwait(false)).ToException();
            throw new RpcException(StatusMapping.FromException(e));
        }
        catch (Exception e)
        {
            throw End(StatusMapping.FromException(e)).ToException();
        }
    }

    private async Task<Metadata> SendAsync()
    {
        try
        {
            _ended.Token.ThrowIfCancellationRequested();
            var response = await _channel.Http.SendAsync(CreateRequest(), _ended.Token).ConfigureAwait(false);
            Interlocked.Exchange(ref _response, response);
            if (_end.Task.IsCompleted)
                response.Dispose();
            var encoding = response.Headers.NonValidated.TryGetValues(GrpcHeaders.Encoding, out var values) ? values.ToString() : null;
            var stream = await response.Content.ReadAsStreamAsync(_ended.Token).ConfigureAwait(false);
            var body = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16384));
            _reader = new MessageReader<TResponse>(body, _method.ResponseMarshaller, _channel.MaxReceiveMessageSize, encoding, StatusCode.Internal);
            if (StatusInHeaders(response) is { } status)
                End(status, MetadataOf(response.Headers));
        }
        catch (Exception e)
        {
            End(StatusMapping.FromException(e));
        }
        return !_end.Task.IsCompleted || Ended().Status.StatusCode == StatusCode.OK ? MetadataOf(_response!.Headers) : throw Ended().ToException();
    }

    private HttpRequestMessage CreateRequest()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_channel.Address, _method.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = _content,
        };
        _content.Headers.TryAddWithoutValidation("content-type", GrpcHeaders.ContentType);
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("user-agent", "grpc-csharp-kadeploy/0.1");
        request.Headers.TryAddWithoutValidation(GrpcHeaders.AcceptEncoding, GrpcHeaders.Identity);
        if (_options.Deadline is { } deadline && deadline != DateTime.MaxValue)
            request.Headers.TryAddWithoutValidation(GrpcHeaders.Timeout, GrpcTimeout.Encode(Remaining(deadline)));
        foreach (var (name, value) in GrpcHeaders.Send(_options.Headers ?? Metadata.Empty))
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    // Not null when the response carries no messages: Trailers-Only, or no gRPC at all.
    private static Status? StatusInHeaders(HttpResponseMessage response)
    {
        if (response.Headers.NonValidated.Contains(GrpcHeaders.Status))
            return StatusOf(response.Headers);
        if (response.StatusCode != HttpStatusCode.OK)
            return new Status(StatusMapping.FromHttp(response.StatusCode), $"The server answered with HTTP status {(int)response.StatusCode}.");
        var contentType = response.Content.Headers.NonValidated.TryGetValues("content-type", out var values) ? values.ToString() : null;
        return GrpcHeaders.IsGrpc(contentType)
            ? null
            : new Status(StatusCode.Unknown, $"The server answered with content type '{contentType}', which is not gRPC.");
    }

    private static Status StatusOf(HttpHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues(GrpcHeaders.Status, out var values))
            return new Status(StatusCode.Unknown, "The server's stream ended without a grpc-status.");
        var message = headers.NonValidated.TryGetValues(GrpcHeaders.Message, out var texts) ? PercentEncoding.Decode(texts.ToString()) : "";
        return int.TryParse(values.ToString(), out var code) && Enum.IsDefined((StatusCode)code)
            ? new Status((StatusCode)code, message)
            : new Status(StatusCode.Unknown, $"The server's grpc-status is '{values}'. {message}");
    }

    private static Metadata MetadataOf(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
            foreach (var value in values)
                GrpcHeaders.Receive(metadata, name, value);
        return metadata;
    }

    private TimeSpan Remaining(DateTime deadline)
    {
        if (deadline.Kind != DateTimeKind.Utc)
            throw new ArgumentException("The deadline must be a UTC time.", nameof(deadline));
        var remaining = deadline - _channel.Time.GetUtcNow().UtcDateTime;
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    private CallEnd Ended() => _end.Task.IsCompletedSuccessfully ? _end.Task.Result : throw new InvalidOperationException("The call has not ended.");

    private CallEnd End(Status status, Metadata? trailers = null)
    {
        // An OK needs its message; and what the server calls cancelled after the deadline is the deadline (PROTOCOL-HTTP2.md, Client Cancellation).
        if (status.StatusCode == StatusCode.OK && HasSingleResponse && _received == 0)
            status = new Status(StatusCode.Unimplemented, "The server sent no response where one is due.");
        else if (status.StatusCode == StatusCode.Cancelled && _options.Deadline is { } deadline && Remaining(deadline) == TimeSpan.Zero)
            status = new Status(StatusCode.DeadlineExceeded, "");
        if (_end.TrySetResult(new CallEnd(status, trailers ?? Metadata.Empty)))
        {
            StopWatching();
            // Resets the stream (CANCEL) if it is still open. Not in this thread, which may be the caller's: others wait for the token.
            _ = _ended.CancelAsync();
            Interlocked.Exchange(ref _response, _response)?.Dispose();
        }
        return _end.Task.Result;
    }

    private void StopWatching()
    {
        _cancellation.Unregister();
        _deadlineTimer?.Dispose();
    }
}
