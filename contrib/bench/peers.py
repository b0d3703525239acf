"""The daemons: evcron in both builds, Debian's packages unpacked aside, whatever
else the caller names, and the floors."""
import glob
import os
import shutil
import subprocess
import sys

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or
                     os.path.expanduser("~/.cache"), "evcron-check", "bench")
PACKAGES = ("cron", "busybox-static", "bcron", "libbg2")


def libev_version():
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libev4"],
                          capture_output=True, text=True, check=False)
    return done.stdout or "?"


def run(command, directory, log):
    with open(log, "a", encoding="utf-8") as f:
        done = subprocess.run(command, cwd=directory, stdout=f, stderr=f,
                              stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise RuntimeError("%s failed; see %s" % (" ".join(command), log))


def build_helpers(source, directory):
    """Floors, jobs, the mailer. The mailer and the jobs are static: what they
    cost themselves shall be little."""
    out = directory + "/bin"
    os.makedirs(out, exist_ok=True)
    for c in glob.glob(source + "/*.c"):
        name = os.path.basename(c)[:-2]
        how = {"mailer": ["-static"], "flood": ["-static"],
               "clock": ["-shared", "-fPIC"]}.get(name, [])
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE",
                        "-O2", *how, "-o", "%s/%s" % (out, name), c],
                       check=True)
    # Jobs of other users run them.
    path = out
    while path != "/":
        os.chmod(path, os.stat(path).st_mode | 0o011)
        path = os.path.dirname(path)
    return out


# ---- evcron

def built_in_place(source):
    return os.path.exists(source + "/config.status")


def copy_source(source, directory):
    """A source that was configured in its own directory can't be built in
    another one."""
    to = directory + "/source"
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(source, to, symlinks=True, ignore=shutil.ignore_patterns(
        "*.o", "*.a", ".git", "config.status", "config.log", "Makefile",
        "bench"))
    return to


def build_evcron(source, directory, name, *options):
    """Built as it is shipped. None where this source can't be built so."""
    to = "%s/%s" % (directory, name)
    log = to + ".log"
    os.makedirs(to, exist_ok=True)
    if os.path.exists(log):
        os.remove(log)
    if not os.path.exists(to + "/Makefile"):
        run([source + "/configure", "--with-personality=debian", *options], to,
            log)
    run(["make", "-j", str(os.cpu_count()), "cron", "evcron-collect"], to, log)
    return to + "/cron"


def knows_pam(source):
    with open(source + "/configure", encoding="utf-8", errors="replace") as f:
        return "--with-pam" in f.read()


def evcrons(source, directory):
    if built_in_place(source):
        source = copy_source(source, directory)
    pam = knows_pam(source)
    plain = build_evcron(source, directory, "plain",
                         *(["--without-pam"] if pam else []))
    found = [evcron("evcron", plain, False)]
    if pam:
        try:
            found.append(evcron("evcron-pam", build_evcron(
                source, directory, "pam", "--with-pam"), True))
        except RuntimeError as e:
            print("no evcron with PAM:", e, file=sys.stderr)
    return found


def evcron(name, path, pam):
    return {"name": name, "kind": "evcron", "personality": "debian", "pam": pam,
            "command": [path, "-f", "--collector=%s/evcron-collect" %
                        os.path.dirname(path)],
            "raised": ["--letter-max=8G", "--outbox-max=8G"]}


# ---- the others

def unpacked():
    """Where each package lies, unpacked; those that can't be had are missing."""
    os.makedirs(CACHE, exist_ok=True)
    found = {}
    for p in PACKAGES:
        root = "%s/%s" % (CACHE, p)
        if not os.path.exists(root) and shutil.which("apt-get"):
            subprocess.run(["apt-get", "-qq", "download", p], cwd=CACHE,
                           stderr=subprocess.DEVNULL, check=False)
            for deb in glob.glob("%s/%s_*.deb" % (CACHE, p)):
                subprocess.run(["dpkg", "-x", deb, root], check=True)
        if os.path.exists(root):
            found[p] = root
        else:
            print("bench: the package %s can't be had" % p, file=sys.stderr)
    return found


def pam_file():
    """Debian's own, for all daemons."""
    path = CACHE + "/cron/etc/pam.d/cron"
    return path if os.path.exists(path) else None


def debian_peers():
    roots = unpacked()
    found = []
    if "cron" in roots:
        found.append({"name": "cron", "personality": "debian", "pam": True,
                      "command": [roots["cron"] + "/usr/sbin/cron", "-f"]})
    if "busybox-static" in roots:
        found.append({"name": "busybox", "personality": "busybox",
                      "pam": False, "static": True,
                      "command": [roots["busybox-static"] + "/bin/busybox",
                                  "crond", "-f", "-c",
                                  "/var/spool/cron/crontabs"]})
    if "bcron" in roots and "libbg2" in roots:
        sbin = roots["bcron"] + "/usr/sbin"
        found.append({"name": "bcron", "personality": "bcron", "pam": False,
                      "command": [sbin + "/bcron-start"],
                      "env": {"PATH": sbin + ":/usr/sbin:/usr/bin:/sbin:/bin",
                              "LD_LIBRARY_PATH": roots["libbg2"] + "/usr/lib"}})
    return found


def more_peers(text):
    """NAME:PERSONALITY:pam|plain:COMMAND; as many as wanted."""
    found = []
    for part in text.split(";"):
        if not part.strip():
            continue
        name, personality, pam, command = part.strip().split(":", 3)
        found.append({"name": name, "personality": personality,
                      "pam": pam == "pam", "command": command.split()})
    return found


def all_peers(source, directory):
    peers = [{"name": "floor", "kind": "floor", "personality": "debian",
              "pam": False, "command": []}]
    peers += evcrons(source, directory)
    for p in debian_peers() + more_peers(os.environ.get("MORE", "")):
        peers.append(dict(p, kind="peer"))
    return peers
