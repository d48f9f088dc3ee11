#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares Kmesh with other tools: whole processes, the same trees, one run, in turn.

Two trees: many small files (0 to 4 KiB, with links and xattrs) and a few large ones (random bytes, one sparse). Each job
runs --rounds times, the tools in turn (A B C, A B C). Printed are the medians: wall seconds, processor seconds (user and
system, of all processes of the job), peak resident memory, calls of fsync and its kin (counted by strace in a run of
its own), bytes that lie in the target, and what a comparison of the trees found that the tool did not carry. The page
cache is warm: the trees are read once before. "durable" says that all was synced when the job ended, and how.

The last line reads "N passed, N failed, N skipped"; a job passes when it ended well and its result holds the names, the
bytes and the modification seconds of the source.

Tools for backups are compared by another command: peers.sh backup --help.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys

from peer_tools import measure, same_bytes, warm

HERE = pathlib.Path(__file__).resolve().parent
SYNCS = "fsync,fdatasync,sync,syncfs,sync_file_range,msync"
SMALL = "small"
LARGE = "large"

# name: as printed; tool: the command it needs; kind: "copy" (a tree again) or "store" (an archive of one's own form);
# durable: how all is on the disk at the end, or ""; command: from source, target; note: what one should know.
Job = collections.namedtuple("Job", "name tool kind durable command note check", defaults=["tree"])


def jobs(java):
    """All jobs; `java` is the command of Kmesh's side."""
    def kmesh(job):
        return lambda s, t: [*java, job, s, t]

    def shell(text):
        return lambda s, t: ["sh", "-c", text, "sh", s, t]

    return [
        Job("Kmesh TreeCopy", "java", "copy", "", kmesh("copy"), "2 threads"),
        Job("cp -a", "cp", "copy", "", lambda s, t: ["cp", "-a", s, t], ""),
        Job("tar to tar", "tar", "copy", "",
            shell('mkdir "$2" && tar -S --xattrs -C "$1" -cf - . | tar --xattrs --xattrs-include="*" -C "$2" -xpf -'), ""),
        Job("rsync -aHAXS", "rsync", "copy", "", lambda s, t: ["rsync", "-aHAXS", s + "/", t], ""),
        Job("rclone copy -M", "rclone", "copy", "",
            lambda s, t: ["rclone", "copy", "-M", "--links", "--create-empty-src-dirs", "--config", "/dev/null", s, t],
            "compares MD5 of both sides"),
        Job("dsync", "dsync", "copy", "", lambda s, t: ["dsync", s, t], "mpifileutils"),
        Job("Kmesh TreeCopy durable()", "java", "copy", "fsync each", kmesh("copy-durable"), "2 threads"),
        Job("cp -a; sync -f", "cp", "copy", "syncfs at the end", shell('cp -a "$1" "$2" && sync -f "$2"'), ""),
        Job("rsync -aHAXS --fsync", "rsync", "copy", "fsync each file",
            lambda s, t: ["rsync", "-aHAXS", "--fsync", s + "/", t], "directories are not synced"),
        Job("rsync -aHAXS; sync -f", "rsync", "copy", "syncfs at the end",
            shell('rsync -aHAXS "$1/" "$2" && sync -f "$2"'), ""),
        Job("Kmesh MirrorTree export", "java", "store", "fsync each, groups", kmesh("export"),
            "SHA-256 of each; any entry alone"),
        Job("Kmesh HSM archive", "java", "store", "fsync each, groups, journal", kmesh("archive"),
            "SHA-256 of each; ingest taken off", "archive"),
        Job("tar to a file; sync", "tar", "store", "fsync at the end",
            shell('mkdir "$2" && tar -S --xattrs -C "$1" -cf "$2/tree.tar" . && sync "$2/tree.tar" "$2"'),
            "no checksum; not entry by entry", "tar"),
        Job("restic backup", "restic", "store", "fsync each pack", restic, "dedupes, compresses, encrypts", "restic"),
    ]  # fmt: skip


def restic(source, target):
    # Lists of what changed are of no use to a first run; the password is the key of a throw-away repository.
    return ["sh", "-c", 'restic -q init --repository-version 2 && cd "$1" && restic -q backup .', "sh", source]


