#!/usr/bin/env python3
"""Times of a whole node, measured on virtual machines that PXE boot for real. Run through build/bench, which builds what it needs.

    bench.py boot [--rounds N]                 power-on to agent enrolled, beside a bare busybox initramfs on the same virtual machine
    bench.py deploy [--nodes N] [--image NAME] [--boot reboot|kexec]
                                               power-on to deployed system, each macro-step, beside the same bare boot

Needs in the environment: KADEPLOYD, KADEPLOY, TESTBED (programs), BOOT (folder of vmlinuz and initramfs), IMAGES (folder of NAME.yaml),
WORK (scratch folder). Everything runs in the network namespace of the virtual cluster and is gone at the end.
"""
import argparse, json, os, shutil, signal, statistics, subprocess, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLUSTER = "kadeploy-bench"
KADEPLOYD, KADEPLOY, TESTBED, BOOT, IMAGES, WORK = (os.environ[k] for k in ("KADEPLOYD", "KADEPLOY", "TESTBED", "BOOT", "IMAGES", "WORK"))
DEADLINE = 600


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def inside(*command):
    return ("ip", "netns", "exec", CLUSTER) + command


def wait(what, ask, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.02)
    sys.exit(f"{what}: not within {deadline} s; see {WORK}")


class Cluster:
    def __init__(self, nodes):
        shutil.rmtree(WORK, ignore_errors=True)
        os.makedirs(f"{WORK}/etc")
        run(TESTBED, "up", "--name", CLUSTER, "--dir", f"{WORK}/cluster", "--nodes", str(nodes), "--memory", "1024", "--owner-pid", str(os.getpid()))
        with open(f"{WORK}/cluster/cluster.json") as f:
            self.nodes = json.load(f)["nodes"]
        self.log = f"{WORK}/kadeployd.log"

    def ipmi(self, node, *command):
        bmc = node["bmc"]
        run(*inside("ipmitool", "-I", "lanplus", "-C", "3", "-H", bmc["address"], "-U", bmc["user"], "-f", bmc["passwordFile"], *command))

    def start_controller(self):
        with open(f"{WORK}/etc/kadeployd.yaml", "w") as f:
            f.write(f"address: 10.80.0.1\nagentHeartbeat: 2s\nstateDirectory: {WORK}/state\nbootDirectory: {BOOT}\nimages:\n  allowedDirectories: [{IMAGES}]\n"
                    "kernelParameters: console=tty0 console=ttyS0,115200n8\n")
        with open(self.log, "w") as log:
            self.controller = subprocess.Popen(inside(KADEPLOYD, "--config", f"{WORK}/etc"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait("kadeployd answers", lambda: subprocess.run(self.cli("info"), capture_output=True).returncode == 0, 60)

    def cli(self, *command):
        return inside("env", f"KADEPLOY_TOKEN_FILE={WORK}/state/admin.token", KADEPLOY, *command)

    def agent_memory(self):
        """The most that any agent connected now has held since it started, in bytes; 0 before its first heartbeat."""
        listed = subprocess.run(self.cli("node", "list", "--json"), capture_output=True, text=True)
        nodes = json.loads(listed.stdout)["nodes"] if listed.returncode == 0 else []
        return max([(node.get("agent") or {}).get("peakResidentBytes") or 0 for node in nodes], default=0)

    def stop_controller(self):
        self.controller.send_signal(signal.SIGTERM)
        self.controller.wait(30)

    def down(self):
        run(TESTBED, "down", "--name", CLUSTER)


def bare_initramfs():
    """Our own initramfs without the agent and the tools: busybox, the same drivers, DHCP, and one HTTP request when the network is up."""
    tree = f"{WORK}/bare"
    os.makedirs(tree)
    unpack = subprocess.Popen(["zstd", "-dc", f"{BOOT}/initramfs"], stdout=subprocess.PIPE)
    run_in = subprocess.run(["cpio", "-idm", "--quiet"], cwd=tree, stdin=unpack.stdout)
    if run_in.returncode or unpack.wait():
        sys.exit("the initramfs does not unpack")
    def remove(folder, but):
        for entry in os.listdir(folder):
            path = os.path.join(folder, entry)
            if entry not in but:
                shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)

    remove(tree, ("bin", "sbin", "usr", "lib", "dev", "etc"))
    remove(f"{tree}/usr", ("lib",))
    remove(f"{tree}/usr/lib", ("modules",))
    if not os.path.isdir(f"{tree}/lib/modules"):
        sys.exit("the initramfs has its modules elsewhere than in /lib/modules")
    with open(f"{tree}/init", "w") as f:
        f.write("""#!/bin/busybox sh
export PATH=/bin:/sbin
busybox mkdir -p /proc /sys /dev /run /tmp
busybox mount -t proc proc /proc; busybox mount -t sysfs sysfs /sys; busybox mount -t devtmpfs devtmpfs /dev
for pass in 1 2; do busybox modprobe -qa $(busybox find /sys/devices -name modalias -exec busybox cat {} + | busybox sort -u); done
for path in /sys/class/net/e*; do
    interface=${path##*/}
    busybox ip link set "$interface" up
    busybox udhcpc -i "$interface" -q -f -n -t 20 -T 1 -s /etc/udhcpc/default.script
done
until busybox wget -q -O /dev/null http://10.80.0.1:25302/up; do busybox sleep 0.2; done
while :; do busybox sleep 1000; done
""")
    os.chmod(f"{tree}/init", 0o755)
    packed = f"{WORK}/bare.cpio.zst"
    find = subprocess.Popen(["find", "."], cwd=tree, stdout=subprocess.PIPE)
    with open(packed, "wb") as out:
        cpio = subprocess.Popen(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=tree, stdin=find.stdout, stdout=subprocess.PIPE)
        subprocess.run(["zstd", "-q", "-19", "-c"], stdin=cpio.stdout, stdout=out, check=True)
    return packed


def bare_boot(cluster, node, packed):
    """Seconds from power-on to the bare initramfs's request."""
    server = subprocess.Popen(inside(sys.executable, __file__, "serve", packed), stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        server.stdout.readline()
        cluster.ipmi(node, "chassis", "power", "on")
        start = time.monotonic()
        if server.stdout.readline().strip() != "up":
            sys.exit("the bare initramfs never came up")
        took = time.monotonic() - start
    finally:
        server.terminate()
        server.wait()
    cluster.ipmi(node, "chassis", "power", "off")
    return took


def serve(packed):
    """Inside the namespace: boot script, kernel and initramfs for iPXE; says 'ready', and 'up' at the first request for /up."""
    files = {"/vmlinuz": f"{BOOT}/vmlinuz", "/initramfs": packed}
    script = b"#!ipxe\nkernel http://10.80.0.1:25302/vmlinuz initrd=initramfs console=tty0 console=ttyS0,115200n8\ninitrd --name initramfs http://10.80.0.1:25302/initramfs\nboot\n"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path = self.path.split("?")[0]
            body = script if path == "/boot.ipxe" else open(files[path], "rb").read() if path in files else b"ok\n"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if path == "/up":
                print("up", flush=True)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("", 25302), Handler)
    print("ready", flush=True)
    server.serve_forever()


def agent_boot(cluster, node):
    """Seconds from power-on to the agent let in by the controller, and the bytes of memory that it holds then."""
    cluster.start_controller()
    cluster.ipmi(node, "chassis", "power", "on")
    start = time.monotonic()
    wait("the agent enrols", lambda: " let in as " in open(cluster.log).read())
    took = time.monotonic() - start
    memory = wait("the agent's first heartbeat", cluster.agent_memory, 60)
    cluster.ipmi(node, "chassis", "power", "off")
    cluster.stop_controller()
    return took, memory


def boot(options):
    cluster = Cluster(1)
    try:
        packed, node = bare_initramfs(), cluster.nodes[0]
        ours, bare = [], []
        for _ in range(options.rounds):
            bare.append(bare_boot(cluster, node, packed))
            took, memory = agent_boot(cluster, node)
            ours.append(took)
            print(f"  bare {bare[-1]:.1f} s, agent enrolled {ours[-1]:.1f} s", file=sys.stderr, flush=True)
        agent = json.load(open(f"{BOOT}/manifest.json"))
        report = {
            "bareSeconds": round(statistics.median(bare), 2), "agentSeconds": round(statistics.median(ours), 2),
            "ratio": round(statistics.median(ours) / statistics.median(bare), 3), "rounds": options.rounds,
            "agentBytes": agent["agent"]["bytes"], "initramfsBytes": agent["files"]["initramfs"]["bytes"], "bareInitramfsBytes": os.path.getsize(packed),
            "agentIdleBytes": memory,
        }
        print(f"power-on to network, bare busybox   {report['bareSeconds']:8.2f} s   initramfs {report['bareInitramfsBytes'] / 1e6:.1f} MB")
        print(f"power-on to agent enrolled          {report['agentSeconds']:8.2f} s   initramfs {report['initramfsBytes'] / 1e6:.1f} MB, agent {report['agentBytes'] / 1e6:.1f} MB")
        print(f"ratio                               {report['ratio']:8.3f}     (aim: 1.15)")
        print(f"agent's memory, idle                {report['agentIdleBytes'] / 1e6:8.1f} MB")
        print(json.dumps(report))
    finally:
        cluster.down()


def deploy(options):
    cluster = Cluster(options.nodes)
    try:
        bare = bare_boot(cluster, cluster.nodes[0], bare_initramfs())
        cluster.start_controller()
        for node in cluster.nodes:
            run(*cluster.cli("node", "add", "--name", node["name"], "--mac", node["mac"], "--address", node["ip"],
                             "--bmc", f"ipmi://{node['bmc']['user']}@{node['bmc']['address']}", "--bmc-password-file", node["bmc"]["passwordFile"]))
        run(*cluster.cli("env", "add", f"{IMAGES}/{options.image}.yaml"))
        nodes = "node-1" if options.nodes == 1 else f"node-[1-{options.nodes}]"
        start = time.monotonic()
        with open(f"{WORK}/deploy.json", "w") as out, open(f"{WORK}/deploy.err", "w") as err:
            deploying = subprocess.Popen(cluster.cli("deploy", "-e", options.image, "-m", nodes, "--boot", options.boot, "--json"),
                                         stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        memory = 0
        while True:
            try:
                deploying.wait(4)  # asking more often would take the processor from what is measured
                break
            except subprocess.TimeoutExpired:
                memory = max(memory, cluster.agent_memory())
        took = time.monotonic() - start
        if deploying.returncode:
            sys.exit(f"deploy ended with {deploying.returncode}; see {WORK}\n{open(f'{WORK}/deploy.err').read()[-2000:]}")
        cluster.stop_controller()
        deployment = json.load(open(f"{WORK}/deploy.json"))
        print(f"{options.nodes} x {options.image} by {options.boot}: {took:.1f} s = {took / bare:.2f} x one bare boot ({bare:.1f} s)")
        for state in deployment.get("nodeStates", []):
            print(f"  {state['node']}: " + ", ".join(f"{step} {seconds:.1f} s" for step, seconds in state["macroSeconds"].items()))
        print(f"  an agent's memory, at most {memory / 1e6:.1f} MB" if memory else "  no heartbeat was seen: too short a run to tell an agent's memory")
        print(json.dumps({"agentPeakBytes": memory, "seconds": round(took, 1), "bareSeconds": round(bare, 1), "nodes": options.nodes, "image": options.image, "boot": options.boot}))
    finally:
        cluster.down()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("boot")
    one.add_argument("--rounds", type=int, default=3)
    one.set_defaults(do=boot)
    two = commands.add_parser("deploy")
    two.add_argument("--nodes", type=int, default=1)
    two.add_argument("--image", default="tiny")
    two.add_argument("--boot", choices=("reboot", "kexec"), default="kexec")
    two.set_defaults(do=deploy)
    chosen = parser.parse_args()
    chosen.do(chosen)
