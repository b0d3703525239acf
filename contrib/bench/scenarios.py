"""What is done to a daemon, and what is seen: a function for each measurement.

Each gets a World and gives a dict of numbers; rows.py says which of them are
shown, and README what they mean. CPU in seconds unless a name says otherwise.
"""
import os
import shutil
import subprocess
import time

import world as w

STAMP = "echo >/run/bench/job"


def due_tables(world, jobs, command):
    """`jobs' entries for each minute, over all users in turn."""
    share = -(-jobs // world.users)
    left = jobs
    for i in range(world.users):
        n = min(share, left)
        left -= n
        world.put_table(i, ("* * * * * %s\n" % command) * n)


def begin(world, settle=20):
    """From here on what is used is the jobs'."""
    world.settle(settle)
    if world.boundary - time.time() < 0.3:
        raise w.Failed("not ready before the minute")
    world.base = set(world.alive())
    world.until(world.boundary - 0.25)
    return world.group.usage(), w.next_pid()


def end(world, used, pid, limit=60):
    world.jobs_over(limit)
    world.settle(limit)
    return world.group.usage() - used, w.next_pid() - pid - 1


def jobs(world):
    """N jobs in one minute, each a shell that writes a byte into a FIFO."""
    n = world.sizes["jobs"]
    if world.is_floor():
        world.floor("floor_jobs", "@AT@", n, w.FIRST_UID, world.users, STAMP)
    else:
        due_tables(world, n, STAMP)
    world.start(lead=world.sizes.get("lead", 3))
    used, pid = begin(world)
    if world.is_floor():
        world.base = set()
    first, last, got = world.count(world.job_fifo, n, 30 + n / 50)
    if got < n:
        raise w.Failed("%d of %d jobs ran" % (got, n))
    cpu, made = end(world, used, pid)
    return {"first_ms": (first - world.boundary) * 1e3,
            "last_s": last - world.boundary,
            "cpu_ms": cpu / n * 1e3,
            "processes": made / n,
            "cpu_total": cpu}


def running(world):
    """N jobs that go on: what is there beside them, and what their ends cost."""
    n = world.sizes["jobs"]
    due_tables(world, n, STAMP + "; exec sleep 6000")
    world.start()
    used, _ = begin(world)
    before = sum(w.memory(p) for p in world.base)
    _, _, got = world.count(world.job_fifo, n, 30 + n / 30)
    if got < n:
        raise w.Failed("%d of %d jobs ran" % (got, n))
    world.settle(30)
    launch = world.group.usage() - used
    kib = beside = 0
    sleeping = []
    for p in world.alive():
        try:
            name = w.read("/proc/%d/comm" % p).strip()
            if name == "sleep":
                sleeping.append(p)
                continue
            beside += p not in world.base
            kib += w.memory(p)
        except OSError:
            pass
    used = world.group.usage()
    for p in sleeping:
        os.kill(p, 15)
    world.jobs_over(60)
    world.settle(60)
    return {"beside": beside / n, "kib": (kib - before) / n,
            "launch_ms": launch / n * 1e3,
            "reap_us": (world.group.usage() - used) / n * 1e6}


def load(world):
    """exec until loaded, with all tables there; and what they take up."""
    entries = world.sizes["tables"] * world.sizes.get("entries", 10)
    if world.is_floor():
        world.floor("floor_tables", world.spool, "idle")
    world.start(clock=False)
    # What a daemon does afterwards in next to no time is not the load.
    last = world.settle(world.sizes.get("limit", 120), needle=1e-3)
    kib = 0
    for p in world.alive():
        kib += w.memory(p)
    return {"load_s": last - world.started_at, "load_cpu": world.group.usage(),
            "load_us_an_entry": world.group.usage() / max(entries, 1) * 1e6,
            "kib": kib}


def change(world):
    """One table of many is replaced by one with a job for the next minute: what
    that costs before the minute or, if nothing, in it; when the job runs."""
    if world.is_floor():
        world.floor("floor_tables", world.spool, "idle")
    n = world.sizes["tables"]
    entries = world.sizes.get("entries", 10)
    lead = world.sizes.get("lead", 6)
    for _ in range(5):
        world.start(lead=lead)
        world.settle(120)
        if world.boundary - time.time() > 1.2:
            break
        # A slow one: its next minute had begun. Again, with more time.
        lead = lead * 2 + 2
        world.daemon.kill()
        world.daemon.wait()
    else:
        raise w.Failed("does not load before the minute")
    used = world.group.usage()
    world.put_table(n // 2, world.text(n // 2, entries) +
                    "* * * * * %s\n" % STAMP)
    world.tell_changed(n // 2)
    world.until(world.boundary - 0.3)
    cpu = world.group.usage() - used
    if world.is_floor():
        return {"change_ms": cpu * 1e3}
    used = world.group.usage()
    first, _, got = world.count(world.job_fifo, 1, 100)
    if not got:
        raise w.Failed("the changed table does not count")
    world.settle(60)
    # Some read it only in the minute; the job's own CPU is no matter then.
    if cpu < 1e-4:
        cpu = world.group.usage() - used
    return {"change_ms": cpu * 1e3, "counts_s": first - world.boundary}


def tick(world):
    """A minute in which one entry of many is due, less the job itself: a floor
    has nothing left of that."""
    if world.is_floor():
        return {}
    n = world.sizes["tables"]
    entries = world.sizes.get("entries", 10)
    world.put_table(n // 2, world.text(n // 2, entries) +
                    "* * * * * %s\n" % STAMP)
    world.start(lead=world.sizes.get("lead", 4))
    used, _ = begin(world, 120)
    daemon = sum(ran(p) for p in world.base)
    first, _, got = world.count(world.job_fifo, 1, 60)
    if not got:
        raise w.Failed("the job did not run")
    world.jobs_over(30)
    world.settle(30)
    return {"tick_ms": (sum(ran(p) for p in world.base) - daemon) * 1e3,
            "tick_all_ms": (world.group.usage() - used) * 1e3,
            "first_ms": (first - world.boundary) * 1e3}


def ran(pid):
    """Seconds on a processor of this process alone."""
    return int(w.read("/proc/%d/schedstat" % pid).split()[0]) / 1e9


def idle(world):
    """A minute of nothing due. The real clock: a driven one would wake."""
    if world.is_floor():
        world.floor("floor_tables", world.spool, "idle")
    world.start(clock=False)
    world.settle(120)
    seconds = world.sizes.get("seconds", 60)
    # Whatever it does soon after the start is not idling.
    world.until(time.time() + 3)
    calls = None
    if world.sizes.get("calls"):
        calls = count_calls(world, seconds)
        return {"calls": calls}
    used, woken = world.group.usage(), wakes(world)
    world.until(time.time() + seconds)
    return {"cpu_ms": (world.group.usage() - used) * 1e3,
            "wakes": wakes(world) - woken}


def wakes(world):
    total = 0
    for p in world.alive():
        for line in w.read("/proc/%d/status" % p).splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def count_calls(world, seconds):
    if not shutil.which("strace"):
        return None
    out = world.tree + "/strace"
    command = ["strace", "-f", "-o", out]
    for p in world.alive():
        command += ["-p", str(p)]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    world.until(time.time() + 1)
    before = len(w.read(out).splitlines())
    world.until(time.time() + seconds)
    after = len([line for line in w.read(out).splitlines()
                 if "resumed" not in line and "---" not in line])
    tracer.terminate()
    tracer.wait()
    return max(0, after - before)


def output(world):
    """One job writes much; from the minute until the mailer has read it all."""
    size = world.sizes["bytes"]
    job = "%s/flood %d /run/bench/flood" % (world.bin, size)
    if world.is_floor():
        world.floor("floor_output", "@AT@", world.tree + "/output",
                    "/usr/sbin/sendmail", job)
    else:
        world.put_table(0, "MAILTO=root\n* * * * * %s\n" % job)
    world.start()
    used, _ = begin(world)
    if world.is_floor():
        world.base = set()
    _, last, got = world.count(world.mail_fifo, 1, 120)
    if not got:
        raise w.Failed("no mail")
    world.jobs_over(60)
    world.settle(60)
    cpu = world.group.usage() - used
    mails = [line.split() for line in w.read("/run/bench/mails").splitlines()]
    mailed = sum(int(m[0]) for m in mails)
    # Headers come on top; busybox's and bcron's letters have fewer.
    if mailed < size:
        raise w.Failed("only %d MiB were mailed" % (mailed >> 20))
    other = sum(int(m[1]) for m in mails) / 1e6
    other += int(w.read("/run/bench/flood").split()[0]) / 1e6
    return {"mib_s": size / (last - world.boundary) / (1 << 20),
            "cpu_s": cpu - other}


def letters(world):
    """N jobs with a line of output each, to as many mails."""
    n = world.sizes["jobs"]
    if world.is_floor():
        world.floor("floor_jobs", "@AT@", n, w.FIRST_UID, world.users,
                    "echo a line of output", "/usr/sbin/sendmail")
    else:
        due_tables(world, n, "echo a line of output")
    world.start()
    used, pid = begin(world)
    if world.is_floor():
        world.base = set()
    _, last, got = world.count(world.mail_fifo, n, 45)
    if not got:
        raise w.Failed("no mail")
    cpu, made = end(world, used, pid)
    return {"last_s": last - world.boundary, "cpu_ms": cpu / n * 1e3,
            "lost": n - got, "processes": made / n}
