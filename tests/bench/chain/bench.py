#!/usr/bin/env python3
"""The chain beside its peers, in shaped namespaces, and its relay on loopback beside a C relay.

    bench.py [--hosts 8] [--rate 150mbit] [--mib 256] [--runs 1] [--peers ours,nc,udpcast,uftp] [--faults] [--relay] [--json FILE]

Every copy is checked by digest. "ideal" is one TCP stream over one of the links, in the same run. CPU is user and system time of all processes of
the tool, divided by GiB and receivers. --faults: kill -9, SIGSTOP, link down, a tenth of the rate, two neighbours at once, each in the first, middle
and last position. Needs root; a peer that is not installed is left out, and said so.
"""
import argparse, hashlib, json, os, resource, shutil, signal, statistics, subprocess, sys, time

import netlab
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


def one_stream(src, limit):
    """The yardstick: seconds of one TCP stream from host 0 to host 1."""
    receiver = Proc(1, f"nc -l 9000 > {out(1)}")
    time.sleep(0.5)
    start = time.time()
    wait([receiver, Proc(0, f"nc -N {address(1)} 9000 < {src}")], limit)
    return time.time() - start


def nc(n, src, limit):
    procs = []
    for i in range(n, 0, -1):
        following = f"| nc -N {address(i + 1)} 9000" if i < n else "> /dev/null"
        procs.append(Proc(i, f"nc -l 9000 | tee {out(i)} {following}"))
        time.sleep(0.15)  # nc does not retry: each must listen before its predecessor starts
    time.sleep(0.5)
    start = time.time()
    procs.append(Proc(0, f"nc -N {address(1)} 9000 < {src}"))
    wait(procs, limit)
    return time.time() - start, procs


def udpcast(n, src, limit):
    procs = [Proc(i, f"udp-receiver --interface e0 --nokbd --nosync -f {out(i)}") for i in range(1, n + 1)]
    time.sleep(1)
    start = time.time()
    procs.append(Proc(0, f"udp-sender --interface e0 --nokbd --min-receivers {n} --full-duplex -f {src}"))
    wait(procs, limit)
    return time.time() - start, procs


def uftp(n, src, limit, rate):
    for i in range(1, n + 1):
        shutil.rmtree(f"{WORK}/u{i}", ignore_errors=True)
        os.makedirs(f"{WORK}/u{i}")
    receivers = [Proc(i, f"exec uftpd -d -I e0 -D {WORK}/u{i} -t") for i in range(1, n + 1)]
    time.sleep(2)
    start = time.time()
    sender = Proc(0, f"uftp -I e0 -R {int(rate.replace('mbit', '')) * 940} {src}")
    wait([sender], limit)
    seconds = time.time() - start
    for p in receivers:
        p.kill(signal.SIGTERM)
    wait(receivers, 2)
    for i in range(1, n + 1):
        if os.path.exists(f"{WORK}/u{i}/src.bin"):
            os.rename(f"{WORK}/u{i}/src.bin", out(i))
    return seconds, receivers + [sender]


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


def compare(args):
    rows = []
    netlab.down()
    netlab.up(args.hosts, args.rate)
    try:
        src, want = image(args.mib)
        fresh(args.hosts)
        ideals = [one_stream(src, 600) for _ in range(args.runs)]
        ideal = statistics.median(ideals)
        print(f"N={args.hosts} {args.mib} MiB {args.rate}: one stream {ideal:.2f} s (ideal), load {os.getloadavg()[0]:.1f}", flush=True)
        for peer in args.peers.split(","):
            program = {"nc": "nc", "udpcast": "udp-sender", "uftp": "uftp"}.get(peer)
            if program and not shutil.which(program):
                print(f"{peer:8s} not installed, left out")
                continue
            results = []
            for _ in range(args.runs):
                fresh(args.hosts)
                call = {"ours": ours, "nc": nc, "udpcast": udpcast, "uftp": uftp}[peer]
                extra = [args.rate] if peer == "uftp" else []
                seconds, procs = call(args.hosts, src, ideal * 12 + 60, *extra)
                receivers = [p for p in procs if p.host != 0]
                results.append((seconds, cpu(procs), max(p.usage.ru_maxrss for p in receivers) / 1024, len(whole(args.hosts, want))))
            seconds = statistics.median(r[0] for r in results)
            per = statistics.median(r[1] for r in results) / (args.mib / 1024 * args.hosts)
            row = dict(tool=peer, hosts=args.hosts, rate=args.rate, mib=args.mib, ideal=ideal, seconds=seconds, ratio=seconds / ideal,
                       ratios=[r[0] / ideal for r in results], cpu_s_per_gib_host=per, peak_mib=max(r[2] for r in results), intact=min(r[3] for r in results))
            rows.append(row)
            print(f"{peer:8s} {seconds:8.2f} s  {row['ratio']:6.3f} x ideal  intact {row['intact']}/{args.hosts}  "
                  f"cpu {per:5.2f} s per GiB and host  peak {row['peak_mib']:.0f} MiB", flush=True)
    finally:
        netlab.down()
    return rows


