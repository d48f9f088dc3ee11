#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures data flows as whole processes, beside tools that copy trees.

copy    A tree of many small and some large files goes from one directory to another, then once more with nothing changed;
        the tools in turn. Kmesh is a flow in one JVM, both ends, its base and its state included, and ends when the target
        durably shows the source; the other tools sync nothing.
follow  Small files of a simulated Lustre are changed at given rates by one thread, and flow to a directory by changelog.
wan     Random bytes go from one site to another, two JVMs in two network namespaces, over a network of --rate Mbit/s with
        --delay ms one way and --loss; beside it one TCP stream with CUBIC. The emulator is the C program --wan-source.

Processor seconds are user and system of all processes of a job; medians of --rounds. The last line reads
"N passed, N failed, N skipped"; a copy passes when the trees are equal in names, kinds, bytes, links, modes and times.
"""

import argparse
import datetime
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time

from peer_tools import Machine, differences, measure, warm

HERE = pathlib.Path(__file__).resolve().parent
PARTS = ("copy", "follow", "wan")
ADDRESSES = ("10.123.0.1", "10.123.0.2")
NAMESPACES = ("kmesh-wan-a", "kmesh-wan-b")
QUEUE_MS = 100
IN_DIRECTORY = 500
# What a flow keeps at the top of its target.
OWN = ".kmesh-flow-"
# As bin/kmesh starts an agent, with more memory: the optimising compiler works on what encrypts and compresses only.
JAVA = ["java", "-Xmx512m", "-Xss1m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=128m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
        "-XX:+UnlockDiagnosticVMOptions", "-XX:-DisplayVMOutput",
        "-XX:CompilerDirectivesFile=%s" % (HERE.parent / "kmesh-cli" / "bin" / "compile.json")]  # fmt: skip
STREAM = """
import socket, sys, time
def tcp():
    s = socket.socket()
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    return s
if sys.argv[1] == "take":
    s = socket.create_server((sys.argv[2], 7777))
    print("listening", flush=True)
    c, _ = s.accept()
    total, began = 0, time.monotonic()
    while data := c.recv(1 << 20):
        total += len(data)
    print(total * 8 / (time.monotonic() - began) / 1e6)
else:
    s = tcp()
    s.connect((sys.argv[2], 7777))
    end = time.monotonic() + float(sys.argv[3])
    block = bytes(1 << 18)
    while time.monotonic() < end:
        s.sendall(block)
"""


class Failed(Exception):
    """What was measured did not do its job."""


class Skipped(Exception):
    """It can't be measured here; the message says why."""


