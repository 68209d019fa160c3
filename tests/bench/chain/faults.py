"""What a fault of one node costs the others: each fault in the first, middle and last position, on real processes in shaped namespaces.

kill     kill -9                                   head     the head's process is killed and started again (no position)
stop     SIGSTOP                                   flip     a proxy flips one byte on the way to the node
link     its link goes down                        stale    a process of an earlier transfer has its port
tenth    its link falls to a tenth of the rate     foreign  a process without the key asks to be fed and fed from, and others connect and say nothing
two      kill -9 of it and of the next             late     it starts 10 s late

Prints the time added to those without a fault, how many of the expected copies are whole (those of late, flipped and slow nodes are expected too), and
what the others said of the node.
"""
import os, re, signal, subprocess, time

import lab, netlab
from lab import HERE, NODE, PORT, WORK, Proc, fresh, image, make_plan, whole
from netlab import address

FAULTS = ["kill", "stop", "link", "tenth", "two", "head", "flip", "stale", "foreign", "late"]
# Those that lose their node for good; the others get the image in the end.
LOST = {"kill", "stop", "link", "two", "stale"}


class Run:
    """One transfer with one fault."""

    def __init__(self, n, src, fault, victims, rate):
        self.n, self.src, self.fault, self.victims, self.rate = n, src, fault, victims, rate
        self.extra, self.procs, self.head, self.struck = [], {}, None, False
        where = [f"{address(i)}:{PORT}" for i in range(n + 1)]
        if fault == "flip":
            where[victims[0] - 1] = f"{address(victims[0] - 1)}:{PORT + 1}"
        subprocess.run([NODE, "plan", src, f"{WORK}/plan"] + where, check=True)

    def log(self, name):
        return open(f"{WORK}/log.{name}", "a")

    def start_head(self):
        # As a controller's head, it stays until every node has its outcome.
        port = [str(PORT)] if self.fault == "flip" and self.victims[0] == 1 else []
        self.head = Proc(0, [NODE, "head", f"{WORK}/plan", self.src, "600"] + port, self.log(0))

    def start_node(self, i):
        port = [str(PORT)] if self.fault == "flip" and self.victims[0] - 1 == i else []
        self.procs[i] = Proc(i, [NODE, "node", f"{WORK}/plan", str(i), lab.out(i)] + port, self.log(i))

    def before(self):
        v = self.victims[0]
        if self.fault == "flip":
            self.extra.append(Proc(v - 1, ["python3", f"{HERE}/flip.py", str(PORT + 1), str(PORT), str(os.path.getsize(self.src) // 3)]))
        elif self.fault == "stale":
            where = [f"{address(i)}:{PORT}" for i in range(self.n + 1)]
            subprocess.run([NODE, "plan", self.src, f"{WORK}/plan.old"] + where, check=True)
            self.extra.append(Proc(v, [NODE, "node", f"{WORK}/plan.old", str(v), f"{WORK}/stale"], self.log("stale")))
        elif self.fault == "foreign":
            subprocess.run([NODE, "rekey", f"{WORK}/plan", f"{WORK}/plan.foreign"], check=True)
            self.extra.append(Proc(v, [NODE, "node", f"{WORK}/plan.foreign", str(v), f"{WORK}/foreign", str(PORT + 2)], self.log("foreign")))
            self.extra.append(Proc(v, ["python3", f"{HERE}/idlers.py", address(v), str(PORT), address(v - 1)]))
        if self.extra:
            time.sleep(0.5)

    def strike(self):
        self.struck = True
        for v in self.victims:
            if self.fault in ("kill", "two"):
                self.procs[v].kill()
            elif self.fault == "stop":
                self.procs[v].kill(signal.SIGSTOP)
            elif self.fault == "link":
                netlab.cut(v)
            elif self.fault == "tenth":
                netlab.reshape(v, f"{int(self.rate.replace('mbit', '')) / 10}mbit")
        if self.fault == "head":
            self.head.kill()
            self.start_head()

    def run(self, base, limit):
        """Seconds until the last node without a fault was done."""
        self.before()
        start = time.time()
        late = set(self.victims) if self.fault == "late" else set()
        absent = set(self.victims) if self.fault == "stale" else set()
        for i in range(1, self.n + 1):
            if i not in late | absent:
                self.start_node(i)
        self.start_head()
        wanted = [i for i in range(1, self.n + 1) if i not in self.victims or self.fault in ("flip", "foreign")]
        while time.time() - start < limit and any(self.procs[i].poll() is None for i in wanted):
            if not self.struck and time.time() - start > base * 0.3:
                self.strike()
            if late and time.time() - start > 10:
                self.start_node(late.pop())
            time.sleep(0.005)
        seconds = time.time() - start
        if late:
            time.sleep(max(0, 10 - (time.time() - start)))
            self.start_node(late.pop())
        if self.fault not in LOST:
            lab.wait(list(self.procs.values()), base * 12)
        for p in list(self.procs.values()) + [self.head] + self.extra:
            p.kill()
        lab.wait(list(self.procs.values()) + [self.head] + self.extra, 5)
        return seconds

    def said(self):
        """What the others' logs say of the nodes at fault."""
        names = ["head" if self.fault == "head" or (self.fault == "flip" and v == 1) else f"node-{v - 1 if self.fault == 'flip' else v}" for v in self.victims]
        found = set()
        for i in range(self.n + 1):
            path = f"{WORK}/log.{i}"
            if os.path.exists(path):
                found |= {m[1] for m in re.findall(r"^event \w+ (\S+) (\S+):", open(path).read(), re.M) if m[0] in names}
        return ",".join(sorted(found)) or "-"


def positions(n, fault):
    return [("-", (0,))] if fault == "head" else \
        [(name, (v, v % n + 1) if fault == "two" else (v,)) for name, v in (("first", 1), ("middle", (n + 1) // 2), ("last", n))]


def run(args):
    rows = []
    n = args.hosts
    netlab.down()
    netlab.up(n, args.rate)
    try:
        src, want = image(args.mib)
        fresh(n)
        lab.ours(n, src, 600)
        fresh(n)
        base, _ = lab.ours(n, src, 600)
        print(f"faults, N={n} {args.mib} MiB {args.rate}: {base:.2f} s without one, load {os.getloadavg()[0]:.1f}", flush=True)
        for fault in args.fault.split(","):
            for name, victims in positions(n, fault):
                fresh(n)
                for i in [*range(n + 1), "stale", "foreign"]:
                    if os.path.exists(f"{WORK}/log.{i}"):
                        os.remove(f"{WORK}/log.{i}")
                one = Run(n, src, fault, victims, args.rate)
                seconds = one.run(base, base * 6 + 30)
                for v in victims:
                    if v > 0:
                        netlab.cut(v, False)
                        netlab.reshape(v, args.rate)
                lost = victims if fault in LOST else ()
                good = whole(n, want, lost)
                stolen = os.path.exists(f"{WORK}/foreign") and os.path.getsize(f"{WORK}/foreign") > 0
                rows.append(dict(fault=fault, position=name, seconds=seconds, added=seconds - base, ratio=seconds / base, intact=len(good),
                                 expected=n - len(lost), said=one.said(), stolen=stolen))
                print(f"{fault:8s} {name:6s} {seconds:7.2f} s  added {seconds - base:+6.2f} s  {seconds / base:5.2f} x  "
                      f"intact {len(good)}/{n - len(lost)}  said: {one.said()}{'  THE FOREIGN PROCESS GOT BYTES' if stolen else ''}", flush=True)
    finally:
        netlab.down()
    return rows
