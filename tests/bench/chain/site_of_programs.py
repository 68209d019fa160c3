"""A controller in host 0 and agents on the installed hosts 1..N of the lab: the programs as they are installed, driven by `kadeploy broadcast`."""
import json, os, resource, shutil, subprocess, time

from netlab import address, host

KADEPLOYD, KADEPLOY, AGENT = (os.environ.get(name, "") for name in ("KADEPLOYD", "KADEPLOY", "KADEPLOY_AGENT"))
TICK = os.sysconf("SC_CLK_TCK")


def inside(i, command, **more):
    return subprocess.Popen(["ip", "netns", "exec", host(i)] + command, stderr=subprocess.STDOUT, start_new_session=True, **more)


def cpu_of(pid):
    """User and system seconds of a process so far (proc_pid_stat(5): fields 14 and 15)."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM:")) / 1024


class Site:
    def __init__(self, n, work, racks=1):
        self.n, self.work, self.token = n, work, f"{work}/state/admin.token"
        shutil.rmtree(f"{work}/state", ignore_errors=True)
        os.makedirs(f"{work}/etc", exist_ok=True)
        topology = ""
        if racks > 1:
            lines = [f"    r{r}: {','.join(f'node-{i}' for i in range(1, n + 1) if i % racks == r)}" for r in range(racks)]
            topology = "topology:\n  controller: r0\n  switches:\n" + "\n".join(lines) + "\n"
        with open(f"{work}/etc/kadeployd.yaml", "w") as f:
            f.write(f"address: {address(0)}\nstateDirectory: {work}/state\nimages: {{allowedDirectories: [{work}]}}\n{topology}")
        self.logs = [open(f"{work}/program.{i}", "w") for i in range(n + 1)]
        self.controller = inside(0, [KADEPLOYD, "--config", f"{work}/etc"], stdout=self.logs[0])
        self.agents = []
        self.until(lambda: os.path.exists(self.token) and self.cli("info").returncode == 0, "kadeployd")
        with open(f"{work}/state/controller.pin") as f:
            pin = f.read().strip()
        for i in range(1, n + 1):
            self.must("node", "add", "--name", f"node-{i}", "--mac", f"02:00:00:00:{i >> 8:02x}:{i & 255:02x}", "--address", address(i))
            with open(f"{work}/token.{i}", "w") as f:
                f.write(self.must("node", "token", f"node-{i}"))
            folder = f"{work}/host.{i}"
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            self.agents.append(inside(i, [AGENT, "run", "--controller", f"{address(0)}:25301", "--pin", pin, "--token-file", f"{work}/token.{i}", "--directory", folder,
                                          "--state", f"{work}/agent.{i}"], stdout=self.logs[i]))
        self.until(lambda: self.must("node", "list").count("on host") == n, f"{n} agents")
        # A controller that runs for days has its code compiled.
        with open(f"{work}/warm", "wb") as f:
            f.write(os.urandom(1 << 20))
        self.broadcast(f"{work}/warm", "warm")

    def cli(self, *arguments, prefix=("ip", "netns", "exec", host(0))):
        return subprocess.run([*prefix, KADEPLOY, *arguments], capture_output=True, text=True, env={**os.environ, "KADEPLOY_TOKEN_FILE": self.token})

    def must(self, *arguments):
        done = self.cli(*arguments)
        if done.returncode:
            raise RuntimeError(f"kadeploy {' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done.stdout

    @staticmethod
    def until(condition, what, limit=120):
        end = time.time() + limit
        while not condition():
            if time.time() > end:
                raise RuntimeError(f"waited {limit} s in vain for {what}")
            time.sleep(0.2)

    def broadcast(self, path, name):
        """Sends a file to every host. seconds: from the start of the transfer to the last node's flush; command: what the user waits for."""
        pids = [self.controller.pid] + [a.pid for a in self.agents]
        before, children = [cpu_of(p) for p in pids], resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.time()
        done = self.cli("broadcast", "--to", f"node-[1-{self.n}]" if self.n > 1 else "node-1", f"server://{path}", "--out", name, "--json")
        command = time.time() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = [cpu_of(p) - b for p, b in zip(pids, before)]
        info = json.loads(done.stdout)
        proofs = [node["proof"] for node in info["nodeStates"] if "proof" in node]
        return dict(seconds=max((p["seconds"] for p in proofs), default=float("nan")), command=command, cpu=sum(spent), cpu_controller=spent[0],
                    cpu_command=after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime,
                    peak_mib=max(peak_mib(a.pid) for a in self.agents), peak_controller_mib=peak_mib(self.controller.pid),
                    refetched=sum(p["refetched"] for p in proofs), failures=[n["failure"] for n in info["nodeStates"] if "failure" in n])

    def out(self, i, name):
        return f"{self.work}/host.{i}/{name}"

    def close(self):
        for p in self.agents + [self.controller]:
            p.kill()
            p.wait()
        for log in self.logs:
            log.close()
