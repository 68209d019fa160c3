"""One node's relay on loopback, nothing shaped, beside a C relay of the same buffer.

Between the same peers: our head and our last node, with our verifying node or with a C program between them that passes the connections on. Those are three
processes, of which two (with C: one) hash, on the cores that this machine has: so beside the seconds it gives the CPU time of the one in the middle, whole and
of its busiest thread, whose inverse is what it would reach with a core for each thread. "C alone" has C peers too, and nobody who hashes.
"""
import os, subprocess, time

from lab import HERE, NODE, PORT, WORK, Proc, cpu, image, wait

BUFFER = str(1 << 20)


def busiest(p):
    """CPU seconds of the process's busiest thread so far."""
    most = 0
    try:
        for task in os.listdir(f"/proc/{p.p.pid}/task"):
            fields = open(f"/proc/{p.p.pid}/task/{task}/stat").read().rsplit(")", 1)[1].split()
            most = max(most, int(fields[11]) + int(fields[12]))
    except OSError:
        return 0
    return most / os.sysconf("SC_CLK_TCK")


def run_all(procs, middle, until):
    """Seconds until `until` ended, and the busiest thread's CPU seconds of `middle`."""
    start, busy = time.time(), 0
    while time.time() - start < 300 and until.poll() is None:
        busy = max(busy, busiest(middle))
        time.sleep(0.02)
    seconds = (until.end or time.time()) - start
    wait([p for p in procs if p is not middle], 5)
    wait([middle], 0.5)
    return seconds, busy


def plan(src, *ports, sealed="0"):
    # Whoever is slow to start on a busy machine is waited for: else the bytes pass it by.
    subprocess.run([NODE, "plan", src, f"{WORK}/plan"] + [f"127.0.0.1:{PORT + p}" for p in ports], check=True,
                   env=dict(os.environ, CHAIN_JOIN_MS="30000", CHAIN_SEALED=sealed))


def log(name):
    return open(f"{WORK}/log.{name}", "w")


def alone(src):
    sink = Proc(None, [f"{WORK}/relay", "sink", "7002", BUFFER])
    middle = Proc(None, [f"{WORK}/relay", "relay", "7001", "7002", BUFFER])
    return (*run_all([Proc(None, [f"{WORK}/relay", "file", "7001", src, BUFFER]), middle, sink], middle, sink), middle)


def by_c(src):
    plan(src, 102, 101)
    middle = Proc(None, [f"{WORK}/relay", "forward", str(PORT + 102), str(PORT + 100), BUFFER])
    head = Proc(None, [NODE, "head", f"{WORK}/plan", src, "0", str(PORT + 100)])
    last = Proc(None, [NODE, "node", f"{WORK}/plan", "1", "-"])
    return (*run_all([head, middle, last], middle, last), middle)


def sealed(src):
    return by_us(src, sealed="1")


def by_us(src, sealed="0"):
    plan(src, 100, 101, 102, sealed=sealed)
    last = Proc(None, [NODE, "node", f"{WORK}/plan", "2", "-"], log("last"))
    middle = Proc(None, [NODE, "node", f"{WORK}/plan", "1", "-"], log("relay"))
    head = Proc(None, [NODE, "head", f"{WORK}/plan", src])
    return (*run_all([head, middle, last], middle, last), middle)


def run(args):
    subprocess.run(["gcc", "-O2", "-pthread", "-o", f"{WORK}/relay", f"{HERE}/relay.c"], check=True)
    src, _ = image(args.mib)
    gb = (args.mib << 20) / 1e9
    subprocess.run(["cat", src], stdout=subprocess.DEVNULL)
    rows = []
    for run in range(args.runs):
        row = dict(mib=args.mib)
        for name, way in (("C alone", alone), ("C", by_c), ("ours", by_us), ("sealed", sealed)):
            seconds, busy, middle = way(src)
            if way in (by_us, sealed) and "event" in open(f"{WORK}/log.last").read():
                raise SystemExit(f"the bytes did not pass through the relay: see {WORK}/log.last")
            row[name] = dict(gb_per_s=gb / seconds, cpu_s_per_gb=cpu([middle]) / gb, busiest_thread_s_per_gb=busy / gb, peak_mib=middle.usage.ru_maxrss / 1024)
            print(f"relay    {name:8s} {gb / seconds:5.2f} GB/s   its CPU {cpu([middle]) / gb:5.2f} s per GB, busiest thread {busy / gb:5.2f} s per GB", flush=True)
        row["ratio"] = row["ours"]["gb_per_s"] / row["C"]["gb_per_s"]
        row["sealed_ratio"] = row["sealed"]["gb_per_s"] / row["ours"]["gb_per_s"]
        rows.append(row)
        print(f"relay    sealed ÷ plain {row['sealed_ratio']:.2f}; {row['sealed']['cpu_s_per_gb'] - row['ours']['cpu_s_per_gb']:.2f} s of CPU per GB more in a relay", flush=True)
        print(f"relay    ours ÷ C with the same peers {row['ratio']:.2f}; peak {row['ours']['peak_mib']:.0f} MiB; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    return rows
