#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares Kmesh's snapshots with other backup tools: whole processes, the same sets of files, one run, in turn.

Each round makes new repositories, and in it each tool in turn makes (A B C): the repository, an initial backup, one with
nothing changed, one with 1 % changed, and a restore of that into a fresh folder, in which each tool verifies what it
reads by its own names of chunks. The next round begins with another tool. Not timed: after each step the tool's own check,
and after each restore (in the first round of the initial backup, too) a comparison of names, bytes, modes and times in
nanoseconds with the set. A tool that fails is no longer run on that set.

Printed are medians: processor seconds (user and system, all processes of a command, the JVM's start and its compiler
included), wall seconds, peak resident memory of the largest process, and bytes of the repository (the sum of its files'
sizes). Ratios are of processor seconds; their range is over pairs of one round. The page cache is warm: each set is read
once before each round. The goals are those for --scale 1: with less data the start of a JVM weighs more.

The sets are made once, see backup_sets.py --help, and kept in --data (8.7 GB for all).

The last line reads "N passed, N failed, N skipped": a tool on a set passes when all its steps and comparisons ended well.
"""

import argparse
import collections
import contextlib
import datetime
import glob
import json
import math
import operator
import os
import pathlib
import re
import shutil
import stat
import statistics
import sys
import tempfile

import backup_sets
import peer_tools

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "a throw-away repository"
INIT, INITIAL, SAME, CHANGED, RESTORE = "init", "initial", "no change", "1 % changed", "restore"
STEPS = (INIT, INITIAL, SAME, CHANGED, RESTORE)
RSS_MIB = 350

Sample = collections.namedtuple("Sample", "set step tool round user system wall rssMib repositoryBytes")
# name: as printed; value, least, most: of a ratio or a figure; bound and sign: the goal, "" where there is none.
Verdict = collections.namedtuple("Verdict", "set name value least most sign bound met")


class Tool:
    """A backup tool by its command line. A subclass gives the commands; each runs in the folder it names."""

    def __init__(self, name, program):
        self.name = name
        self.program = shutil.which(program) or program
        self.home = self.repository = None

    def present(self):
        return os.path.isfile(self.program) and os.access(self.program, os.X_OK)

    def begin(self, home):
        """A new, empty folder for the repository, caches and the password."""
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        self.home = home
        self.repository = os.path.join(home, "repository")
        self.password = os.path.join(home, "password")
        with open(os.open(self.password, os.O_CREAT | os.O_WRONLY, 0o600), "w") as out:
            out.write(PASSWORD + "\n")

    def end(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def environment(self):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("RESTIC_", "BORG_"))}
        return {**clean, "XDG_CACHE_HOME": os.path.join(self.home, "cache"), **self.secrets()}

    def secrets(self):
        return {}

    def version(self):
        return peer_tools.first_line([self.program, "--version"])

    # Each gives a command and the folder that it runs in.

    def init(self):
        raise NotImplementedError

    def backup(self, source, number):
        raise NotImplementedError

    def check(self):
        raise NotImplementedError

    def restore(self, number, target):
        raise NotImplementedError


class Kmesh(Tool):
    def command(self, *words):
        return [self.program, *words, "--repo", pathlib.Path(self.repository).as_uri(), "--password-file", self.password]

    def init(self):
        return self.command("repo", "init"), self.home

    def backup(self, source, number):
        return [*self.command("snapshot", "create"), "--name", "backup-%d" % number, source], self.home

    def check(self):
        return self.command("snapshot", "check"), self.home

    def restore(self, number, target):
        return [*self.command("snapshot", "restore"), "latest", "--target", target], self.home


class Restic(Tool):
    def command(self, *words):
        return [self.program, "-q", "--repo", self.repository, "--password-file", self.password, *words]

    def version(self):
        return peer_tools.first_line([self.program, "version"])

    def init(self):
        return self.command("init", "--repository-version", "2"), self.home

    def backup(self, source, number):
        return self.command("backup", "."), source

    def check(self):
        return self.command("check"), self.home

    def restore(self, number, target):
        return self.command("restore", "latest", "--target", target), self.home


class Borg(Tool):
    def secrets(self):
        return {
            "BORG_PASSPHRASE": PASSWORD,
            "BORG_BASE_DIR": os.path.join(self.home, "base"),
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "no",
        }

    def init(self):
        return [self.program, "init", "--encryption", "repokey", self.repository], self.home

    def backup(self, source, number):
        archive = "%s::backup-%d" % (self.repository, number)
        return [self.program, "create", "--compression", "zstd,3", archive, "."], source

    def check(self):
        return [self.program, "check", self.repository], self.home

    def restore(self, number, target):
        return [self.program, "extract", "%s::backup-%d" % (self.repository, number)], target


class Failure(Exception):
    pass


class Comparison:
    """The rounds of all tools over the sets."""

    def __init__(self, tools, work, rounds, say=lambda text: None):
        self._tools = tools
        self._work = work
        self._rounds = rounds
        self._say = say
        self._discarded = 0
        self.samples = []
        self.failed = {}
        self.commands = {}

    def run(self, sample_set):
        name = sample_set.name
        try:
            for number in range(self._rounds):
                self._round(sample_set, name, number)
        finally:
            sample_set.undo()
            self._clear()
            for tool in self._tools:
                if tool.home:
                    tool.end()

    def _round(self, sample_set, name, number):
        turn = number % len(self._tools)
        order = self._tools[turn:] + self._tools[:turn]
        sample_set.undo()
        peer_tools.warm(sample_set.root)
        for tool in order:
            tool.begin(os.path.join(self._work, tool.name))
        root = sample_set.root
        self._step(name, INIT, number, order, lambda tool: tool.init())
        self._step(name, INITIAL, number, order, lambda tool: tool.backup(root, 0))
        if number == 0:
            for tool in order:
                self._guard(name, tool, lambda tool=tool: self._restored(tool, root, 0, None))
        self._step(name, SAME, number, order, lambda tool: tool.backup(root, 1))
        sample_set.change()
        self._step(name, CHANGED, number, order, lambda tool: tool.backup(root, 2))
        for tool in order:
            self._guard(name, tool, lambda tool=tool: self._restored(tool, root, 2, (name, number)))
        sample_set.undo()
        self._clear()
        for tool in order:
            tool.end()

    def _step(self, name, step, number, order, command):
        for tool in order:
            self._guard(name, tool, lambda tool=tool: self._timed(tool, *command(tool), (name, step, number)))

    def _guard(self, name, tool, job):
        """Runs what a tool does unless it failed on this set before; notes when it fails now."""
        if (name, tool.name) in self.failed:
            return
        try:
            job()
        except (Failure, OSError) as failure:
            self.failed[name, tool.name] = str(failure)
            self._say("%s: %s FAILED: %s" % (name, tool.name, failure))

    def _timed(self, tool, command, folder, place):
        name, step, number = place
        self.commands.setdefault(tool.name, {}).setdefault(step, (command, folder))
        os.sync()  # what the one before left unwritten is not this one's
        ran = peer_tools.measure(command, tool.environment(), folder)
        if ran.code != 0:
            raise Failure("%s: exit %d: %s" % (step, ran.code, ran.text.strip()[-600:]))
        size = peer_tools.apparent_bytes(tool.repository)
        self.samples.append(Sample(name, step, tool.name, number, ran.user, ran.system, ran.wall, ran.rss, size))
        self._say("%s, round %d: %s, %s: %.2f CPU-s, %.1f s, %d MiB" % (
            name, number + 1, tool.name, step, ran.user + ran.system, ran.wall, ran.rss))  # fmt: skip
        if step not in (INIT, RESTORE):
            self._untimed(tool, "check after " + step, *tool.check())

    def _untimed(self, tool, title, command, folder):
        ran = peer_tools.measure(command, tool.environment(), folder)
        if ran.code != 0:
            raise Failure("%s: exit %d: %s" % (title, ran.code, ran.text.strip()[-600:]))

    def _restored(self, tool, root, backup, place):
        """Restores a backup into a fresh folder, timed when it has a place among the samples, and compares."""
        target = os.path.join(self._work, "restored")
        os.makedirs(target)
        try:
            command = tool.restore(backup, target)
            if place:
                self._timed(tool, *command, (place[0], RESTORE, place[1]))
            else:
                self._untimed(tool, "restore of the initial backup", *command)
            wrong = peer_tools.differences(root, target)
            if wrong:
                raise Failure("its restore differs from the set: " + "; ".join(wrong))
        finally:
            self._discard(target)

    def _discard(self, target):
        """Empties a restored tree, and leaves its inodes until the round ends.

        ext4 looks at each inode that was removed in the last minute before it makes a new one: what one tool restored
        would be paid by the next, several times over what it costs itself.
        """
        for folder, _, names in os.walk(target):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.islink(path):
                    with contextlib.suppress(OSError):
                        os.truncate(path, 0)
        self._discarded += 1
        os.rename(target, os.path.join(self._work, "discarded-%d" % self._discarded))

    def _clear(self):
        for number in range(1, self._discarded + 1):
            shutil.rmtree(os.path.join(self._work, "discarded-%d" % number), ignore_errors=True)
        self._discarded = 0


class Figures:
    """What the samples say."""

    def __init__(self, samples):
        self._samples = samples

    def of(self, name, step, tool):
        return [s for s in self._samples if (s.set, s.step, s.tool) == (name, step, tool)]

    def cpu(self, name, step, tool):
        """Median, least and most processor seconds; None when there are none."""
        return spread([s.user + s.system for s in self.of(name, step, tool)])

    def median(self, name, step, tool, field):
        values = [getattr(s, field) for s in self.of(name, step, tool)]
        return statistics.median(values) if values else None

    def ratio(self, name, step, above, below, of=lambda sample: sample.user + sample.system):
        """Processor seconds of one tool over those of another: of the medians, and the range of pairs of a round."""
        one = {s.round: of(s) for s in self.of(name, step, above)}
        two = {s.round: of(s) for s in self.of(name, step, below)}
        pairs = [one[r] / max(0.001, two[r]) for r in one.keys() & two.keys()]
        if not pairs:
            return None
        middle = statistics.median(one.values()) / max(0.001, statistics.median(two.values()))
        return middle, min(pairs), max(pairs)

    def size(self, name, step, above, below):
        one, two = (self.median(name, step, tool, "repositoryBytes") for tool in (above, below))
        return None if not one or not two else (one / two,) * 3

    def peak(self, name, tool):
        return spread([s.rssMib for s in self._samples if (s.set, s.tool) == (name, tool)])


def spread(values):
    return (statistics.median(values), min(values), max(values)) if values else None


def inverse(ratio):
    return None if ratio is None else (1 / max(1e-9, ratio[0]), 1 / max(1e-9, ratio[2]), 1 / max(1e-9, ratio[1]))


def verdicts(figures, name, tools):
    """The comparisons of Kmesh with the others on a set, with the goals."""
    found = []

    def say(title, value, sign="", bound=None):
        if value is not None:
            met = None if not sign else {"≥": operator.ge, "≤": operator.le}[sign](value[0], bound)
            found.append(Verdict(name, title, *value, sign, bound, met))
        elif sign:
            # A goal that nothing was measured for is not forgotten.
            found.append(Verdict(name, title, None, None, None, sign, bound, None))

    def faster(step, other, goal=None):
        title = "%s: CPU of %s / Kmesh" % (step, other)
        say(title, figures.ratio(name, step, other, "kmesh"), *(("≥", goal) if goal else ()))

    others = [tool for tool in tools if tool != "kmesh"]
    for other in others:
        faster(INITIAL, other, {
            "restic": {"mixed": 2.5, "float32": 4.5, "random": 2.2, "tiny": 2.5}[name],
            "borg": 1.0,
        }.get(other))  # fmt: skip
    for other in others:
        goal = {"mixed": 0.95, "float32": 0.61, "random": 1.001, "tiny": 0.60}[name] if other == "restic" else None
        say("repository: bytes of Kmesh / %s" % other, figures.size(name, INITIAL, "kmesh", other), *(("≤", goal) if goal else ()))
    for other in others:
        goal = 0.35 if (name, other) == ("tiny", "restic") else None
        say("%s: CPU of Kmesh / %s" % (SAME, other), inverse(figures.ratio(name, SAME, other, "kmesh")), *(("≤", goal) if goal else ()))
    say("%s: CPU-s of Kmesh" % SAME, figures.cpu(name, SAME, "kmesh"), *(("≤", 1.2) if name in ("float32", "random") else ()))
    for other in others:
        goal = 0.4 if name in ("mixed", "tiny") and other == "restic" else None
        say("%s: CPU of Kmesh / %s" % (CHANGED, other), inverse(figures.ratio(name, CHANGED, other, "kmesh")), *(("≤", goal) if goal else ()))
    for other in others:
        faster(RESTORE, other, 2.2 if other == "restic" else None)
        # What the disk's file system takes to make files is most of the rest, and the same work for all.
        say("%s: user CPU of %s / Kmesh" % (RESTORE, other), figures.ratio(name, RESTORE, other, "kmesh", lambda s: s.user))
    peak = figures.peak(name, "kmesh")
    say("peak RSS of Kmesh, MiB", peak and (peak[2], peak[1], peak[2]), "≤", RSS_MIB)
    return found


def over_all(figures, names, other):
    """Geometric means over the sets that both have: the initial backup's CPU, the repository's bytes."""
    found = []
    for title, values in (
        ("initial: CPU of %s / Kmesh" % other, [figures.ratio(name, INITIAL, other, "kmesh") for name in names]),
        ("repository: bytes of Kmesh / %s" % other, [figures.size(name, INITIAL, "kmesh", other) for name in names]),
    ):
        values = [value for value in values if value is not None]
        if len(values) > 1:
            means = [math.exp(statistics.fmean(math.log(value[i]) for value in values)) for i in range(3)]
            found.append(Verdict("geometric mean", title, *means, "", None, None))
    return found


def print_samples(figures, names, tools, facts, changed):
    for name in names:
        print("\n**%s**: %d files, %.3f GB; %d changed; sha256 %s\n" % (
            name, facts[name]["files"], facts[name]["bytes"] / 1e9, changed.get(name, 0), facts[name]["sha256"][:16]))  # fmt: skip
        print("| step | tool | CPU-s (least to most) | of it system | wall s | RSS MiB | repository MB | rounds |")
        print("|---|---|--:|--:|--:|--:|--:|--:|")
        for step in STEPS:
            for tool in tools:
                cpu = figures.cpu(name, step, tool)
                if cpu is None:
                    continue
                system, wall, size = (figures.median(name, step, tool, field) for field in ("system", "wall", "repositoryBytes"))
                rss = max(s.rssMib for s in figures.of(name, step, tool))
                print("| %s | %s | %.2f (%.2f to %.2f) | %.2f | %.1f | %d | %.1f | %d |" % (
                    step, tool, *cpu, system, wall, rss, size / 1e6, len(figures.of(name, step, tool))))  # fmt: skip


def print_verdicts(found):
    if not found:
        return
    print("\n| set | Kmesh and the others | median (least to most) | goal | |")
    print("|---|---|--:|--:|---|")
    for v in found:
        digits = "%.3f (%.3f to %.3f)" if v.name.startswith("repository") else "%.2f (%.2f to %.2f)"
        goal = "" if not v.sign else "%s %g" % (v.sign, v.bound)
        met = "" if v.met is None else "met" if v.met else "**missed**"
        figure = "none" if v.value is None else digits % (v.value, v.least, v.most)
        print("| %s | %s | %s | %s | %s |" % (v.set, v.name, figure, goal, met))


def shown(command, work, data):
    """A command as it can be read, with its own folders by name."""
    text = " ".join("'%s'" % word if re.search(r"[\s*]", word) else word for word in command)
    return text.replace(str(work), "WORK").replace(str(data), "DATA").replace("%s/" % HERE.parent, "")


def run(options, tools, skips, out=sys.stderr):
    """Runs all, prints all, and returns what goes into the JSON."""
    os.umask(0o022)
    machine = peer_tools.Machine()
    os.makedirs(options.work, exist_ok=True)
    # What a run left that was ended.
    for left in [os.path.join(options.work, "restored"), *glob.glob(os.path.join(glob.escape(options.work), "discarded-*"))]:
        shutil.rmtree(left, ignore_errors=True)
    comparison = Comparison(tools, options.work, options.rounds, lambda text: print(text, file=out, flush=True))
    facts, changed = {}, {}
    for name in options.sets:
        made = backup_sets.SampleSet(options.data, name, options.scale, options.seed, options.sources)
        print("%s: the set ..." % name, file=out, flush=True)
        facts[name] = made.ensure()
        changed[name] = made.change()
        made.undo()
        comparison.run(made)
        # All takes an hour: who ends it before still has these.
        write_json(options, {"scale": options.scale, "sets": facts, "samples": [s._asdict() for s in comparison.samples]})
    for tool in tools:
        tool.end()
    names = [tool.name for tool in tools]
    figures = Figures(comparison.samples)
    found = []
    if "kmesh" in names:
        found = [v for name in options.sets for v in verdicts(figures, name, names)]
        for tool in names:
            if tool != "kmesh":
                found += over_all(figures, options.sets, tool)
    machine_facts = machine.facts()
    print("%s, scale %g, %d rounds, page cache warm, seed %d" % (datetime.date.today(), options.scale, options.rounds, options.seed))
    print("%(processors)d processors, %(model)s, %(memoryMib)d MiB, Linux %(kernel)s" % machine_facts)
    print("processor flags: " + " ".join(machine_facts["cpuFlags"]))
    print("load average %(loadBefore)s before and %(loadAfter)s after" % machine_facts)
    print("something waited for a processor for %(cpuPressurePercent)s %% of the time" % machine_facts)
    print(machine_facts["java"])
    versions = {tool.name: tool.version() for tool in tools}
    for tool, version in versions.items():
        print("%s: %s" % (tool, version))
    commands = {t: {s: shown(c, options.work, options.data) for s, (c, _) in steps.items()} for t, steps in comparison.commands.items()}
    print("\nCommands, by the first set:\n")
    for steps in commands.values():
        for command in dict.fromkeys(steps.values()):
            print("    " + command)
    print_samples(figures, options.sets, names, facts, changed)
    print_verdicts(found)
    if found and options.scale != 1:
        print("\nThe goals are those for scale 1, not for scale %g." % options.scale)
    goals = [v for v in found if v.sign]
    if goals:
        count = collections.Counter(v.met for v in goals)
        print("\ngoals: %d met, %d missed, %d without a figure" % (count[True], count[False], count[None]))
    print()
    for skip in skips:
        print("skipped: " + skip)
    failures = ["%s %s: %s" % (*key, text) for key, text in comparison.failed.items()]
    if options.gate:
        failures += ["goal %s %s: %s, not %s %g" % (v.set, v.name, "no figure" if v.value is None else "%.3f" % v.value, v.sign, v.bound)
                     for v in goals if not v.met]  # fmt: skip
    for failure in failures:
        print("FAILED: " + failure.replace("\n", " "))
    passed = len(options.sets) * len(tools) - len(comparison.failed)
    print("%d passed, %d failed, %d skipped" % (passed, len(failures), len(skips)))
    result = {
        "date": str(datetime.date.today()), "scale": options.scale, "rounds": options.rounds, "seed": options.seed,
        "machine": machine_facts, "versions": versions, "commands": commands, "sets": facts, "changed": changed,
        "samples": [s._asdict() for s in comparison.samples], "verdicts": [v._asdict() for v in found],
        "passed": passed, "failed": failures, "skipped": skips,
    }  # fmt: skip
    write_json(options, result)
    return result


def write_json(options, value):
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(value, indent=1) + "\n")


# The test of this script


def pretender(path, sabotage=""):
    """A command that has the options of kmesh and copies trees; `sabotage` is run in each restored tree."""
    pathlib.Path(path).write_text("""#!/bin/bash
