"""The other implementation: grpcio (Debian python3-grpcio), as server and as client, without generated stubs.

  peer.py serve                    answers as ProbeService.cs does; prints "port N", then one line an event
  peer.py call HOST:PORT SCENARIO  makes one call; prints one JSON object, or "open" first where the scenario stays open
"""
import json
import sys
import threading
import time
from concurrent import futures

import grpc

SERVICE = "kadeploy.probe.Prober"


def varint(n):
    out = bytearray()
    while True:
        out.append(n & 0x7F | (0x80 if n > 0x7F else 0))
        n >>= 7
        if not n:
            return bytes(out)


def encode(note):
    """A Note (probe.proto) as protobuf, from {"text", "number", "body"}."""
    text, number, body = note.get("text", "").encode(), note.get("number", 0), note.get("body", b"")
    out = b""
    if text:
        out += b"\x0a" + varint(len(text)) + text
    if number:
        out += b"\x10" + varint(number)
    if body:
        out += b"\x1a" + varint(len(body)) + body
    return out


def decode(data):
    note, i = {"text": "", "number": 0, "body": b""}, 0

    def number():
        nonlocal i
        value = shift = 0
        while True:
            octet = data[i]
            i += 1
            value |= (octet & 0x7F) << shift
            shift += 7
            if octet < 0x80:
                return value

    while i < len(data):
        tag = number()
        value = number()
        if tag == 0x10:
            note["number"] = value
        else:
            note["text" if tag == 0x0A else "body"] = data[i:i + value].decode() if tag == 0x0A else data[i:i + value]
            i += value
    return note


def say(line):
    print(line, flush=True)


# ---------------------------------------------------------------- server

def wait_for_end(context):
    ended = threading.Event()
    context.add_callback(ended.set)
    say("waiting")
    ended.wait(60)
    say("cancelled")


def unary(request, context):
    text = request["text"]
    if text == "fail":
        context.set_trailing_metadata((("reason", "told-to"), ("detail-bin", b"\x00\xff")))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "größer als 100 % – 駄目")
    if text == "crash":
        raise ValueError("a bug")
    if text == "big":
        return {"body": bytes(request["number"])}
    if text == "wait":
        wait_for_end(context)
    if text == "metadata":
        echo = tuple((key, value) for key, value in context.invocation_metadata() if key.startswith("probe"))
        context.send_initial_metadata(echo)
        context.set_trailing_metadata(echo)
    if text == "timeout":
        return {"text": text, "number": int(context.time_remaining() * 1000)}
    return {"text": text, "number": len(request["body"])}


def down(request, context):
    for i in range(request["number"]):
        yield {"text": request["text"], "number": i, "body": request["body"]}
    if request["text"] == "wait":
        wait_for_end(context)
    if request["text"] == "fail":
        context.abort(grpc.StatusCode.ABORTED, "after the messages")


def up(requests, context):
    total = {"text": "", "number": 0}
    for note in requests:
        if note["text"] == "enough":
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "enough")
        total["text"] += note["text"]
        total["number"] += note["number"]
    return total


def both(requests, context):
    say("opened")
    context.add_callback(lambda: say("cancelled"))
    for note in requests:
        yield note
    yield {"text": "half-closed"}


def serve():
    kinds = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary, decode, encode),
        "Down": grpc.unary_stream_rpc_method_handler(down, decode, encode),
        "Up": grpc.stream_unary_rpc_method_handler(up, decode, encode),
        "Both": grpc.stream_stream_rpc_method_handler(both, decode, encode),
    }
    # Without these grpcio ends connections that ping more often than every five minutes.
    options = (("grpc.http2.min_ping_interval_without_data_ms", 1000), ("grpc.http2.max_ping_strikes", 0))
    server = grpc.server(futures.ThreadPoolExecutor(8), options=options)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, kinds),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    say(f"port {port}")
    sys.stdin.read()