FAULTS = ["kill", "stop", "link", "tenth", "two"]


def faults(args):
    rows = []
    n = args.hosts
    netlab.down()
    netlab.up(n, args.rate)
    try:
        src, want = image(args.mib)
        fresh(n)
        ours(n, src, 600)
        fresh(n)
        base, _ = ours(n, src, 600)
        print(f"faults, N={n} {args.mib} MiB {args.rate}: {base:.2f} s without one, load {os.getloadavg()[0]:.1f}", flush=True)
        for fault in args.fault.split(","):
            for name, victim in (("first", 1), ("middle", (n + 1) // 2), ("last", n)):
                victims = (victim, victim % n + 1) if fault == "two" else (victim,)
                done = []

                def act(elapsed, procs, victims=victims, fault=fault, done=done):
                    if done or elapsed < base * 0.3:
                        return
                    done.append(elapsed)
                    for v in victims:
                        if fault in ("kill", "two"):
                            procs[v - 1].kill()
                        elif fault == "stop":
                            procs[v - 1].kill(signal.SIGSTOP)
                        elif fault == "link":
                            netlab.cut(v)
                        else:
                            netlab.reshape(v, f"{int(args.rate.replace('mbit', '')) / 10}mbit")

                fresh(n)
                seconds, _ = ours(n, src, base * 6 + 30, act, victims)
                good = whole(n, want, victims)
                for v in victims:
                    netlab.cut(v, False)
                    netlab.reshape(v, args.rate)
                rows.append(dict(fault=fault, position=name, seconds=seconds, added=seconds - base, ratio=seconds / base, intact=len(good), expected=n - len(victims)))
                print(f"{fault:6s} {name:6s} {seconds:7.2f} s  added {seconds - base:+6.2f} s  {seconds / base:5.2f} x  "
                      f"intact {len(good)}/{n - len(victims)}", flush=True)
    finally:
        netlab.down()
    return rows


def relay(args):
    """Throughput of one node between a head and a node that throws away, beside C source, relay and sink with 1 MiB buffers."""
    subprocess.run(["gcc", "-O2", "-o", f"{WORK}/relay", f"{HERE}/relay.c"], check=True)
    src, _ = image(args.mib)
    size = args.mib << 20
    subprocess.run(["cat", src], stdout=subprocess.DEVNULL)
    rows = []
    for run in range(args.runs):
        sink = Proc(None, [f"{WORK}/relay", "sink", "7002", "1048576"])
        middle = Proc(None, [f"{WORK}/relay", "relay", "7001", "7002", "1048576"])
        start = time.time()
        wait([Proc(None, [f"{WORK}/relay", "file", "7001", src, "1048576"]), middle, sink], 300)
        c = time.time() - start
        make_plan(2, src, local=True)
        start = time.time()
        last = Proc(None, [NODE, "node", f"{WORK}/plan", "2", "-"])
        hop = Proc(None, [NODE, "node", f"{WORK}/plan", "1", "-"])
        wait([Proc(None, [NODE, "head", f"{WORK}/plan", src]), hop, last], 300)
        mine = time.time() - start
        rows.append(dict(c_seconds=c, seconds=mine, ratio=c / mine, c_cpu_s_per_gb=cpu([middle]) / size * 1e9, cpu_s_per_gb=cpu([hop]) / size * 1e9,
                         peak_mib=hop.usage.ru_maxrss / 1024))
        print(f"relay    C {size / c / 1e9:.2f} GB/s, ours verified {size / mine / 1e9:.2f} GB/s: {c / mine:.2f} of C; relay's CPU {rows[-1]['c_cpu_s_per_gb']:.2f} / "
              f"{rows[-1]['cpu_s_per_gb']:.2f} s per GB; peak {rows[-1]['peak_mib']:.0f} MiB; load {os.getloadavg()[0]:.1f}", flush=True)
    return rows


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hosts", type=int, default=8)
    p.add_argument("--rate", default="150mbit")
    p.add_argument("--mib", type=int, default=256)
    p.add_argument("--runs", type=int, default=1)
    p.add_argument("--peers", default="ours,nc,udpcast,uftp")
    p.add_argument("--faults", action="store_true")
    p.add_argument("--fault", default=",".join(FAULTS))
    p.add_argument("--relay", action="store_true")
    p.add_argument("--json")
    p.add_argument("--keep", action="store_true", help="leave the copies and logs where they are")
    args = p.parse_args()
    os.makedirs(WORK, exist_ok=True)
    if not os.path.exists(NODE):
        sys.exit(f"{NODE} is missing: build/bench chain builds it")
    rows = faults(args) if args.faults else relay(args) if args.relay else compare(args)
    if args.json:
        with open(args.json, "w") as f:
            json.dump(dict(machine=os.uname().release, cpus=os.cpu_count(), rows=rows), f, indent=1)
    if not args.keep:
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    main()
