"""flip.py LISTEN TO AT: a proxy on this host that flips one bit of the first connection that carries more than AT bytes back to its caller."""
import socket, sys, threading

listen, to, at = map(int, sys.argv[1:])
lock, done = threading.Lock(), False


def pump(a, b, flips):
    global done
    passed = 0
    try:
        while data := a.recv(1 << 18):
            if flips and passed <= at < passed + len(data):
                with lock:
                    if not done:
                        done = True
                        data = bytearray(data)
                        data[at - passed] ^= 0x10
            passed += len(data)
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


server = socket.create_server(("0.0.0.0", listen), backlog=100)
while True:
    caller, _ = server.accept()
    try:
        target = socket.create_connection(("127.0.0.1", to), 1)
    except OSError:
        caller.close()
        continue
    for s in (caller, target):
        s.settimeout(None)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=pump, args=(caller, target, False), daemon=True).start()
    threading.Thread(target=pump, args=(target, caller, True), daemon=True).start()
