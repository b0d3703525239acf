"""One measurement, in namespaces of its own.

Started by `bench' under unshare as the namespace's first process, with one JSON
object as its argument: the daemon (or floor), the scenario and its sizes. Makes
a machine (users, tables, /dev/log, a mailer) on a tmpfs, mounts it over the real
paths, starts the daemon in a control group if there may be one, does what the
scenario says and prints one JSON object. Whatever is left ends with the
namespace.
"""
import importlib
import json
import math
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

FIRST_UID = 200000
HERE = os.path.dirname(os.path.abspath(__file__))


class Failed(Exception):
    """The daemon can't do it, or not in time: a hole in the table."""


def write(path, text, mode=0o644, uid=0, gid=0):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(path, mode)
    os.chown(path, uid, gid)


def read(path):
    with open(path, encoding="ascii", errors="replace") as f:
        return f.read()


def user_name(i):
    return "u%05d" % i


# ---- what it costs

class Group:
    """The control group of the daemon, its jobs and its mailers; or, where none
    can be made, what the process tables say."""

    def __init__(self, path):
        self.dir = path
        self.usage = None
        self.mine = {1}
        if path and os.path.exists(path + "/cpuacct.usage"):
            self.usage = self.from_cpuacct
        elif path:
            self.usage = self.from_cpu_stat
        else:
            self.usage = self.from_processes

    def enter(self):
        if self.dir:
            with open(self.dir + "/cgroup.procs", "w") as f:
                f.write("0")

    def from_cpuacct(self):
        return int(read(self.dir + "/cpuacct.usage")) / 1e9

    def from_cpu_stat(self):
        return int(read(self.dir + "/cpu.stat").split()[1]) / 1e6

    def from_processes(self):
        """Seconds: of the living and the children they waited for, and of what
        this process, as init, has reaped."""
        hz = os.sysconf("SC_CLK_TCK")
        t = os.times()
        total = t.children_user + t.children_system
        for pid in pids():
            if pid in self.mine:
                continue
            try:
                stat = read("/proc/%d/stat" % pid).rpartition(")")[2].split()
                total += int(read("/proc/%d/schedstat" % pid).split()[0]) / 1e9
                total += (int(stat[13]) + int(stat[14])) / hz
            except (OSError, IndexError):
                pass
        return total


def pids():
    return [int(p) for p in os.listdir("/proc") if p.isdigit()]


