# SPDX-License-Identifier: Apache-2.0
"""Compares a tree with an expected manifest, entry by entry, and names each attribute that differs."""

import json
import os
import stat

from manifest import ManifestReader, Totals, VerifierError, merge, parse_line
from mounted import MountedWalk
from paths import escape, open_file, parent, show, show_value, unb64
from simlustre import LustreWalk
from walk import BLOCK, Walk

MAX_KEPT_DIFFERENCES = 1000
MAX_KEPT_NAMES = 1000
# What a copy of a file with holes may occupy beyond its data's own blocks: file systems round in their own ways.
HOLE_SLACK = 64 << 10
HOLE_SLACK_PER_EXTENT = 8 << 10
# A Lustre may note on each new file which job made it.
_JOB = b"user.job"
_LIVE_MARK = b"KMESH-LIVE "
_REASONS = ("unreadable", "changed", "unsupported")


def allowed_allocation(record):
    """The most bytes that a copy of a file with holes may occupy."""
    extents = record["data"]
    blocks = sum(-(-(start + length) // BLOCK) * BLOCK - start // BLOCK * BLOCK for start, length in extents)
    count = len(extents)
    if "dataTotal" in record:
        blocks += record["dataTotal"] - sum(length for _, length in extents)
        count = record["dataCount"]
    return blocks + HOLE_SLACK + HOLE_SLACK_PER_EXTENT * count


def load_reported(name):
    """{path bytes: reason} of a reported.jsonl."""
    reported = {}
    with open(name, "rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            entry = parse_line(line, name, number)
            if entry.get("reason") not in _REASONS or not isinstance(entry.get("path"), str):
                raise VerifierError(f"Cannot read {name} line {number}: no path, or a reason other than {', '.join(_REASONS)}.")
            path = unb64(entry["path"])
            if path in reported:
                raise VerifierError(f"Cannot read {name} line {number}: {show(path)} is reported twice.")
            reported[path] = entry["reason"]
    return reported


def live_generations(root, path):
    """The generations in a file of trees/mutate_live.py: None when it is no such file, else (set, complete)."""
    generations = set()
    lines = 0
    total = None
    descriptor = open_file(os.fsencode(root), path)
    with os.fdopen(descriptor, "rb") as data:
        for line in data:
            fields = dict(field.split(b"=", 1) for field in line.split() if b"=" in field)
            if not line.startswith(_LIVE_MARK) or b"gen" not in fields or b"lines" not in fields:
                return None if lines == 0 else (generations, False)
            lines += 1
            generations.add(int(fields[b"gen"]))
            total = int(fields[b"lines"])
    return None if lines == 0 else (generations, total == lines)


class Findings:
    """Collects differences: each is printed at once, the first ones are kept."""

    def __init__(self, emit=print):
        self._emit = emit
        self.count = 0
        self.first = []

    def differ(self, path, attribute, expected, found):
        line = '"%s" %s: expected %s, found %s' % (escape(path) if path else ".", attribute, expected, found)
        self.count += 1
        if len(self.first) < MAX_KEPT_DIFFERENCES:
            self.first.append(line)
        self._emit(line)

    def verdict(self):
        return "different" if self.count else "equal"

    def report(self):
        return {"differences": self.count, "first": self.first}


class Attributes:
    """What makes two records of an entry differ, hard links apart. `privileged` is false for a user without root.

    `mounted` is true when the found ones lie on a mounted Lustre, which keeps whole seconds of times.
    """

    def __init__(self, privileged, mounted=False):
        self._privileged = privileged
        self._mounted = mounted
        self._groups = set(os.getgroups()) | {os.getegid()}

    def differences(self, wanted, found):
        """Yields (attribute, expected, found), words for people."""
        yield from self._mode(wanted, found)
        if self._privileged:
            for field in ("uid", "gid"):
                if wanted[field] != found[field]:
                    yield field, wanted[field], found[field]
        if "mtime" in wanted and not self._is_time(wanted, found):
            yield "mtime", _time(wanted["mtime"]), _time(found["mtime"])
        kind = wanted["type"]
        if kind == "file":
            yield from self._content(wanted, found)
        elif kind == "symlink":
            if wanted["target"] != found["target"]:
                yield "target", show_value(unb64(wanted["target"])), show_value(unb64(found["target"]))
        elif "rdev" in wanted and wanted["rdev"] != found["rdev"]:
            yield "device", "%d:%d" % tuple(wanted["rdev"]), "%d:%d" % tuple(found["rdev"])
        yield from self._xattrs(wanted, found)

    def _is_time(self, wanted, found):
        expected, actual = wanted["mtime"], found["mtime"]
        if actual == expected or not self._mounted:
            return actual == expected
        # A restore makes its unnamed file in the directory, which some releases count as a change of that.
        return actual == expected - expected % 10**9 or (wanted["type"] == "dir" and actual > expected)

    def _mode(self, wanted, found):
        mode, actual = int(wanted["mode"], 8), int(found["mode"], 8)
        if not self._privileged and wanted["gid"] not in self._groups:
            mode &= ~stat.S_ISGID
            actual &= ~stat.S_ISGID
        if mode != actual:
            yield "mode", "%04o" % mode, "%04o" % actual

    @staticmethod
    def _content(wanted, found):
        if wanted["size"] != found["size"]:
            yield "size", wanted["size"], found["size"]
        elif wanted["sha256"] != found["sha256"]:
            yield "bytes", "SHA-256 " + wanted["sha256"], found["sha256"]
        elif "data" in wanted and found["allocated"] > allowed_allocation(wanted):
            expected = "at most %d bytes allocated, data at %s" % (allowed_allocation(wanted), _extents(wanted))
            yield "holes", expected, "%d, data at %s" % (found["allocated"], _extents(found))

    def _xattrs(self, wanted, found):
        expected = self._visible(wanted)
        actual = self._visible(found)
        if self._mounted and _JOB not in expected:
            actual.pop(_JOB, None)
        if expected == actual:
            return
        for name in sorted(set(expected) | set(actual)):
            if expected.get(name) != actual.get(name):
                values = [show_value(side[name]) if name in side else "none" for side in (expected, actual)]
                yield "xattr %s" % show(name), values[0], values[1]

    def _visible(self, record):
        if "xattrs" not in record:
            return {}
        pairs = ((unb64(name), unb64(value)) for name, value in record["xattrs"])
        if self._privileged:
            return dict(pairs)
        return {name: value for name, value in pairs if name.startswith((b"user.", b"system.posix_acl_"))}


def _extents(record):
    extents = record.get("data", [[0, record["size"]]])
    text = ", ".join("%d+%d" % (start, length) for start, length in extents[:4])
    return text + (", ..." if len(extents) > 4 else "") if text else "none"


def _time(nanoseconds):
    return "%d.%09d s" % divmod(nanoseconds, 10**9)


class Comparison:
    """One comparison of an expected manifest with an actual tree. `privileged` is false for a user without root."""

    def __init__(self, actual, findings, reported=None, privileged=None, lustre=None, mounted=False):
        self._actual = os.fsencode(actual)
        if lustre is not None:
            self._walk = LustreWalk(self._actual, os.fsencode(lustre))
        else:
            self._walk = MountedWalk(self._actual) if mounted else Walk(self._actual)
        self._is_folder = lustre is None
        self._reported = reported
        self._privileged = os.geteuid() == 0 if privileged is None else privileged
        self._attributes = Attributes(self._privileged, mounted)
        self._actual_of = {}
        self._expected_of = {}
        self._unstable_dirs = set()
        self.totals = Totals()
        self._findings = findings
        self.unreadable = []
        self.unstable = []

    def run(self, expected):
        """Compares with an iterable of (path, record) in manifest order."""
        left_reports = dict(self._reported or {})
        for path, wanted, found in merge(expected, self._walk):
            reason = left_reports.pop(path, None)
            if wanted is None:
                if not self._below_unstable(path):
                    self._differ(path, "presence", "nothing", self._kind(found))
                continue
            self.totals.add(wanted)
            if "unstable" in wanted:
                self._unstable_entry(path, wanted, found, reason)
            elif "error" in wanted:
                self._unreadable_entry(path, wanted, found, reason)
            elif found is None:
                self._missing_entry(path, wanted, reason)
            else:
                if reason is not None:
                    self._differ(path, "report", "none, the source can be read", reason)
                self._same(path, wanted, found)
        for path, reason in left_reports.items():
            self._differ(path, "report", "none, no such entry in the source", reason)

    def report(self):
        """The verdict as one JSON object."""
        counts = self.totals.counts
        report = {"verdict": self._findings.verdict()}
        report.update((field, counts[field]) for field in ("entries", "files", "dirs", "symlinks", "others", "bytes"))
        report["unreadable"] = self.unreadable
        report["unstable"] = self.unstable
        return report | self._findings.report()

    # Entries that the source did not give up

    def _unreadable_entry(self, path, wanted, found, reason):
        self._keep(self.unreadable, wanted)
        if self._reported is not None and reason != "unreadable":
            self._differ(path, "report", "unreadable (%s)" % wanted["error"]["name"], reason or "no report")
        if wanted["type"] == "dir":
            if found is not None and found["type"] != "dir":
                self._differ(path, "type", "dir", found["type"])
        elif found is not None:
            self._differ(path, "presence", "nothing (unreadable in the source)", self._kind(found))

    def _unstable_entry(self, path, wanted, found, reason):
        self._keep(self.unstable, wanted)
        if wanted["type"] == "dir":
            self._unstable_dirs.add(path)
        if found is None:
            # It may have gone before, or come after the job looked.
            fleeting = "fleeting" in wanted or wanted.get("error", {}).get("name") == "ENOENT"
            if self._reported is not None and reason is None and not fleeting:
                self._differ(path, "presence", "%s, or a report" % self._kind(wanted), "nothing")
            return
        if found["type"] != wanted["type"] and wanted["type"] != "unknown" and reason is None:
            self._differ(path, "type", wanted["type"], found["type"])
        elif found["type"] == "file" and reason is None and "error" not in found and self._is_folder:
            live = live_generations(self._actual, path)
            if live is not None and (len(live[0]) != 1 or not live[1]):
                self._differ(path, "content", "one whole generation", "generations %s, %s" % (
                    sorted(live[0])[:5], "whole" if live[1] else "cut"))

    def _missing_entry(self, path, wanted, reason):
        if wanted["type"] in ("char", "block") and not self._privileged and (self._reported is None or reason == "unsupported"):
            self._keep(self.unreadable, wanted)
            return
        self._differ(path, "presence", self._kind(wanted), "nothing" + (" (reported as %s)" % reason if reason else ""))

    def _below_unstable(self, path):
        """What is in a directory that changed while it was listed is unknown."""
        while path and self._unstable_dirs:
            path = parent(path)
            if path in self._unstable_dirs:
                return True
        return False

    # Entries that both have

    def _same(self, path, wanted, found):
        if found["type"] != wanted["type"]:
            self._differ(path, "type", wanted["type"], found["type"])
            return
        if "error" in found:
            self._differ(path, "readable", "yes", "%(call)s fails with %(name)s" % found["error"])
            return
        if "unstable" in found:
            self._differ(path, "stable", "yes", "changed while it was verified")
            return
        for attribute, expected, actual in self._attributes.differences(wanted, found):
            self._differ(path, attribute, expected, actual)
        if "nlink" in wanted or "nlink" in found:
            self._links(path, wanted, found)

    def _links(self, path, wanted, found):
        """The first names of a group may differ between the trees (one missing): the groups must match one to one."""
        expected = wanted.get("link", wanted["path"])
        actual = found.get("link", found["path"])
        known_actual = self._actual_of.setdefault(expected, actual)
        known_expected = self._expected_of.setdefault(actual, expected)
        if known_actual != actual or known_expected != expected:
            self._differ(path, "hard link", self._group(path, expected), self._group(path, actual))

    # Words

    @staticmethod
    def _group(path, first):
        first = unb64(first)
        return "a file of its own" if first == path else 'same file as "%s"' % show(first)

    @staticmethod
    def _kind(record):
        return "a hard link" if "link" in record else record["type"]

    @staticmethod
    def _keep(names, record):
        if len(names) < MAX_KEPT_NAMES:
            names.append(record["show"])

    def _differ(self, path, attribute, expected, found):
        self._findings.differ(path, attribute, expected, found)


def write_report(name, report):
    """Writes a verdict as one JSON object."""
    with open(name, "w", encoding="ascii") as output:
        json.dump(report, output, indent=1)
        output.write("\n")


def is_privileged(header):
    """Whether owners and all xattrs can be compared: the manifest was made as root, and this is root."""
    return os.geteuid() == 0 and bool(header.get("privileged"))


def compare_tree(expected, actual, reported=None, report=None, emit=print, lustre=None, mounted=False):
    """Compares a manifest file with a tree; returns (Totals, Findings).

    The tree is that at the path `lustre` of a simulated Lustre when given, or lies on a `mounted` one.
    """
    reader = ManifestReader(expected)
    findings = Findings(emit)
    comparison = Comparison(actual, findings, load_reported(reported) if reported else None, is_privileged(reader.header), lustre, mounted)
    comparison.run(reader)
    if report:
        write_report(report, comparison.report())
    return comparison.totals, findings