def small_tree(root, files):
    """Many small files, by the quickstart's maker, with some xattrs."""
    maker = HERE.parent / "samples" / "quickstart" / "trees" / "small_files.py"
    subprocess.run([sys.executable, maker, root, "--files", str(files)], check=True, stdout=subprocess.DEVNULL)
    number = 0
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = os.path.join(folder, name)
            number += 1
            if number % 50 == 0 and not os.path.islink(path):
                os.setxattr(path, "user.note", b"number %d" % number)


def large_tree(root, mib):
    """Eight files of random bytes, one with a hole."""
    os.makedirs(root)
    chooser = random.Random(7)
    block = chooser.randbytes(1 << 20)
    for number in range(8):
        with open(os.path.join(root, "large-%d.bin" % number), "wb") as out:
            for at in range(max(1, mib // 8)):
                # Different everywhere, or a deduplicating tool would store one block.
                out.write(at.to_bytes(8, "big") + number.to_bytes(8, "big") + chooser.randbytes(1 << 16) + block[65552:])
            if number == 7:
                out.truncate(out.tell() + (256 << 20))
        os.utime(os.path.join(root, "large-%d.bin" % number), ns=(10**18 + 1, 10**18 + 123456789))


def entries(root):
    """What each entry of a tree is: path, then its facts."""
    found = {}
    inodes = collections.defaultdict(list)
    for folder, folders, names in os.walk(root):
        for name in [*folders, *names]:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, root)
            stat = os.lstat(path)
            kind = stat.st_mode & 0o170000
            target = os.readlink(path) if kind == 0o120000 else ""
            xattrs = sorted((k, os.getxattr(path, k, follow_symlinks=False)) for k in os.listxattr(path, follow_symlinks=False))
            xattrs = [(k, v) for k, v in xattrs if k.startswith("user.")]
            size = stat.st_size if kind == 0o100000 else 0
            found[relative] = (kind, size, target, stat.st_mode & 0o7777, stat.st_mtime_ns, (stat.st_uid, stat.st_gid), xattrs, stat.st_blocks)
            if kind == 0o100000 and stat.st_nlink > 1:
                inodes[stat.st_ino].append(relative)
    return found, sorted(sorted(group) for group in inodes.values())


def compare(source, target):
    """Whether names, bytes and seconds are the same, and the list of what else was not carried."""
    a, a_links = entries(source)
    b, b_links = entries(target)
    lost = collections.Counter()
    wrong = []
    for path, facts in a.items():
        other = b.get(path)
        if other is None:
            wrong.append("%s is missing" % path)
            continue
        kind, size, text, mode, mtime, owner, xattrs, blocks = facts
        if (kind, size, text) != other[:3]:
            if kind == 0o120000:
                lost["symlinks"] += 1
                continue
            wrong.append("%s differs" % path)
        if kind == 0o100000 and not same_bytes(os.path.join(source, path), os.path.join(target, path)):
            wrong.append("the bytes of %s differ" % path)
        if mtime // 10**9 != other[4] // 10**9:
            if kind == 0o100000:
                wrong.append("the time of %s differs" % path)
            else:
                lost["times of " + ("directories" if kind == 0o040000 else "symlinks")] += 1
        elif mtime != other[4]:
            lost["nanoseconds"] += 1
        lost["modes"] += kind != 0o120000 and mode != other[3]
        lost["owners"] += owner != other[5]
        lost["xattrs"] += xattrs != other[6]
        lost["holes"] += kind == 0o100000 and size - 512 * blocks > (1 << 20) > size - 512 * other[7]
    extra = set(b) - set(a)
    wrong += ["%s is not in the source" % path for path in sorted(extra)[:3]]
    if a_links != b_links:
        lost["hard links"] = len(a_links)
    return wrong, ["%s (%d)" % (k, v) for k, v in sorted(lost.items()) if v]


def check(job, source, target, java, scratch):
    """What is wrong with a result, and what it did not carry."""
    if job.check == "tree" and job.kind == "copy":
        return compare(source, target)
    back = os.path.join(scratch, "back")
    shutil.rmtree(back, ignore_errors=True)
    os.mkdir(back)
    if job.check == "tar":
        command = ["tar", "--xattrs", "--xattrs-include=*", "-C", back, "-xpf", os.path.join(target, "tree.tar")]
    elif job.check == "restic":
        command = ["restic", "-q", "restore", "latest", "--target", back]
    elif job.check == "archive":
        # Its own checksums were compared while it ran; here that each file has an object.
        files = sum(not os.path.islink(os.path.join(f, n)) for f, _, names in os.walk(source) for n in names)
        links = sum(len(g) - 1 for g in entries(source)[1])
        folder = os.path.join(target, "store", "objects")
        # Below .kmesh is what does not fit into an object's metadata.
        objects = sum(n.endswith("%o") for f, _, names in os.walk(folder) for n in names if "%2Ekmesh" not in f)
        return ([] if objects == files - links else ["%d objects of %d files" % (objects, files - links)]), []
    else:
        command = [*java, "import", target, back]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment(target))
    return compare(source, back)