def make_tree(root, files, mib):
    """Files whose sizes spread evenly in their logarithm, from 64 bytes on, so that they are `mib` in all; half compress."""
    chooser = random.Random(3)
    sizes = [int(64 * 2 ** (chooser.random() * 14)) for _ in range(files)]
    scale = mib * (1 << 20) / sum(sizes)
    noise = chooser.randbytes(8 << 20)
    words = b" ".join(b"word%d" % chooser.randrange(5000) for _ in range(1 << 20))[: 8 << 20]
    for number, size in enumerate(sizes):
        if number % IN_DIRECTORY == 0:
            folder = os.path.join(root, "d%03d" % (number // (20 * IN_DIRECTORY)), "e%04d" % (number // IN_DIRECTORY))
            os.makedirs(folder)
        source = noise if number % 2 else words
        left = int(size * scale)
        with open(os.path.join(folder, "file-%07d" % number), "wb") as out:
            out.write(b"%d" % number)
            while left > 0:
                at = chooser.randrange(len(source) // 2)
                part = source[at : at + min(left, len(source) // 2)]
                out.write(part)
                left -= len(part)


def copy_jobs(java):
    plain = {"RCLONE_CONFIG": "/dev/null"}
    return {
        "Kmesh flow": ("java", lambda s, t: [*java, "copy", s, t, t + ".home"], {}),
        "rsync -aHAXS": ("rsync", lambda s, t: ["rsync", "-aHAXS", s + "/", t], {}),
        "rclone copy -M": ("rclone", lambda s, t: ["rclone", "copy", "-M", "--links", "--create-empty-src-dirs", s, t], plain),
    }  # fmt: skip


def remove(*paths):
    for path in paths:
        subprocess.run(["rm", "-rf", path], check=True)


def jars(class_path, folder):
    """The class path with a jar for each folder: only these have shared classes."""
    entries = []
    for number, entry in enumerate(class_path.split(":")):
        if os.path.isdir(entry):
            entry = shutil.make_archive(os.path.join(folder, "classes-%d" % number), "zip", entry)
        entries.append(entry)
    return ":".join(entries)


def shared_classes(options):
    """Kmesh's command, with an archive of loaded classes, as bin/kmesh makes one at its first start."""
    java = [*JAVA, "-cp", jars(options.class_path, options.scratch), "io.kmesh.bench.peers.FlowMain"]
    source, target, archive = (os.path.join(options.scratch, name) for name in ("few", "few-there", "classes.jsa"))
    make_tree(source, 10, 1)
    subprocess.run([java[0], "-XX:ArchiveClassesAtExit=" + archive, "-Xlog:disable", *java[1:], "copy", source, target, target + ".home"],
                   check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    return [java[0], "-XX:SharedArchiveFile=" + archive, "-Xlog:disable", *java[1:]]


class Measuring:
    """All parts, and what came of them."""

    def __init__(self, options, java):
        self.options = options
        self.java = java
        self.passed = 0
        self.failures = []
        self.skips = []
        self.figures = {}

    def run(self):
        for part in self.options.parts:
            try:
                getattr(self, part)()
            except Skipped as skipped:
                self.skips.append("%s: %s" % (part, skipped))
            except Failed as failed:
                self.failures.append("%s: %s" % (part, failed))

    def scratch(self, name):
        path = os.path.join(self.options.scratch, name)
        remove(path)
        return path

    # Copies

    def copy(self):
        source, target = self.scratch("source"), self.scratch("target")
        make_tree(source, self.options.files, self.options.mib)
        warm(source)
        rows, lost = {}, []
        for round_number in range(self.options.rounds):
            for name, (tool, command, more) in copy_jobs(self.java).items():
                if shutil.which(tool) is None:
                    self.skips.append("%s: %s is not installed" % (name, tool))
                    continue
                remove(target, target + ".home")
                os.makedirs(target)
                os.sync()
                for kind in ("initial", "no change"):
                    ran = measure(command(source, target), {**os.environ, **more})
                    if ran.code != 0:
                        self.failures.append("%s, %s: exit %d: %s" % (name, kind, ran.code, ran.text.strip()[-300:]))
                        break
                    rows.setdefault((kind, name), []).append((ran.wall, ran.user + ran.system, ran.rss))
                    print("round %d: %s, %s: %.1f s, %.1f CPU-s" % (round_number + 1, name, kind, *rows[kind, name][-1][:2]), file=sys.stderr)
                if round_number == 0:
                    wrong = differences(source, target, hidden=OWN)
                    if wrong and tool == "java":
                        self.failures.append("%s: %s" % (name, "; ".join(wrong)))
                    else:
                        self.passed += 1
                        lost.extend("%s: %s" % (name, difference) for difference in wrong[:1])
        remove(source, target, target + ".home")
        for difference in lost:
            print("not carried by " + difference)
        print("\n%d files, %d MiB\n" % (self.options.files, self.options.mib))
        print("| pass | job | wall s | CPU-s (least to most) | of rsync's | of rclone's | RSS MiB |")
        print("|---|---|--:|--:|--:|--:|--:|")
        for kind in ("initial", "no change"):
            cpu = {name: statistics.median(f[1] for f in figures) for (k, name), figures in rows.items() if k == kind}
            for name in cpu:
                figures = rows[kind, name]
                ratios = ["%.2f" % (cpu[name] / cpu[peer]) if peer in cpu else "" for peer in ("rsync -aHAXS", "rclone copy -M")]
                self.figures["%s, %s" % (name, kind)] = cpu[name]
                print("| %s | %s | %.1f | %.1f (%.1f to %.1f) | %s | %s | %d |" % (
                    kind, name, statistics.median(f[0] for f in figures), cpu[name], min(f[1] for f in figures),
                    max(f[1] for f in figures), *ratios, max(f[2] for f in figures)))  # fmt: skip

    # Changes

    def follow(self):
        print("\nchanges of small files, followed by changelog for %d s each\n" % self.options.seconds)
        print("| wanted a second | made a second | lag p50 s | lag p99 s | s until in sync at the end | CPU-s | of these the writer's | changes a CPU-s of the flow |")
        print("|--:|--:|--:|--:|--:|--:|--:|--:|")
        for rate in self.options.rates:
            folder = self.scratch("follow")
            ran = measure([*self.java, "follow", folder, str(rate), str(self.options.seconds)], dict(os.environ))
            remove(folder)
            lines = [json.loads(line) for line in ran.text.splitlines() if line.startswith("{")]
            if ran.code != 0 or len(lines) != 2:
                raise Failed("%d a second: exit %d: %s" % (rate, ran.code, ran.text.strip()[-300:]))
            made, status = lines
            self.passed += 1
            self.figures["follow %d" % rate] = {**made, **status}
            cpu, writer = made["cpuSeconds"], made["writerCpuSeconds"]
            print("| %d | %d | %.2f | %.2f | %.2f | %.1f | %.1f | %d |" % (
                rate, made["rate"], status["lagSecondsP50"], status["lagSecondsP99"], made["secondsBehind"], cpu, writer,
                rate * self.options.seconds / (cpu - writer)))  # fmt: skip

    # Over a WAN

    def wan(self):
        emulator = self.emulator()
        try:
            for name in NAMESPACES:
                if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode != 0:
                    raise Skipped("network namespaces can't be made here")
            options = self.options
            print("\n%d Mbit/s, %g ms each way, %g %% loss, %d MiB of random bytes in %d files\n" % (
                options.rate, options.delay, options.loss * 100, options.wan_mib, options.wan_files))  # fmt: skip
            print("| job | Mbit/s | of the link | CPU-s of the sender |")
            print("|---|--:|--:|--:|")
            with Emulated(emulator, options):
                cubic = self.stream()
                self.row("one TCP stream, CUBIC", cubic, None)
            with Emulated(emulator, options):
                self.row("Kmesh flow", *self.sites())
            self.passed += 1
        finally:
            for name in NAMESPACES:
                subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def row(self, name, rate, cpu):
        self.figures["wan " + name] = rate
        print("| %s | %.1f | %.0f %% | %s |" % (name, rate, 100 * rate / self.options.rate, "" if cpu is None else "%.1f" % cpu))

    def emulator(self):
        for command in ("ip", "cc"):
            if shutil.which(command) is None:
                raise Skipped("%s is not installed" % command)
        source = pathlib.Path(self.options.wan_source)
        if not source.exists():
            raise Skipped("there is no %s: name the emulator's source with --wan-source" % source)
        binary = self.scratch("wan")
        subprocess.run(["cc", "-O2", "-w", "-o", binary, str(source)], check=True)
        return binary

    @staticmethod
    def inside(name, command, **how):
        return subprocess.Popen(["ip", "netns", "exec", name, *command], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, **how)

    def stream(self):
        taker = self.inside(NAMESPACES[1], [sys.executable, "-c", STREAM, "take", ADDRESSES[1]])
        taker.stdout.readline()
        self.inside(NAMESPACES[0], [sys.executable, "-c", STREAM, "give", ADDRESSES[1], str(self.options.seconds)]).wait()
        return float(taker.communicate()[0])

    def sites(self):
        source, here, there, data = (self.scratch("wan-" + n) for n in ("source", "lab", "burst", "data"))
        os.makedirs(source)
        each = self.options.wan_mib * (1 << 20) // self.options.wan_files
        for number in range(self.options.wan_files):
            with open(os.path.join(source, "file-%04d" % number), "wb") as out:
                for at in range(0, each, 1 << 20):
                    out.write(os.urandom(min(1 << 20, each - at)))
        listening = ADDRESSES[1] + ":7988"
        sender = self.inside(NAMESPACES[0], [*self.java, "send", here, source, ADDRESSES[0] + ":7989", "burst", listening])
        receiver = None
        try:
            token = pathlib.Path(here) / "token"
            while not token.exists():
                if sender.poll() is not None:
                    raise Failed("the sending site ended: %s" % sender.communicate()[0])
                time.sleep(0.05)
            receiver = self.inside(NAMESPACES[1], [*self.java, "serve", there, data, listening, str(token)])
            if not receiver.stdout.readline():
                raise Failed("the receiving site did not start")
            sender.stdin.close()
            seconds = json.loads(sender.stdout.readline())["seconds"]
            _, status, usage = os.wait4(sender.pid, 0)
            sender.returncode = os.waitstatus_to_exitcode(status)
            if sender.returncode != 0:
                raise Failed("the sending site ends with %d" % sender.returncode)
            wrong = differences(source, data, hidden=OWN)
            if wrong:
                raise Failed("; ".join(wrong))
            return each * self.options.wan_files * 8 / seconds / 1e6, usage.ru_utime + usage.ru_stime
        finally:
            for process in (sender, receiver):
                if process is not None and process.poll() is None:
                    process.kill()
            remove(source, here, there, data)


class Emulated:
    """The network between both namespaces, while it lasts."""

    def __init__(self, binary, options):
        numbers = [options.delay, options.loss, options.rate, QUEUE_MS, 1, 3600]
        self._command = [binary, NAMESPACES[0], ADDRESSES[0], NAMESPACES[1], ADDRESSES[1], *map(str, numbers)]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        ping = ["ip", "netns", "exec", NAMESPACES[0], "ip", "-4", "addr", "show", "wan0"]
        while ADDRESSES[0] not in subprocess.run(ping, capture_output=True, text=True).stdout:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Skipped("the emulator can't make its network here")
            time.sleep(0.05)
        return self

    def __exit__(self, *ignored):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def main():
    parser = argparse.ArgumentParser(prog="peers.sh flow", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--class-path", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS), help="of " + ",".join(PARTS))
    parser.add_argument("--files", type=int, default=200000, help="files of the tree (200000)")
    parser.add_argument("--mib", type=int, default=4096, help="their size together, in MiB (4096)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each tool copies (3)")
    parser.add_argument("--rates", type=lambda text: [int(r) for r in text.split(",")], default=[500, 1000, 2000], help="changes a second (500,1000,2000)")
    parser.add_argument("--seconds", type=int, default=30, help="how long changes are made, and a single stream is measured (30)")
    parser.add_argument("--rate", type=int, default=200, help="of the WAN, in Mbit/s (200)")
    parser.add_argument("--delay", type=float, default=25, help="of the WAN, one way, in ms (25: 50 ms there and back)")
    parser.add_argument("--loss", type=float, default=0.001, help="of the WAN, a share of the packets (0.001)")
    parser.add_argument("--wan-mib", type=int, default=600, help="what is sent over it, in MiB (600)")
    parser.add_argument("--wan-files", type=int, default=100, help="in how many files (100)")
    parser.add_argument("--wan-source", default=str(HERE.parent.parent / "shared" / "tools" / "wan.c"), help="the emulator's C source")
    parser.add_argument("--scratch", default=str(HERE / "target" / "flow-peers"), help="a new folder on the disk that is measured (below target/)")
    parser.add_argument("--json", default=None, help="write the figures here")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error("unknown parts %s" % ", ".join(sorted(unknown)))
    remove(options.scratch)
    os.makedirs(options.scratch)
    java = shared_classes(options)
    machine = Machine()
    measuring = Measuring(options, java)
    try:
        measuring.run()
    finally:
        remove(options.scratch)
    print("\n%s, %s" % (datetime.date.today(), json.dumps(machine.facts())))
    for skip in dict.fromkeys(measuring.skips):
        print("skipped: " + skip)
    for failure in measuring.failures:
        print("FAILED: " + failure)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(measuring.figures, indent=1))
    print("%d passed, %d failed, %d skipped" % (measuring.passed, len(measuring.failures), len(dict.fromkeys(measuring.skips))))
    return 1 if measuring.failures or not measuring.passed else 0


if __name__ == "__main__":
    sys.exit(main())
