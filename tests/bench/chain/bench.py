#!/usr/bin/env python3
"""The chain beside its peers, in shaped namespaces, and its relay on loopback beside a C relay.

    bench.py [--hosts 8] [--rate 150mbit] [--mib 256] [--runs 1] [--peers ours,nc,udpcast,uftp] [--faults] [--relay] [--json FILE]

Every copy is checked by digest. "ideal" is one TCP stream over one of the links, in the same run. CPU is user and system time of all processes of
the tool, divided by GiB and receivers. --faults: see faults.py. --relay: see relay.py. Needs root; a peer that is not installed is left out, and said so.
"""
import argparse, json, os, shutil, signal, statistics, sys, time

import faults, netlab, relay
from lab import NODE, WORK, Proc, cpu, fresh, image, ours, out, wait, whole
from netlab import address


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


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hosts", type=int, default=8)
    p.add_argument("--rate", default="150mbit")
    p.add_argument("--mib", type=int, default=256)
    p.add_argument("--runs", type=int, default=1)
    p.add_argument("--peers", default="ours,nc,udpcast,uftp")
    p.add_argument("--faults", action="store_true")
    p.add_argument("--fault", help="only these, of " + ",".join(faults.FAULTS), default=",".join(faults.FAULTS))
    p.add_argument("--relay", action="store_true")
    p.add_argument("--json")
    p.add_argument("--keep", action="store_true", help="leave the copies and logs where they are")
    args = p.parse_args()
    os.makedirs(WORK, exist_ok=True)
    if not os.path.exists(NODE):
        sys.exit(f"{NODE} is missing: build/bench chain builds it")
    rows = faults.run(args) if args.faults else relay.run(args) if args.relay else compare(args)
    if args.json:
        with open(args.json, "w") as f:
            json.dump(dict(machine=os.uname().release, cpus=os.cpu_count(), rows=rows), f, indent=1)
    if not args.keep:
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    main()
