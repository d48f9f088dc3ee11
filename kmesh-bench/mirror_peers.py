#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures mirrors of trees in an S3 bucket as whole processes, beside rclone.

small   Many files of 16 KiB are pushed, pushed again twice with nothing changed, and pulled into an empty directory.
large   A few files of 1 GiB of random bytes, the same. Each client pulls what it pushed itself: Kmesh verifies the CRC-32C
        of each content, rclone the MD5 that it gave each object. rclone besides pulls what Kmesh pushed, of which it knows
        no checksum and verifies none.
        Each pull runs once unmeasured before, and what that wrote is removed.
same    Only the pushes, of a tree of many files of 1 KiB, and the memory they take.

The server is io.kmesh.bench.s3.LoopbackS3, a process of its own that does as little as it can for each request; both clients
speak to it over plain HTTP, in turn. Processor seconds are user and system of the client's process alone, the JVM's start
included; medians of --rounds. A push passes when rclone and Kmesh end with success, a pull when the trees are equal.
The last line reads "N passed, N failed, N skipped".
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys

from peer_tools import Machine, differences, measure, warm

HERE = pathlib.Path(__file__).resolve().parent
PARTS = ("small", "large", "same")
IN_DIRECTORY = 500
SMALL = 16 << 10
TINY = 1 << 10
# As bin/kmesh starts a mirror.
JAVA = ["java", "-Xmx192m", "-Xss1m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=128m", "-XX:-UsePerfData",
        "-Djdk.nio.maxCachedBufferSize=65536", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
        "-XX:+UnlockDiagnosticVMOptions", "-XX:-DisplayVMOutput",
        "-XX:CompilerDirectivesFile=%s" % (HERE.parent / "kmesh-cli" / "bin" / "compile.json"),
        "-XX:Tier4InvocationThreshold=300", "-XX:Tier4MinInvocationThreshold=100",
        "-XX:Tier4CompileThreshold=600", "-XX:Tier4BackEdgeThreshold=20000",
        "-XX:+IgnoreUnrecognizedVMOptions", "-XX:-C1UpdateMethodData"]  # fmt: skip
MAIN = "io.kmesh.bench.peers.MirrorMain"


class Server:
    """The loopback server with an empty folder, while it lasts."""

    def __init__(self, class_path, folder):
        self._command = ["java", "-Xmx2g", "-cp", class_path, "io.kmesh.bench.s3.LoopbackS3", folder]
        self._folder = folder

    def __enter__(self):
        os.makedirs(self._folder)
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *ignored):
        self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self._folder)


