"""N+1 hosts as network namespaces on switches (bridges in a namespace of their own), each behind a link shaped both ways by tbf, TCP cubic.

With racks, host i hangs at the switch of rack i mod RACKS, and a core switch joins these: neighbours by name are never neighbours in the network.

Nothing leaves the lab, and its names begin with "kb" so that other labs on the machine are left alone. Needs root and iproute2.
"""
import json, subprocess


def sh(command, check=True):
    r = subprocess.run(command, shell=True, capture_output=True, text=True)
    if check and r.returncode:
        raise RuntimeError(f"{command}: {r.stderr.strip()}")
    return r.stdout


def address(i):
    return f"10.78.{(i + 1) // 250}.{(i + 1) % 250}"


def host(i):
    return f"kb{i}"


def shape(namespace, device, rate):
    sh(f"tc -n {namespace} qdisc replace dev {device} root tbf rate {rate} burst 128kb latency 100ms")


def reshape(i, rate):
    """Both directions of one host's link."""
    shape(host(i), "e0", rate)
    shape("kbsw", f"p{i}", rate)


def up(n, rate, racks=1):
    sh("ip netns add kbsw && ip -n kbsw link set lo up")
    for r in range(racks):
        sh(f"ip -n kbsw link add name sw{r} type bridge mcast_snooping 0 && ip -n kbsw link set sw{r} up")
    if racks > 1:
        sh("ip -n kbsw link add name core type bridge mcast_snooping 0 && ip -n kbsw link set core up")
        for r in range(racks):
            sh(f"ip -n kbsw link add u{r} type veth peer name d{r}; ip -n kbsw link set u{r} master sw{r} up; ip -n kbsw link set d{r} master core up")
    for i in range(n + 1):
        h = host(i)
        sh(f"ip netns add {h} && ip link add name e0 netns {h} type veth peer name p{i} netns kbsw")
        sh(f"ip -n kbsw link set p{i} master sw{i % racks} up; ip -n {h} addr add {address(i)}/16 brd + dev e0; ip -n {h} link set e0 up; ip -n {h} link set lo up")
        sh(f"ip -n {h} route replace 10.78.0.0/16 dev e0 proto kernel scope link src {address(i)} congctl cubic; ip -n {h} route add 224.0.0.0/4 dev e0")
        if rate != "none":
            reshape(i, rate)


def uplinks():
    """Bytes that have left and entered each rack by its uplink."""
    links = {link["ifname"]: link["stats64"] for link in json.loads(sh("ip -n kbsw -s -j link"))}
    return {r: (links[f"u{r}"]["tx"]["bytes"], links[f"u{r}"]["rx"]["bytes"]) for r in range(len(links)) if f"u{r}" in links}


def cut(i, down=True):
    sh(f"ip -n kbsw link set p{i} {'down' if down else 'up'}")


def down():
    for line in sh("ip netns list").splitlines():
        name = line.split(" ")[0]
        if name == "kbsw" or (name[:2] == "kb" and name[2:].isdigit()):
            sh(f"ip netns del {name}", check=False)