def next_pid():
    """Numbers are given in order: the difference is how many were made."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def memory(pid):
    """KiB in user space, shared pages divided among those who share them."""
    for line in read("/proc/%d/smaps_rollup" % pid).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


# ---- the machine

class World:
    def __init__(self, spec):
        self.spec = spec
        self.peer = spec["peer"]
        self.sizes = spec["sizes"]
        self.tree = spec["dir"] + "/tree"
        self.bin = spec["bin"]
        self.users = self.sizes.get("users", 10)
        self.group = Group(spec["group"])
        self.daemon = None
        self.boundary = 0.0
        self.base = set()

    # -- building it

    def build(self):
        t = self.tree
        os.makedirs(t, exist_ok=True)
        mount("-t", "tmpfs", "-o", "mode=0755", "bench", t)
        for d in ("var/spool/cron", "run/bench", "dev/shm", "sbin", "host-sbin",
                  "tables", "var/tmp"):
            os.makedirs("%s/%s" % (t, d))
        os.chmod(t + "/var/tmp", 0o1777)
        os.chmod(t + "/dev/shm", 0o1777)
        self.build_etc()
        self.build_sbin()
        self.build_dev()
        mount("--bind", t + "/var/spool", "/var/spool")
        mount("--bind", t + "/run", "/run")
        # A home may be closed to the users that some daemons change to.
        if self.spec["cache"]:
            os.mkdir("/run/bench/packages")
            mount("--bind", self.spec["cache"], "/run/bench/packages")
        os.mkfifo("/run/bench/job")
        os.mkfifo("/run/bench/mail")
        for f in ("job", "mail"):
            os.chmod("/run/bench/" + f, 0o666)
        for f in ("mails", "flood"):
            write("/run/bench/" + f, "", 0o666)
        self.job_fifo = os.open("/run/bench/job", os.O_RDWR | os.O_NONBLOCK)
        self.mail_fifo = os.open("/run/bench/mail", os.O_RDWR | os.O_NONBLOCK)
        self.make_spool()
        self.make_tables()

    def build_etc(self):
        etc = self.tree + "/etc"
        shutil.copytree("/etc", etc, symlinks=True,
                        ignore=lambda d, names: [
                            n for n in names
                            if n in ("crontab", "cron.d", "cron.allow",
                                     "cron.deny")])
        for d in ("cron.d", "pam.d"):
            os.makedirs(etc + "/" + d, exist_ok=True)
        write(etc + "/crontab", "")
        if self.spec["pam_file"]:
            for name in ("cron", "crond"):
                shutil.copyfile(self.spec["pam_file"], etc + "/pam.d/" + name)
        passwd, group, shadow = [], [], []
        for i in range(self.users):
            u, n = FIRST_UID + i, user_name(i)
            passwd.append("%s:x:%d:%d::/:/bin/sh\n" % (n, u, u))
            group.append("%s:x:%d:\n" % (n, u))
            shadow.append("%s:*:19000:0:99999:7:::\n" % n)
        passwd.append("cron:x:199999:199999::/:/bin/sh\n")
        group.append("cron:x:199999:\n")
        if "\ncrontab:" not in read(etc + "/group"):
            group.append("crontab:x:199998:\n")
        for name, lines in (("passwd", passwd), ("group", group),
                            ("shadow", shadow)):
            with open(etc + "/" + name, "a", encoding="ascii") as f:
                f.write("".join(lines))
        mount("--bind", etc, "/etc")

    def build_sbin(self):
        mount("--bind", "/usr/sbin", self.tree + "/host-sbin")
        for name in os.listdir("/usr/sbin"):
            if name != "sendmail":
                os.symlink("%s/host-sbin/%s" % (self.tree, name),
                           "%s/sbin/%s" % (self.tree, name))
        shutil.copyfile(self.bin + "/mailer", self.tree + "/sbin/sendmail")
        os.chmod(self.tree + "/sbin/sendmail", 0o755)
        mount("--bind", self.tree + "/sbin", "/usr/sbin")

    def build_dev(self):
        dev = self.tree + "/dev"
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            write("%s/%s" % (dev, name), "")
            mount("--bind", "/dev/" + name, "%s/%s" % (dev, name))
        os.symlink("/proc/self/fd", dev + "/fd")
        mount("--rbind", dev, "/dev")
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        log.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        threading.Thread(target=self.drain, args=(log,), daemon=True).start()

    def drain(self, log):
        """The log: counted and forgotten, but for its last lines."""
        self.log_lines = 0
        self.log_tail = []
        while True:
            line = log.recv(65536)
            self.log_lines += 1
            self.log_tail = self.log_tail[-40:] + [line]

    def make_spool(self):
        kind = self.peer["personality"]
        self.spool = "/var/spool/cron"
        if kind != "redhat":
            self.spool += "/crontabs"
            os.mkdir(self.spool)
        if kind == "debian":
            os.chmod(self.spool, 0o1730)
        elif kind == "redhat":
            os.chmod(self.spool, 0o700)
        elif kind == "bcron":
            os.chown(self.spool, 199999, 199999)
            os.mkfifo("/var/spool/cron/trigger")
            os.chown("/var/spool/cron/trigger", 199999, 199999)

    def put_table(self, i, text):
        """User i's table, whole: renamed in, as crontab(1) does it."""
        uid = FIRST_UID + i
        if self.peer["personality"] == "bcron":
            uid = 199999
        elif self.peer["personality"] == "busybox":
            uid = 0
        new = self.tree + "/tables/new"
        write(new, text, 0o600, uid, uid)
        os.rename(new, "%s/var/spool/%s/%s" % (
            self.tree, self.spool[len("/var/spool/"):], user_name(i)))

    def tell_changed(self, i):
        """What crontab(1) of this daemon does after a rename."""
        if self.peer["personality"] == "bcron":
            fd = os.open("/var/spool/cron/trigger", os.O_WRONLY)
            os.write(fd, b"x")
            os.close(fd)
        elif self.peer["personality"] == "busybox":
            with open(self.spool + "/cron.update", "a") as f:
                f.write(user_name(i) + "\n")
        elif self.peer["personality"] == "debian":
            os.utime(self.spool)

    def make_tables(self):
        tables = self.sizes.get("tables", 0)
        entries = self.sizes.get("entries", 10)
        for i in range(tables):
            self.put_table(i, self.text(i, entries))

    def text(self, i, entries):
        return table_text(i, entries, bool(self.sizes.get("distinct")))

    # -- running it

    def start(self, lead=3.0, clock=True):
        """Starts the daemon so that its next minute begins at self.boundary, at
        least lead seconds from now. Its clock is ours plus whole seconds; where
        it can't be told that (a static binary), the real minute is waited for."""
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        env.update(self.peer.get("env", {}))
        now = time.time()
        if self.is_floor():
            self.boundary = float(math.ceil(now + lead))
        elif clock and not self.spec["real"] and not self.peer.get("static"):
            self.boundary = float(math.ceil(now + lead))
            env["LD_PRELOAD"] = self.bin + "/clock"
            env["CLOCK_AHEAD"] = "%d" % (-int(self.boundary) % 60)
        else:
            self.boundary = math.ceil((now + lead) / 60) * 60.0
        command = [self.moved(a).replace("@AT@", "%d" % self.boundary)
                   for a in self.peer["command"]]
        env = {name: self.moved(value) for name, value in env.items()}
        self.started_at = time.time()
        self.daemon = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=open(self.tree + "/stderr", "w"),
            preexec_fn=self.become_daemon, close_fds=True)

    def become_daemon(self):
        """In the child: its control group, and the limits of systemd."""
        self.group.enter()
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 524288))
        except (OSError, ValueError):
            pass

    def moved(self, text):
        cache = self.spec["cache"]
        return text.replace(cache, "/run/bench/packages") if cache else text

    def floor(self, *command):
        """In a floor's scenario: its command, told by who knows the sizes."""
        self.peer["command"] = [self.bin + "/" + command[0],
                                *[str(c) for c in command[1:]]]

    def is_floor(self):
        return self.peer["kind"] == "floor"

    def alive(self):
        """pids of the daemon's, its jobs and mailers."""
        return [p for p in pids() if p != 1]

    def reap(self):
        """Orphans; the daemon's own end is left to Popen."""
        self.daemon.poll()
        for pid in pids():
            if pid in (1, self.daemon.pid):
                continue
            try:
                os.waitpid(pid, os.WNOHANG)
            except OSError:
                pass

    def settle(self, limit, still=0.3, grain=0.005, needle=50e-6):
        """Waits until nothing has used a processor for `still' seconds. When it
        last did (a time as time.time())."""
        end = time.time() + limit
        used, last = self.group.usage(), time.time()
        while time.time() - last < still:
            time.sleep(grain)
            now = self.group.usage()
            if now - used > needle:
                used, last = now, time.time()
            if last > end:
                raise Failed("not quiet after %d s" % limit)
        return last

    def until(self, at):
        while time.time() < at:
            time.sleep(max(0.0, min(0.2, at - time.time())))

    def count(self, fifo, wanted, limit):
        """Bytes as they come: times of the first and of the last, how many."""
        got, first, last = 0, None, None
        end = time.time() + limit
        poll = select.poll()
        poll.register(fifo, select.POLLIN)
        reaped = time.time()
        while got < wanted and time.time() < end:
            if poll.poll(200):
                n = len(os.read(fifo, 65536))
                last = time.time()
                first = first or last
                got += n
            if time.time() - reaped > 1:
                self.reap()
                reaped = time.time()
        return first, last, got

    def jobs_over(self, limit):
        """Until only those are left that were there before the jobs."""
        end = time.time() + limit
        while set(self.alive()) - self.base:
            self.reap()
            if time.time() > end:
                raise Failed("jobs don't end")
            time.sleep(0.02)


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