def small_tree(root, files, size=SMALL):
    chooser = random.Random(3)
    noise = chooser.randbytes(8 << 20)
    for number in range(files):
        folder = os.path.join(root, "d%04d" % (number // IN_DIRECTORY))
        if number % IN_DIRECTORY == 0:
            os.makedirs(folder)
        at = chooser.randrange(len(noise) - size)
        with open(os.path.join(folder, "file-%07d" % number), "wb") as out:
            out.write((b"%d " % number + noise[at : at + size])[:size])


def large_tree(root, files, mib):
    os.makedirs(root)
    for number in range(files):
        with open(os.path.join(root, "file-%d" % number), "wb") as out:
            for _ in range(mib):
                out.write(os.urandom(1 << 20))


class Clients:
    """How each client pushes and pulls."""

    def __init__(self, java, url, scratch, cache=None):
        self.java = java
        self.url = url
        self.cache = cache
        self.environment = {key: value for key, value in os.environ.items() if key not in ("AWS_CA_BUNDLE", "AWS_PROFILE")}
        self.environment.update(AWS_ACCESS_KEY_ID="kmesh", AWS_SECRET_ACCESS_KEY="not-a-secret")
        self.config = os.path.join(scratch, "rclone.conf")
        pathlib.Path(self.config).write_text(
            "[s]\ntype = s3\nprovider = Other\nenv_auth = true\nregion = us-east-1\nforce_path_style = true\n"
            "no_check_bucket = true\nlist_version = 2\nendpoint = %s\n" % url
        )

    def kmesh(self, way, tree, bucket):
        return [*self.java, way, tree, "s3://%s?endpoint=%s" % (bucket, self.url), *([self.cache] if self.cache else [])]

    def rclone(self, way, tree, bucket):
        ends = [tree, "s:" + bucket] if way == "push" else ["s:" + bucket, tree]
        return ["rclone", "--config", self.config, "copy", *ends]


class Measuring:
    def __init__(self, options, java):
        self.options = options
        self.java = java
        self.passed = 0
        self.failures = []
        self.skips = []
        self.figures = {}

    def path(self, name):
        path = os.path.join(self.options.scratch, name)
        subprocess.run(["rm", "-rf", path], check=True)
        return path

    def run(self):
        for part in self.options.parts:
            source = self.path("source")
            if part == "large":
                large_tree(source, self.options.large, self.options.large_mib)
                what = "%d files of %d MiB" % (self.options.large, self.options.large_mib)
            else:
                files = self.options.files if part == "small" else self.options.same_files
                size = SMALL if part == "small" else TINY
                small_tree(source, files, size)
                what = "%d files of %d KiB" % (files, size >> 10)
            warm(source)
            self.part(part, source, what)

    def part(self, part, source, what):
        rows = {}
        for number in range(self.options.rounds):
            with Server(self.options.class_path, self.path("server")) as server:
                cache = self.path("cache") if self.options.cache else None
                clients = Clients(self.java, server.url, self.options.scratch, cache)
                for name in ("kmesh", "rclone"):
                    if shutil.which("java" if name == "kmesh" else name) is None:
                        self.skips.append("%s: %s is not installed" % (part, name))
                        continue
                    with contextlib.suppress(StopIteration):
                        self.client(part, getattr(clients, name), name, source, number, rows, clients.environment)
        self.table(part, what, rows)

    def client(self, part, command, name, source, number, rows, environment):
        passes = [("push", "push"), ("no change", "push"), ("no change again", "push")] + ([] if part == "same" else [("pull", "pull")])
        own = name + "-" + part
        if name == "rclone" and part == "large":
            passes.append(("pull of Kmesh's", "pull"))
        for kind, way in passes:
            target = self.path("target")
            os.makedirs(target)
            bucket = "kmesh-" + part if kind == "pull of Kmesh's" else own
            if part == "large" and way == "pull":
                # Not measured: whoever writes first pays for memory and disk blocks that nobody used before.
                ran = measure(command(way, target, bucket), environment)
                if ran.code != 0:
                    self.failures.append("%s, %s, first %s: exit %d: %s" % (part, name, kind, ran.code, ran.text.strip()[-300:]))
                    raise StopIteration
                self.path("target")
                os.makedirs(target)
            ran = measure(command(way, source if way == "push" else target, bucket), environment)
            if ran.code != 0:
                self.failures.append("%s, %s, %s: exit %d: %s" % (part, name, kind, ran.code, ran.text.strip()[-300:]))
                raise StopIteration
            rows.setdefault((kind, name), []).append((ran.wall, ran.user + ran.system, ran.rss))
            print("round %d: %s %s, %s: %.1f s, %.1f CPU-s" % (number + 1, name, part, kind, *rows[kind, name][-1][:2]), file=sys.stderr)
            if way == "pull":
                # rclone keeps neither modes nor times of directories: only bytes and times of files are asked of it.
                # Kmesh's own objects are files to it.
                wrong = differences(source, target, hidden=".kmesh" if bucket != own else None)
                wrong = [w for w in wrong if name == "kmesh" or ("has mode" not in w and "has time" not in w)]
                if wrong:
                    self.failures.append("%s, %s: %s" % (part, name, "; ".join(wrong)))
                    raise StopIteration
            self.passed += 1

    def table(self, part, what, rows):
        print("\n%s\n\n| pass | client | wall s | CPU-s (least to most) | of rclone's | RSS MiB |\n|---|---|--:|--:|--:|--:|" % what)
        for (kind, name), found in sorted(rows.items()):
            cpu = statistics.median(f[1] for f in found)
            peer = rows.get((kind, "rclone"))
            ratio = "%.2f" % (cpu / statistics.median(f[1] for f in peer)) if peer else ""
            self.figures["%s, %s, %s" % (part, kind, name)] = cpu
            print("| %s | %s | %.1f | %.1f (%.1f to %.1f) | %s | %d |" % (
                kind, name, statistics.median(f[0] for f in found), cpu, min(f[1] for f in found), max(f[1] for f in found),
                ratio, max(f[2] for f in found)))  # fmt: skip


def jars(class_path, folder):
    """The class path with a jar for each folder: only these have shared classes."""
    entries = []
    for number, entry in enumerate(class_path.split(":")):
        if os.path.isdir(entry):
            entry = shutil.make_archive(os.path.join(folder, "classes-%d" % number), "zip", entry)
        entries.append(entry)
    return ":".join(entries)


def shared_classes(options):
    """Kmesh's command, with an archive of what a push and a pull load, made as that of bin/kmesh is."""
    java = [*JAVA, "-cp", jars(options.class_path, options.scratch), MAIN]
    few, pulled, archive, classes = (os.path.join(options.scratch, name) for name in ("few", "pulled", "classes.jsa", "classes"))
    small_tree(few, 10)
    os.makedirs(pulled)
    listed = {}
    with Server(options.class_path, os.path.join(options.scratch, "first")) as server:
        for way, tree in (("push", few), ("push", few), ("pull", pulled)):
            command = [java[0], "-Xshare:off", "-XX:DumpLoadedClassList=" + classes, "-Xlog:disable", *java[1:]]
            clients = Clients(command, server.url, options.scratch, os.path.join(options.scratch, "first-cache"))
            subprocess.run(clients.kmesh(way, tree, "first"), env=clients.environment, check=True, stdout=subprocess.DEVNULL)
            listed.update(dict.fromkeys(pathlib.Path(classes).read_text().splitlines()))
    pathlib.Path(classes).write_text("".join(line + "\n" for line in listed))
    dump = [java[0], "-Xshare:dump", "-XX:SharedClassListFile=" + classes, "-XX:SharedArchiveFile=" + archive, "-Xlog:disable"]
    subprocess.run([*dump, *java[1:-1]], check=True, stdout=subprocess.DEVNULL)
    return [java[0], "-XX:SharedArchiveFile=" + archive, "-Xlog:disable", *java[1:]]


def main():
    parser = argparse.ArgumentParser(prog="peers.sh mirror", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--class-path", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS), help="of " + ",".join(PARTS))
    parser.add_argument("--files", type=int, default=20000, help="small files (20000)")
    parser.add_argument("--large", type=int, default=8, help="large files (8)")
    parser.add_argument("--large-mib", type=int, default=1024, help="the size of each, in MiB (1024)")
    parser.add_argument("--same-files", type=int, default=200000, help="files of the pass with nothing changed (200000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each client does all (3)")
    parser.add_argument("--scratch", default=str(HERE / "target" / "mirror-peers"), help="a new folder on the disk (below target/)")
    parser.add_argument("--no-cache", dest="cache", action="store_false", help="Kmesh without its cache of the store's answers")
    parser.add_argument("--json", default=None, help="write the figures here")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error("unknown parts %s" % ", ".join(sorted(unknown)))
    subprocess.run(["rm", "-rf", options.scratch], check=True)
    os.makedirs(options.scratch)
    machine = Machine()
    try:
        measuring = Measuring(options, shared_classes(options))
        measuring.run()
    finally:
        subprocess.run(["rm", "-rf", options.scratch], check=True)
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