def environment(target):
    return {**os.environ, "RESTIC_PASSWORD": "kmesh", "RESTIC_REPOSITORY": target, "XDG_CACHE_HOME": target + ".cache"}


def taken(path):
    """MiB on the disk below a path."""
    total = 0
    for folder, _, names in os.walk(path):
        total += sum(os.lstat(os.path.join(folder, n)).st_blocks for n in names)
    return total * 512 / (1 << 20)


def count_syncs(job, source, target):
    """Calls of fsync and its kin; None where strace is missing."""
    if not shutil.which("strace"):
        return None
    report = target + ".strace"
    command = ["strace", "-f", "--seccomp-bpf", "-c", "-U", "calls,name", "-e", "trace=" + SYNCS, "-o", report, *job.command(source, target)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(target))
    if done.returncode != 0:
        return None
    total = sum(int(m[1]) for m in re.finditer(r"^ *(\d+) +(?!total)\w+$", pathlib.Path(report).read_text(), re.MULTILINE))
    return total


def remove(target):
    for path in (target, target + ".cache", target + ".strace"):
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.remove(path)


def run_tree(name, source, wanted, options, java, results):
    scratch = options.scratch
    target = os.path.join(scratch, "target")
    warm(source)
    figures = {job.name: [] for job in wanted}
    lost = {}
    fsyncs = {}
    bytes_taken = {}
    failed = {}
    for turn in range(options.rounds):
        for job in wanted:
            if job.name in failed:
                continue
            remove(target)
            os.sync()  # what the one before left unwritten is not this one's
            ran = measure(job.command(source, target), environment(target))
            code, wall, cpu, rss, text = ran.code, ran.wall, ran.user + ran.system, ran.rss, ran.text
            ingest = re.search(r"ingest_seconds=([\d.]+) ingest_cpu=([\d.]+)", text)
            if ingest:
                wall -= float(ingest[1])
                cpu -= float(ingest[2])
            if code != 0:
                failed[job.name] = "exit %d: %s" % (code, text.strip()[-300:])
                continue
            figures[job.name].append((wall, cpu, rss))
            print("%s files, round %d: %s: %.1f s, %.1f CPU-s" % (name, turn + 1, job.name, wall, cpu), file=sys.stderr, flush=True)
            if turn == 0:
                bytes_taken[job.name] = taken(os.path.join(target, "store") if job.check == "archive" else target)
                try:
                    wrong, lost[job.name] = check(job, source, target, java, scratch)
                except (OSError, subprocess.CalledProcessError) as error:
                    wrong = [str(error)]
                if wrong:
                    failed[job.name] = "; ".join(wrong[:5])
    for job in wanted:
        if job.name not in failed and job.durable and not options.no_strace:
            remove(target)
            fsyncs[job.name] = count_syncs(job, source, target)
    remove(target)
    for job in wanted:
        if job.name in failed:
            results["failed"].append("%s %s: %s" % (name, job.name, failed[job.name]))
            continue
        results["passed"] += 1
        wall, cpu, rss = (statistics.median(column) for column in zip(*figures[job.name]))
        row = {
            "tree": name, "job": job.name, "kind": job.kind, "durable": job.durable, "seconds": round(wall, 2), "cpu": round(cpu, 2),
            "cpuLeast": round(min(f[1] for f in figures[job.name]), 2), "cpuMost": round(max(f[1] for f in figures[job.name]), 2),
            "rssMib": round(rss), "fsyncs": fsyncs.get(job.name), "mib": round(bytes_taken[job.name]), "lost": lost.get(job.name, []),
            "note": job.note,
        }  # fmt: skip
        results["rows"].append(row)


