"""The rows: what is measured, with which sizes, what is shown, and the goals.

A row is run for each daemon in turn, and that as often as there are runs, so
that all meet the same minutes of a busy machine.
"""
import os
import statistics


# QUICK=1: the whole table in some ten minutes. Figures an entry or a job are
# much the same; what grows with the number is less.
QUICK = {"RUNS": 1, "MANY_JOBS": 2000, "MILLION": 200000,
         "GROW_ENTRIES": 100000, "GROW_JOBS": 1000}


def size(name, default):
    if os.environ.get("QUICK"):
        default = QUICK.get(name, default)
    return int(os.environ.get(name) or default)


class Metric:
    def __init__(self, key, label, digits=2, more_is_better=False):
        self.key = key
        self.label = label
        self.digits = digits
        self.more_is_better = more_is_better


class Step:
    """One start of a daemon; its numbers get the prefix before their names."""

    def __init__(self, scenario, prefix="", **sizes):
        self.scenario = scenario
        self.prefix = prefix
        self.sizes = sizes


class Goal:
    """evcron's metric is at most factor times that of `against': floor, a
    daemon's name, peers (the best of its kind) or 1 (the number itself)."""

    def __init__(self, kind, key, factor, against):
        self.kind = kind
        self.key = key
        self.factor = factor
        self.against = against


class Row:
    """only: the daemons asked for if PEERS does not say; None: all."""

    def __init__(self, name, title, steps, metrics, goals=(), floor=True,
                 only=None, derive=None, background=False):
        self.name = name
        self.title = title
        self.steps = steps
        self.metrics = metrics
        self.goals = goals
        self.floor = floor
        self.only = only
        self.derive = derive
        self.background = background


def bytes_an_entry(result, sizes):
    entries = sizes["tables"] * sizes["entries"]
    if "kib" in result and "empty_kib" in result:
        result["entry_bytes"] = ((result["kib"] - result["empty_kib"]) * 1024 /
                                 entries)


def job_rows(name, jobs, metrics, goals, users=10):
    return Row(name, "%d jobs in one minute, of %d users" % (jobs, users),
               [Step("jobs", jobs=jobs, users=users)], metrics, goals)


