# SPDX-License-Identifier: Apache-2.0
"""What the comparisons with other tools share: measuring a command, comparing trees, saying what the machine is."""

import collections
import os
import platform
import re
import stat
import subprocess
import tempfile
import time

# user and system: processor seconds; rss: MiB at the peak of the largest process; text: all that was printed.
Measured = collections.namedtuple("Measured", "code wall user system rss text")
# What decides how fast hashes and ciphers are.
CPU_FLAGS = ("sha_ni", "aes", "vaes", "pclmulqdq", "vpclmulqdq", "gfni", "bmi2", "avx2", "avx512f", "avx512vbmi", "avx512ifma",
             "asimd", "sha2", "pmull", "sve")  # fmt: skip


def measure(command, environment, cwd=None):
    """Runs a command; its figures are those of it and of all its descendants that were waited for."""
    with tempfile.TemporaryFile() as output, tempfile.NamedTemporaryFile() as peak:
        # GNU time is small: a child of this process would begin with its peak.
        command = ["/usr/bin/time", "-f", "%M", "-o", peak.name, *command]
        began = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=cwd
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
        lines = peak.read().split()
    rss = int(lines[-1]) / 1024 if lines and lines[-1].isdigit() else 0
    return Measured(process.returncode, wall, usage.ru_utime, usage.ru_stime, rss, text)


def warm(root):
    """Reads all files below a folder, so that each tool finds them in memory."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                with open(path, "rb") as data:
                    while data.read(1 << 20):
                        pass


def same_bytes(one, two):
    with open(one, "rb") as a, open(two, "rb") as b:
        while True:
            x, y = a.read(1 << 20), b.read(1 << 20)
            if x != y:
                return False
            if not x:
                return True


def apparent_bytes(root):
    """The sum of the sizes of all files below a folder."""
    total = 0
    for folder, _, names in os.walk(root):
        total += sum(os.lstat(os.path.join(folder, name)).st_size for name in names)
    return total


def differences(source, target, most=5, hidden=None):
    """How two trees differ in names, kinds, bytes, link texts, modes and modification times (ns); the first few, as text.

    The two roots themselves are not compared, only what is below them, but for names at the top that begin with `hidden`.
    """
    found = []
    folders = [""]
    while folders and len(found) < most:
        folder = folders.pop()
        one = {entry.name: entry for entry in os.scandir(os.path.join(source, folder))}
        two = {entry.name: entry for entry in os.scandir(os.path.join(target, folder))}
        for name in sorted(one.keys() | two.keys()):
            if hidden and not folder and name.startswith(hidden):
                continue
            path = os.path.join(folder, name)
            if name not in one or name not in two:
                found.append("%s is %s" % (path, "missing" if name in one else "not in the source"))
                continue
            a = one[name].stat(follow_symlinks=False)
            b = two[name].stat(follow_symlinks=False)
            if stat.S_IFMT(a.st_mode) != stat.S_IFMT(b.st_mode):
                found.append("%s has another kind" % path)
                continue
            if stat.S_ISLNK(a.st_mode):
                if os.readlink(one[name].path) != os.readlink(two[name].path):
                    found.append("%s links to something else" % path)
            elif stat.S_IMODE(a.st_mode) != stat.S_IMODE(b.st_mode):
                found.append("%s has mode %o, not %o" % (path, stat.S_IMODE(b.st_mode), stat.S_IMODE(a.st_mode)))
            if a.st_mtime_ns != b.st_mtime_ns:
                found.append("%s has time %d, not %d" % (path, b.st_mtime_ns, a.st_mtime_ns))
            if stat.S_ISDIR(a.st_mode):
                folders.append(path)
            elif stat.S_ISREG(a.st_mode) and (a.st_size != b.st_size or not same_bytes(one[name].path, two[name].path)):
                found.append("the bytes of %s differ" % path)
    return found[:most]


def first_line(command):
    """The first line that a command prints on either stream; "" when it can't be run."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except OSError:
        return ""
    return (done.stdout.decode(errors="replace").splitlines() or [""])[0].strip()


def pressure():
    """Microseconds for which a process had to wait for a processor since the start of the system; None if unknown."""
    try:
        with open("/proc/pressure/cpu") as lines:
            return int(re.search(r"some .*total=(\d+)", lines.read())[1])
    except (OSError, TypeError):
        return None


class Machine:
    """The facts of the machine, and its load between the start and the end of a run."""

    def __init__(self):
        self._began = time.monotonic()
        self._pressure = pressure()
        self._load = os.getloadavg()[0]

    def facts(self):
        model, flags = "", ""
        try:
            with open("/proc/cpuinfo") as lines:
                text = lines.read()
            model = (re.search(r"^model name\s*: (.*)$", text, re.MULTILINE) or ["", ""])[1]
            flags = (re.search(r"^(?:flags|Features)\s*: (.*)$", text, re.MULTILINE) or ["", ""])[1]
        except OSError:
            pass
        present = set(flags.split())
        after = pressure()
        share = None
        if after is not None and self._pressure is not None:
            share = round((after - self._pressure) / 1e4 / max(0.001, time.monotonic() - self._began), 1)
        return {
            "processors": os.cpu_count(),
            "model": model,
            "cpuFlags": [flag for flag in CPU_FLAGS if flag in present],
            "memoryMib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
            "kernel": platform.release(),
            "python": platform.python_version(),
            "java": first_line([os.path.join(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else "java", "-version"]),
            "loadBefore": round(self._load, 1),
            "loadAfter": round(os.getloadavg()[0], 1),
            "cpuPressurePercent": share,
        }