# ---------------------------------------------------------------- client

def outcome(call, messages=()):
    """How a call ended; messages are the responses that came."""
    return {
        "code": call.code().name,
        "details": call.details(),
        "headers": [[k, v if isinstance(v, str) else list(v)] for k, v in call.initial_metadata() or ()],
        "trailers": [[k, v if isinstance(v, str) else list(v)] for k, v in call.trailing_metadata() or ()],
        "messages": [{"text": m["text"], "number": m["number"], "length": len(m["body"])} for m in messages],
    }


class Client:
    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)

    def path(self, method):
        return f"/{SERVICE}/{method}"

    def single(self, request, method="Unary", path=None, **options):
        start = time.monotonic()
        call = self.channel.unary_unary(path or self.path(method), encode, decode).future(request, **options)
        messages = [call.result()] if call.exception() is None else []
        return dict(outcome(call, messages), seconds=time.monotonic() - start)

    def stream(self, call):
        messages = []
        try:
            for message in call:
                messages.append(message)
        except grpc.RpcError:
            pass
        return outcome(call, messages)

    def unary(self):
        return self.single({"text": "näive", "body": b"abc"})

    def down(self):
        return self.stream(self.channel.unary_stream(self.path("Down"), encode, decode)({"text": "t", "number": 4}))

    def down_fail(self):
        return self.stream(self.channel.unary_stream(self.path("Down"), encode, decode)({"text": "fail", "number": 2}))

    def up(self):
        call = self.channel.stream_unary(self.path("Up"), encode, decode).future(iter([{"text": t, "number": 2} for t in "abc"]))
        return outcome(call, [call.result()])

    def up_refused(self):
        def endless():
            yield {"text": "enough"}
            while True:
                time.sleep(0.01)
                yield {"text": "more"}
        call = self.channel.stream_unary(self.path("Up"), encode, decode).future(endless())
        call.exception()
        return outcome(call)

    def both(self):
        """Each request waits for the answer to the one before."""
        answered = threading.Semaphore(1)

        def requests():
            for i in range(1, 6):
                answered.acquire()
                yield {"number": i}
        messages = []
        call = self.channel.stream_stream(self.path("Both"), encode, decode)(requests())
        for message in call:
            messages.append(message)
            answered.release()
        return outcome(call, messages)

    def unknown_method(self):
        return self.single({}, method="Nothing")

    def unknown_service(self):
        return self.single({}, path="/no.such.Service/Unary")

    def fail(self):
        return self.single({"text": "fail"})

    def crash(self):
        return self.single({"text": "crash"})

    def metadata(self):
        return self.single({"text": "metadata"}, metadata=(("probe", "a"), ("probe", "b, c"), ("probe-bin", b"\x00\x01\xff")))

    def deadline(self):
        return self.single({"text": "wait"}, timeout=3)  # not before the handler has it

    def deadline_deaf(self):
        return self.single({"text": "deaf"}, timeout=0.5)

    def too_big(self):
        return self.single({"body": bytes(5 * 1024 * 1024)})

    def big(self):
        return self.single({"text": "big", "number": 3 * 1024 * 1024, "body": bytes(3 * 1024 * 1024)})

    def gzip(self):
        return self.single({"body": bytes(10000)}, compression=grpc.Compression.Gzip)

    def cancel(self):
        call = self.channel.unary_unary(self.path("Unary"), encode, decode).future({"text": "wait"})
        say("open")
        sys.stdin.readline()
        call.cancel()
        return {"code": call.code().name}

    def stay(self):
        """Opens a duplex call and keeps it."""
        requests = threading.Event()

        def one():
            yield {"number": 1}
            requests.wait()
        call = self.channel.stream_stream(self.path("Both"), encode, decode)(one())
        next(call)
        say("open")
        requests.wait()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        say(json.dumps(getattr(Client(sys.argv[2]), sys.argv[3])()))