def print_tables(results, trees):
    for name in trees:
        for kind, title in (("copy", "copies of the tree"), ("store", "archives of it")):
            rows = [r for r in results["rows"] if r["tree"] == name and r["kind"] == kind]
            if not rows:
                continue
            print("\n%s files: %s (%s)\n" % (name, title, trees[name]))
            print("| job | durable | wall s | CPU-s (least to most) | RSS MiB | fsyncs | MiB stored | not carried | note |")
            print("|---|---|--:|--:|--:|--:|--:|---|---|")
            for r in rows:
                print("| %s | %s | %.1f | %.1f (%.1f to %.1f) | %d | %s | %d | %s | %s |" % (
                    r["job"], r["durable"] or "no", r["seconds"], r["cpu"], r["cpuLeast"], r["cpuMost"], r["rssMib"],
                    "" if r["fsyncs"] is None else r["fsyncs"], r["mib"], ", ".join(r["lost"]), r["note"]))  # fmt: skip


def main():
    parser = argparse.ArgumentParser(prog="peers.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--class-path", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--files", type=int, default=20000, help="small files (20000)")
    parser.add_argument("--mib", type=int, default=1024, help="MiB in large files (1024)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each job runs (3)")
    parser.add_argument("--only", default="", help="only jobs whose name holds this text")
    parser.add_argument("--no-strace", action="store_true", help="do not count syncs")
    parser.add_argument("--scratch", default=None, help="a new folder on the disk that is measured (below target/)")
    parser.add_argument("--json", default=None, help="write the figures here")
    options = parser.parse_args()
    options.scratch = options.scratch or str(HERE / "target" / "peers")
    shutil.rmtree(options.scratch, ignore_errors=True)
    os.makedirs(options.scratch)
    java = ["java", "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", options.class_path, "io.kmesh.bench.peers.PeerMain"]
    every = jobs(java)
    wanted = [j for j in every if shutil.which(j.tool) and options.only in j.name]
    skips = ["%s: %s is not installed and no package of this system has it" % (j.name, j.tool) for j in every if not shutil.which(j.tool)]
    skips.append("lhsmtool_posix: it needs a running Lustre")
    results = {"passed": 0, "failed": [], "rows": []}
    trees = {}
    load_before = os.getloadavg()
    try:
        if options.files > 0:
            source = os.path.join(options.scratch, "small-files")
            small_tree(source, options.files)
            trees[SMALL] = "%d files of 0 to 4 KiB" % options.files
            run_tree(SMALL, source, wanted, options, java, results)
            shutil.rmtree(source)
        if options.mib > 0:
            source = os.path.join(options.scratch, "large-files")
            large_tree(source, options.mib)
            trees[LARGE] = "8 files, %d MiB of random bytes, one with a hole of 256 MiB" % options.mib
            run_tree(LARGE, source, wanted, options, java, results)
    finally:
        shutil.rmtree(options.scratch, ignore_errors=True)
    print("%s, %d processors, load average %.1f before and %.1f after, %d rounds, page cache warm" % (
        datetime.date.today(), os.cpu_count(), load_before[0], os.getloadavg()[0], options.rounds))  # fmt: skip
    print("Linux %s, %s" % (platform.release(), subprocess.run(["java", "-version"], capture_output=True, text=True).stderr.splitlines()[0]))
    for tool in sorted({j.tool for j in wanted} - {"java", "cp"}):
        version = ["version"] if tool in ("rclone", "restic") else ["--version"]
        print(subprocess.run([tool, *version], capture_output=True, text=True).stdout.splitlines()[0])
    print_tables(results, trees)
    print()
    for skip in skips:
        print("skipped: " + skip)
    for failure in results["failed"]:
        print("FAILED: " + failure)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))
    print("%d passed, %d failed, %d skipped" % (results["passed"], len(results["failed"]), len(skips)))
    return 1 if results["failed"] or not results["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