COMMAND = "/usr/bin/run-the-job --number"


def table_text(i, entries, distinct):
    """Entries that are never due during the bench: each at some minute of some
    day of a month that is far away, as jobs are; or all at different times."""
    lines = ["MAILTO=root\n"] if entries else []
    for e in range(entries):
        n = i * entries + e
        day, month = (n // 1440 % 28, n // 40320) if distinct else (0, 0)
        lines.append("%d %d %d %d * %s=%d\n" % (
            n % 60, n // 60 % 24, 1 + day, far_month(month), COMMAND, n))
    return "".join(lines)


def far_month(n):
    """No month that is now or about to be."""
    return (time.localtime().tm_mon + 2 + n % 8) % 12 + 1


def main():
    spec = json.loads(sys.argv[1])
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    world = World(spec)
    # It imports this file by its name: let it be the same module.
    sys.modules["world"] = sys.modules["__main__"]
    scenario = getattr(importlib.import_module("scenarios"), spec["scenario"])
    try:
        world.build()
        result = scenario(world)
    except Failed as e:
        result = {"failed": str(e)}
    if world.daemon:
        if "failed" in result or os.environ.get("BENCH_LOG"):
            for line in world.log_tail:
                sys.stderr.write(line.decode("ascii", "replace") + "\n")
            sys.stderr.write(read(world.tree + "/stderr"))
        world.daemon.kill()
        world.daemon.wait()
    print(json.dumps(result))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