set -euo pipefail
job="$1 $2"; shift 2; rest=(); name=
while (($# > 0)); do
  case $1 in
    --repo) repo=${2#file://}; shift ;;
    --password-file) [[ -s $2 ]]; shift ;;
    --name) name=$2; shift ;;
    --target) target=$2; shift ;;
    *) rest+=("$1") ;;
  esac
  shift
done
case $job in
  "repo init") mkdir "$repo" ;;
  "snapshot create") cp -a "${rest[0]}" "$repo/$name"; ln -sfn "$name" "$repo/latest" ;;
  "snapshot check") [[ -e $repo/latest ]] ;;
  "snapshot restore") cp -a "$repo/${rest[0]}/." "$target"; cd "$target"; %s ;;
esac
""" % (sabotage or ":"))  # fmt: skip
    os.chmod(path, 0o755)


def self_test():
    """The generator, the rounds, the table and the goals, on sets of a few files and on tools that are made up."""
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)  # a path of its own would give the files of the mixed set other fates each time
        try:
            test_sets(folder)
        finally:
            os.chdir(before)
        test_trees(folder)
        test_rounds(folder)
    test_verdicts()
    print("self-test passed")


def test_sets(folder):
    table = backup_sets.noise()
    assert abs(statistics.fmean(table)) < 1e-9 and abs(statistics.pstdev(table) - 0.05) < 1e-4
    plain = b"".join(backup_sets.float32_without(backup_sets.chooser(1, "x"), 3, 100, table))
    assert len(plain) == 1200 and not any(byte & 31 for byte in plain[::4]), "18 bits of the mantissa"
    if backup_sets.numpy is not None:
        fast = b"".join(backup_sets.float32_with_numpy(backup_sets.chooser(1, "x"), 3, 100, table))
        assert fast == plain, "with and without numpy"
    source = "system"
    for number in range(300):
        path = pathlib.Path(source, "d%d" % (number % 7), "f%d" % number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(backup_sets.chooser(number).randbytes(number))
        os.utime(path, ns=(number, number * 10**9 + 5))
    # Known hashes: a change of the generator changes them, and then VERSION.
    known = {"float32": "507e7333", "random": "c985345a", "tiny": "606e00c7"}
    for name in backup_sets.SETS:
        scale = {"mixed": 1, "tiny": 0.001}.get(name, 0.0003)
        made = backup_sets.SampleSet(os.path.join(folder, "data"), name, scale, 7, (source,))
        facts = made.ensure()
        again = backup_sets.SampleSet(os.path.join(folder, "again"), name, scale, 7, (source,)).ensure()
        assert facts == again and made.ensure() == facts, name
        assert name not in known or facts["sha256"].startswith(known[name]), (name, facts)
        before = backup_sets.fingerprint(made.root)
        folders = {f: os.stat(f).st_mtime_ns for f, _, _ in os.walk(made.root)}
        count = made.change()
        first = backup_sets.fingerprint(made.root)
        assert count == max(1, round((facts["files"] - 1) / 100)) if name == "mixed" else count >= 1, (name, count)
        assert first["files"] == before["files"] and first != before
        assert first["bytes"] - before["bytes"] == count * (64 if name in ("mixed", "tiny") else 100), name
        # As if the process had ended here: the next one undoes it.
        backup_sets.SampleSet(os.path.join(folder, "data"), name, scale, 7, (source,)).ensure()
        assert backup_sets.fingerprint(made.root) == before
        assert folders == {f: os.stat(f).st_mtime_ns for f, _, _ in os.walk(made.root)}, "times of folders"
        made.change()
        assert backup_sets.fingerprint(made.root) == first, "the same change again"
        made.undo()
    mixed = pathlib.Path(folder, "data", "mixed")
    one = {str(p.relative_to(mixed / "v1")): p.read_bytes() for p in mixed.glob("v1/**/*") if p.is_file()}
    two = {str(p.relative_to(mixed / "v2")): p.read_bytes() for p in mixed.glob("v2/**/*") if p.is_file()}
    edited = [p for p in two if p in one and one[p] != two[p]]
    assert len(one) == 300 and 285 <= len(two) < 300 and 10 <= len(edited) <= 40, (len(one), len(two), len(edited))
    assert all(1 <= len(two[p]) - len(one[p]) <= 200 for p in edited)
    assert any("renamed-" in p for p in two)


def test_trees(folder):
    """What the comparison of trees finds."""
    def tree(name):
        root = pathlib.Path(folder, name)
        (root / "sub").mkdir(parents=True)
        (root / "sub" / "file").write_bytes(b"x" * 5000)
        (root / "link").symlink_to("sub")
        for path in (root / "sub" / "file", root / "sub"):
            os.utime(path, ns=(1, 10**18 + 1))
        os.utime(root / "link", ns=(1, 10**18 + 1), follow_symlinks=False)
        return root

    def byte(root):
        (root / "sub" / "file").write_bytes(b"x" * 4999 + b"y")
        os.utime(root / "sub" / "file", ns=(1, 10**18 + 1))

    def text(root):
        (root / "link").unlink()
        (root / "link").symlink_to("bus")
        os.utime(root / "link", ns=(1, 10**18 + 1), follow_symlinks=False)

    source = tree("tree")
    assert peer_tools.differences(source, tree("equal")) == []
    for number, (damage, what) in enumerate([
        (byte, "the bytes of sub/file differ"),
        (text, "link links to something else"),
        (lambda r: os.chmod(r / "sub" / "file", 0o600), "sub/file has mode 600, not 644"),
        (lambda r: os.utime(r / "sub" / "file", ns=(1, 10**18 + 2)), "sub/file has time 1000000000000000002"),
        (lambda r: os.utime(r / "sub", ns=(1, 10**18)), "sub has time 1000000000000000000"),
        (lambda r: (r / "more").write_text(""), "more is not in the source"),
        (lambda r: (r / "link").unlink(), "link is missing"),
    ]):  # fmt: skip
        other = tree("damaged-%d" % number)
        damage(other)
        found = peer_tools.differences(source, other)
        assert len(found) == 1 and found[0].startswith(what), (what, found)
    assert peer_tools.apparent_bytes(source) == 5000


def test_rounds(folder):
    """Whole runs with commands that pretend, a good one and bad ones."""
    class Options:
        sets, scale, rounds, seed, sources = ["tiny"], 0.001, 2, 7, ()
        data, work, gate = os.path.join(folder, "data"), os.path.join(folder, "work"), False
        json = os.path.join(folder, "json")

    good, bad, worse = (os.path.join(folder, name) for name in ("good", "bad", "worse"))
    pretender(good)
    pretender(bad, "find . -name f07.txt -exec touch {} +")
    pretender(worse, "exit 3")
    tools = [Kmesh("kmesh", good), Kmesh("restic", good), Kmesh("borg", bad), Kmesh("other", worse)]
    text = pathlib.Path(folder, "printed")
    stdout = sys.stdout
    with open(text, "w") as out:
        sys.stdout = out
        try:
            result = run(Options, tools, ["backup nothing: it is made up"], out)
        finally:
            sys.stdout = stdout
    text = text.read_text()
    assert json.loads(pathlib.Path(Options.json).read_text()) == json.loads(json.dumps(result))
    assert text.splitlines()[-1] == "2 passed, 2 failed, 1 skipped", text
    assert "FAILED: tiny borg: its restore differs from the set: " in text, text
    assert "FAILED: tiny other: restore of the initial backup: exit 3" in text, text
    taken = collections.Counter((s["step"], s["tool"]) for s in result["samples"])
    assert all(taken[step, tool] == 2 for step in STEPS for tool in ("kmesh", "restic")), taken
    order = [s["tool"] for s in result["samples"] if s["step"] == CHANGED]
    assert order == ["kmesh", "restic", "restic", "kmesh"], "in turn, and another begins each round"
    assert "| tiny | repository: bytes of Kmesh / restic | 1.000 (1.000 to 1.000) | ≤ 0.6 | **missed** |" in text, text
    assert not os.listdir(Options.work), os.listdir(Options.work)
    assert not os.path.exists(os.path.join(folder, "data", "tiny-0.001.undo"))


def test_verdicts():
    samples = []
    for number, (kmesh, restic) in enumerate([(1.0, 3.0), (2.0, 4.0), (1.5, 4.5)]):
        for step in STEPS:
            samples.append(Sample("tiny", step, "kmesh", number, kmesh, 0.5, 1, 300 + number, 590))
            samples.append(Sample("tiny", step, "restic", number, restic, 0.5, 1, 100, 1000))
    found = {v.name: v for v in verdicts(Figures(samples), "tiny", ["kmesh", "restic", "borg"])}
    first = found["initial: CPU of restic / Kmesh"]
    assert (first.value, first.bound, first.met) == (2.25, 2.5, False), first
    assert round(first.least, 3) == 1.8 and round(first.most, 3) == 2.5, first
    size = found["repository: bytes of Kmesh / restic"]
    assert (size.value, size.met) == (0.59, True), size
    same = found["no change: CPU of Kmesh / restic"]
    assert (round(same.value, 3), round(same.least, 3), round(same.most, 3), same.met) == (0.444, 0.4, 0.556, False), same
    assert found["restore: CPU of restic / Kmesh"].met and found["peak RSS of Kmesh, MiB"].value == 302
    of_borg = [v for name, v in found.items() if "borg" in name]
    assert [(v.name, v.value, v.met) for v in of_borg] == [("initial: CPU of borg / Kmesh", None, None)], "a goal without samples"
    everything = [v for name in backup_sets.SETS for v in verdicts(Figures([]), name, ["kmesh", "restic", "borg"])]
    assert len(everything) == 4 * 5 + 1 + 2 + 2, "initial twice, size, restore, memory; no change of tiny, of large files; 1 % changed"


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    parser = argparse.ArgumentParser(
        prog="peers.sh backup", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    target = HERE / "target"
    command = HERE.parent / "kmesh-cli" / "bin" / "kmesh"
    every = list(backup_sets.SETS)
    parser.add_argument("--scale", type=float, default=1.0, help="how much of each set (1)")
    parser.add_argument("--sets", type=backup_sets.names_of, default=every, help="only these, with commas between: " + ",".join(every))
    parser.add_argument("--rounds", type=int, default=3, help="how often each step is measured (3)")
    parser.add_argument("--tools", default="kmesh,restic,borg", help="of kmesh,restic,borg,restic-stable (%(default)s)")
    parser.add_argument("--data", default=str(target / "backup-sets"), help="the folder of the sets (kmesh-bench/target/backup-sets)")
    parser.add_argument("--work", default=str(target / "backup-peers"),
                        help="repositories and restored trees, on the disk that is measured (kmesh-bench/target/backup-peers)")  # fmt: skip
    parser.add_argument("--json", default=None, help="write the figures here")
    parser.add_argument("--gate", action="store_true", help="a missed goal is a failure")
    parser.add_argument("--seed", type=int, default=backup_sets.SEED, help="of the sets (%(default)s)")
    parser.add_argument("--kmesh", default=str(command), help="Kmesh's command (kmesh-cli/bin/kmesh)")
    parser.add_argument("--restic", default="restic", help="restic's (peers.sh: that of the next Debian release, if it can be had)")
    parser.add_argument("--restic-stable", default="restic", help="for the tool restic-stable (the one installed)")
    parser.add_argument("--borg", default="borg", help="borg's")
    options = parser.parse_args()
    options.sources = backup_sets.SOURCES
    options.data, options.work = os.path.abspath(options.data), os.path.abspath(options.work)
    if not options.scale > 0 or options.rounds < 1:
        parser.error("--scale and --rounds are above 0")
    known = {
        "kmesh": lambda: Kmesh("kmesh", options.kmesh),
        "restic": lambda: Restic("restic", options.restic),
        "borg": lambda: Borg("borg", options.borg),
        "restic-stable": lambda: Restic("restic-stable", options.restic_stable),
    }
    tools, skips = [], []
    for name in options.tools.split(","):
        if name not in known:
            parser.error("%s is none of %s" % (name, ", ".join(known)))
        tool = known[name]()
        if not tool.present():
            reason = "there is no %s" if name == "kmesh" else "%s is not installed and no package of this system has it"
            skips.append("backup %s: %s" % (name, reason % tool.program))
        elif not tool.version():
            skips.append("backup %s: %s does not say its version" % (name, tool.program))
        else:
            tools.append(tool)
    for skip in skips:
        print("skipped: " + skip, file=sys.stderr, flush=True)
    if not tools:
        print("0 passed, 0 failed, %d skipped" % len(skips))
        return 1
    result = run(options, tools, skips)
    return 1 if result["failed"] or not result["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
