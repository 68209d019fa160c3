#!/usr/bin/env python3
"""The chain beside its peers, in shaped namespaces, and its relay on loopback beside a C relay.

    bench.py [--hosts 4,8,16,32] [--rate 150mbit] [--mib 256] [--runs 1] [--racks R] [--peers kadeploy,nc,udpcast,uftp] [--faults] [--relay] [--json FILE]

"kadeploy" is the product as it is installed: kadeployd, and an agent on each host, driven by `kadeploy broadcast`; its time is that of the transfer,
the whole command's stands beside it. "ours" is the library alone. Every copy is checked by digest. The unit is one TCP stream over one of the links, in the same run. CPU is user and system time of all processes of
the tool, divided by GiB and receivers. --faults: see faults.py. --relay: see relay.py. Needs root; a peer that is not installed is left out, and said so.
"""
import argparse, json, os, shutil, signal, statistics, sys, time

import faults, netlab, relay
from lab import NODE, WORK, Proc, cpu, digest, fresh, image, ours, out, wait, whole
from netlab import address
from site_of_programs import Site


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


# Rate of the links and size of the image for a number of hosts: what two cores can forward for all of them.
SIZES = {4: ("300mbit", 256), 8: ("150mbit", 256), 16: ("75mbit", 128), 32: ("37mbit", 64)}
PROGRAMS = {"nc": "nc", "udpcast": "udp-sender", "uftp": "uftp"}


def compare(args):
    rows = []
    for hosts in [int(h) for h in args.hosts.split(",")]:
        rate, mib = SIZES.get(hosts, SIZES[8])
        netlab.down()
        netlab.up(hosts, args.rate or rate, args.racks)
        try:
            rows += compare_at(hosts, args.rate or rate, args.mib or mib, args)
        finally:
            netlab.down()
    return rows


def compare_at(hosts, rate, mib, args):
    rows = []
    src, want = image(mib)
    fresh(hosts)
    ideals = [one_stream(src, 600) for _ in range(args.runs)]
    ideal = statistics.median(ideals)
    racks = f", {args.racks} racks" if args.racks > 1 else ""
    print(f"N={hosts} {mib} MiB {rate}{racks}: one TCP stream {ideal:.2f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    for peer in args.peers.split(","):
        if peer in PROGRAMS and not shutil.which(PROGRAMS[peer]):
            print(f"{peer:8s} not installed, left out")
            continue
        runs = []
        site = Site(hosts, WORK, args.racks) if peer == "kadeploy" else None
        try:
            for run in range(args.runs):
                fresh(hosts)
                before = netlab.uplinks()
                runs.append(broadcast(site, src, f"out.{run}", hosts, want) if site else one_run(peer, hosts, rate, src, ideal * 12 + 60, want))
                runs[-1]["uplinks"] = crossed(before, netlab.uplinks(), mib)
        finally:
            if site:
                site.close()
        middle = sorted(runs, key=lambda r: r["seconds"])[len(runs) // 2]
        per = mib / 1024 * hosts
        row = dict(tool=peer, hosts=hosts, rate=rate, mib=mib, racks=args.racks, ideal=ideal, ratio=middle["seconds"] / ideal, ratios=[r["seconds"] / ideal for r in runs],
                   cpu_s_per_gib_host=middle["cpu"] / per, load=os.getloadavg()[0], **middle)
        if "command" in middle:
            row["command_ratio"] = middle["command"] / ideal
        rows.append(row)
        print(describe(row, hosts), flush=True)
    return rows


def one_run(peer, hosts, rate, src, limit, want):
    call, extra = {"ours": (ours, []), "nc": (nc, []), "udpcast": (udpcast, []), "uftp": (uftp, [rate])}[peer]
    seconds, procs = call(hosts, src, limit, *extra)
    receivers = [p for p in procs if p.host != 0 and p.usage]
    return dict(seconds=seconds, cpu=cpu(procs), peak_mib=max((p.usage.ru_maxrss for p in receivers), default=0) / 1024, intact=len(whole(hosts, want)))


def broadcast(site, src, name, hosts, want):
    result = site.broadcast(src, name)
    result["intact"] = sum(os.path.exists(site.out(i, name)) and digest(site.out(i, name)) == want for i in range(1, hosts + 1))
    for i in range(1, hosts + 1):
        if os.path.exists(site.out(i, name)):
            os.remove(site.out(i, name))
    return result


def crossed(before, after, mib):
    """Bytes over each rack's uplink divided by the size of the image: (out, in)."""
    return {r: [(now - then) / (mib << 20) for then, now in zip(before[r], after[r])] for r in after}


def describe(row, hosts):
    text = (f"{row['tool']:8s} {row['seconds']:8.2f} s  {row['ratio']:6.3f} x one stream  intact {row['intact']}/{hosts}  "
            f"cpu {row['cpu_s_per_gib_host']:5.2f} s per GiB and host  peak {row['peak_mib']:.0f} MiB")
    if "command" in row:
        text += f"  whole command {row['command']:.2f} s ({row['command_ratio']:.3f} x, {row['cpu_command']:.2f} s of CPU of its own)"
    if row["uplinks"]:
        text += "  uplinks out/in " + " ".join(f"{out_:.2f}/{in_:.2f}" for out_, in_ in row["uplinks"].values())
    for failure in row.get("failures", []):
        text += f"\n         {failure['reason']}: {failure['detail']}"
    return text


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hosts", default="", help="4,8,16,32 unless given; 8 for --faults")
    p.add_argument("--rate", default="", help="of the links; as fits the number of hosts unless given")
    p.add_argument("--mib", type=int, default=0, help="size of the image; as fits the number of hosts unless given")
    p.add_argument("--runs", type=int, default=1)
    p.add_argument("--racks", type=int, default=1, help="hosts in this many racks in turn, their switches joined by another")
    p.add_argument("--peers", default="kadeploy,nc,udpcast,uftp")
    p.add_argument("--faults", action="store_true")
    p.add_argument("--fault", help="only these, of " + ",".join(faults.FAULTS), default=",".join(faults.FAULTS))
    p.add_argument("--relay", action="store_true")
    p.add_argument("--json")
    p.add_argument("--keep", action="store_true", help="leave the copies and logs where they are")
    args = p.parse_args()
    if args.faults or args.relay:
        args.hosts, args.rate, args.mib = int(args.hosts or 8), args.rate or "150mbit", args.mib or 256
    else:
        args.hosts = args.hosts or "4,8,16,32"
    os.makedirs(WORK, exist_ok=True)
    if not os.path.exists(NODE) or not os.path.exists(os.environ.get("KADEPLOY_AGENT", "")):
        sys.exit("the programs are missing: build/bench chain builds them and says where they are")
    rows = faults.run(args) if args.faults else relay.run(args) if args.relay else compare(args)
    if args.json:
        with open(args.json, "w") as f:
            json.dump(dict(machine=os.uname().release, cpus=os.cpu_count(), rows=rows), f, indent=1)
    if not args.keep:
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    main()