def all_rows(descriptors):
    """descriptors: how many a daemon may have."""
    tables = size("TABLES", 10000)
    jobs = size("JOBS", 1000)
    many = size("MANY_JOBS", 5000)
    million = size("MILLION", 1000000)
    running = size("RUNNING", 100)
    output = size("OUTPUT_MIB", 1024) << 20
    cpu = Metric("cpu_ms", "CPU a job, ms")
    last = Metric("last_s", "last job, s")
    made = Metric("processes", "processes a job")
    load = [Metric("load_s", "exec until loaded, s", 3),
            Metric("load_cpu", "CPU, s", 3),
            Metric("entry_bytes", "bytes an entry", 0)]
    job_goals = [Goal("plain", "cpu_ms", 1.15, "floor"),
                 Goal("plain", "cpu_ms", 1, "peers"),
                 Goal("plain", "last_s", 1.2, "floor"),
                 Goal("plain", "last_s", 1, "peers"),
                 Goal("pam", "cpu_ms", 2 / 3, "cron"),
                 Goal("pam", "last_s", 1 / 2, "cron")]
    few = {"tables": 1, "entries": 0, "users": tables}
    return [
        job_rows("jobs", jobs, [cpu, last, made],
                 job_goals + [Goal("plain", "processes", 2, 1),
                              Goal("pam", "processes", 3, 1)]),
        job_rows("manyjobs", many, [cpu, last], job_goals),
        job_rows("manyusers", jobs, [cpu, last, made], [], jobs),
        Row("first", "the first of 100 jobs after the minute",
            [Step("jobs", jobs=100)], [Metric("first_ms", "first job, ms")],
            [Goal("plain", "first_ms", 2, 1), Goal("pam", "first_ms", 10, 1)]),
        Row("running", "%d jobs that go on" % running,
            [Step("running", jobs=running)],
            [Metric("beside", "processes beside a job"),
             Metric("kib", "KiB beside a job", 1)],
            [Goal("plain", "beside", 0, 1), Goal("plain", "kib", 1, 1),
             Goal("pam", "beside", 0, 1), Goal("pam", "kib", 1, 1)],
            floor=False),
        Row("tables", "%d tables of 10 entries, as many users" % tables,
            [Step("load", tables=tables, entries=10, users=tables),
             Step("load", "empty_", **few)],
            load,
            [Goal("plain", "load_s", 1, "peers"),
             Goal("pam", "load_s", 1, "peers"),
             Goal("plain", "load_s", 1.5, "floor"),
             Goal("plain", "entry_bytes", 120, 1)], derive=bytes_an_entry),
        Row("million", "%d entries in 1000 tables" % million,
            [Step("load", tables=1000, entries=million // 1000, users=1000,
                  distinct=1,
                  limit=300),
             Step("load", "empty_", tables=1, entries=0, users=1000),
             Step("change", tables=1000, entries=million // 1000, users=1000,
                  distinct=1,
                  lead=8),
             Step("tick", tables=1000, entries=million // 1000, users=1000,
                  distinct=1,
                  lead=8)],
            load + [Metric("change_ms", "one table changes: CPU, ms"),
                    Metric("tick_ms", "tick: CPU, ms")],
            [Goal("plain", "change_ms", 20, 1)], only=["floor", "evcron"],
            derive=bytes_an_entry),
        Row("change", "one table of %d changes" % tables,
            [Step("change", tables=tables, users=tables)],
            [Metric("change_ms", "CPU, ms"),
             Metric("counts_s", "its job after the minute, s", 3)],
            [Goal("plain", "change_ms", 1, 1)]),
        Row("idle", "idle for a minute, %d tables, nothing due" % tables,
            [Step("idle", tables=tables, users=tables),
             Step("idle", tables=tables, users=tables, calls=1)],
            [Metric("cpu_ms", "CPU, ms"), Metric("wakes", "wake-ups", 0),
             Metric("calls", "system calls", 0)],
            [Goal("plain", "cpu_ms", 0, 1), Goal("plain", "wakes", 0, 1),
             Goal("plain", "calls", 0, 1)], background=True),
        Row("output", "%d MiB of output to the mailer, kept" % (output >> 20),
            [Step("output", bytes=output, raised=1)],
            [Metric("mib_s", "MiB/s", 0, True), Metric("cpu_s", "CPU, s")],
            [Goal("plain", "cpu_s", 1.2, "floor"),
             Goal("plain", "mib_s", 1, "cron")]),
        Row("outputcap", "%d MiB, past the usual cap" % (output >> 20),
            [Step("output", bytes=output)],
            [Metric("mib_s", "MiB/s", 0, True), Metric("cpu_s", "CPU, s")],
            [Goal("plain", "cpu_s", 1.2, "floor"),
             Goal("plain", "mib_s", 1, "cron")]),
        Row("letters", "%d jobs with a line of output" % jobs,
            [Step("letters", jobs=jobs)],
            [Metric("last_s", "last mail, s"), cpu,
             Metric("processes", "processes a job"),
             Metric("lost", "lost", 0)],
            [Goal("plain", "last_s", 1, "peers"),
             Goal("plain", "cpu_ms", 1, "peers"),
             Goal("pam", "last_s", 1, "peers"),
             Goal("pam", "cpu_ms", 1, "peers"),
             Goal("plain", "lost", 0, 1), Goal("pam", "lost", 0, 1)]),
    ] + growth(descriptors)


def growth(descriptors):
    """N in steps of ten; a row for each, in groups. What grows no faster than it
    must has figures an entry, or a job, that stay. evcron starts no job without
    two descriptors for it, and some 128 for itself."""
    largest = size("GROW_ENTRIES", 1000000)
    most = min(size("GROW_JOBS", 10000), (descriptors - 200) // 2)
    rows = []
    n = 10
    while n <= largest:
        tables = max(1, min(10000, n // 10))
        sizes = {"tables": tables, "entries": n // tables, "users": tables,
                 "lead": 3 + n // 200000, "distinct": 1}
        rows.append(Row(
            "growth-entries", "%d entries in %d tables" % (n, tables),
            [Step("load", **sizes), Step("change", **sizes),
             Step("tick", **sizes)],
            [Metric("load_us_an_entry", "load, us an entry"),
             Metric("change_ms", "a table changes: CPU, ms"),
             Metric("tick_ms", "tick with a job: CPU, ms")],
            floor=False, only=["evcron"]))
        n *= 10
    n = 1
    while n < 10 * most:
        now = min(n, most)
        rows.append(Row(
            "growth-jobs", "%d jobs at once" % now,
            [Step("running", jobs=now)],
            [Metric("launch_ms", "CPU a start, ms"),
             Metric("reap_us", "CPU an end, us", 0),
             Metric("kib", "KiB beside a job", 1)],
            floor=False, only=["evcron"]))
        n *= 10
    return rows


class Results:
    """What came out of one row: daemon -> metric -> list of values."""

    def __init__(self):
        self.values = {}
        self.failures = {}

    def add(self, daemon, result):
        if "failed" in result:
            self.failures[daemon] = result["failed"]
        for key, value in result.items():
            if isinstance(value, (int, float)):
                self.values.setdefault(daemon, {}).setdefault(
                    key, []).append(value)

    def get(self, daemon, key):
        return self.values.get(daemon, {}).get(key, [])

    def median(self, daemon, key):
        values = self.get(daemon, key)
        return statistics.median(values) if values else None
