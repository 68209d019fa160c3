"""What the measurements share: processes in hosts, the image, its copies, and our chain run as processes."""
import hashlib, os, signal, subprocess, time

from netlab import address, host

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
WORK = os.environ.get("CHAIN_BENCH_DIR", "/dev/shm/chain-bench")
NODE = os.environ.get("CHAIN_NODE", os.path.join(TOP, "out", "bench", "chain-node", "chain-node"))
PORT = 25303


class Proc:
    """A process in a host, with its CPU time and peak memory."""

    def __init__(self, i, command, output=subprocess.DEVNULL):
        self.host = i
        shell = ["sh", "-c", command] if isinstance(command, str) else command
        prefix = ["ip", "netns", "exec", host(i)] if i is not None else []
        self.p = subprocess.Popen(prefix + shell, stdout=output, stderr=subprocess.DEVNULL, start_new_session=True)
        self.usage = self.end = self.code = None

    def poll(self):
        if self.code is None:
            pid, status, usage = os.wait4(self.p.pid, os.WNOHANG)
            if pid:
                self.usage, self.end, self.code = usage, time.time(), os.waitstatus_to_exitcode(status)
                self.p.returncode = self.code
        return self.code

    def kill(self, sig=signal.SIGKILL):
        if self.poll() is None:
            os.killpg(self.p.pid, sig)


def wait(procs, limit):
    end = time.time() + limit
    while time.time() < end and any(p.poll() is None for p in procs):
        time.sleep(0.005)
    for p in procs:
        p.kill()
    while any(p.poll() is None for p in procs):
        time.sleep(0.005)


def cpu(procs):
    return sum(p.usage.ru_utime + p.usage.ru_stime for p in procs if p.usage)


def out(i):
    return f"{WORK}/out.{i}"


def fresh(n):
    for i in range(1, n + 1):
        if os.path.exists(out(i)):
            os.remove(out(i))


def digest(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            h.update(block)
    return h.hexdigest()


def whole(n, want, skip=()):
    return [i for i in range(1, n + 1) if i not in skip and os.path.exists(out(i)) and digest(out(i)) == want]


def image(mib):
    path = f"{WORK}/src.bin"
    if not os.path.exists(path) or os.path.getsize(path) != mib << 20:
        with open(path, "wb") as f:
            for _ in range(mib):
                f.write(os.urandom(1 << 20))
    return path, digest(path)


def make_plan(n, src, local=False):
    where = [f"127.0.0.1:{PORT + 100 + i}" for i in range(n + 1)] if local else [f"{address(i)}:{PORT}" for i in range(n + 1)]
    subprocess.run([NODE, "plan", src, f"{WORK}/plan"] + where, check=True)


def ours(n, src, limit, act=None, skip=()):
    """Runs the chain; act(elapsed, procs) is called all along. Returns seconds until the last node not skipped was done, and the processes."""
    make_plan(n, src)
    logs = [open(f"{WORK}/log.{i}", "w") for i in range(n + 1)]
    start = time.time()
    procs = [Proc(i, [NODE, "node", f"{WORK}/plan", str(i), out(i)], logs[i]) for i in range(1, n + 1)]
    head = Proc(0, [NODE, "head", f"{WORK}/plan", src], logs[0])
    wanted = [p for p in procs if p.host not in skip]
    while time.time() - start < limit and any(p.poll() is None for p in wanted):
        if act:
            act(time.time() - start, procs)
        time.sleep(0.005)
    seconds = time.time() - start
    wait([head] + procs, 0 if skip else 10)
    for log in logs:
        log.close()
    return seconds, procs + [head]
