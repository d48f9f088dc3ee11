# SPDX-License-Identifier: Apache-2.0
"""Reads and writes manifests: one JSON object a line, header first, trailer last (README.md has the fields)."""

import json
import os

from paths import show, sort_key, unb64

VERSION = 0
KINDS = {"file": "files", "dir": "dirs", "symlink": "symlinks"}


class VerifierError(Exception):
    """The verifier can't do its work; the message says what and why."""


class Totals:
    """Counts of the entries of a manifest."""

    def __init__(self):
        self.counts = {"entries": 0, "files": 0, "dirs": 0, "symlinks": 0, "others": 0, "bytes": 0, "unreadable": 0, "unstable": 0}

    def add(self, record):
        counts = self.counts
        counts["entries"] += 1
        counts[KINDS.get(record["type"], "others")] += 1
        if "sha256" in record and "link" not in record:
            counts["bytes"] += record["size"]
        if "error" in record:
            counts["unreadable"] += 1
        if "unstable" in record:
            counts["unstable"] += 1


class Output:
    """A file that appears whole or not at all: written beside its place, synced, renamed."""

    def __init__(self, path):
        self._path = path
        self._temporary = path + ".part"
        self._file = None

    def __enter__(self):
        folder = os.path.dirname(os.path.abspath(self._path))
        os.makedirs(folder, exist_ok=True)
        self._file = open(self._temporary, "w", encoding="ascii", buffering=1 << 18)
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            self._file.close()
            os.unlink(self._temporary)
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.rename(self._temporary, self._path)
        folder = os.open(os.path.dirname(os.path.abspath(self._path)), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def line(self, text):
        self._file.write(text)
        self._file.write("\n")

    def json(self, value):
        self.line(json.dumps(value, separators=(",", ":")))


class ManifestWriter:
    """Writes the lines of one manifest to an Output; entries must come in manifest order."""

    def __init__(self, output, privileged):
        self._output = output
        self.totals = Totals()
        self._encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
        output.json({"manifest": "kmesh-verify", "version": VERSION, "privileged": privileged})

    def add(self, record):
        self.totals.add(record)
        self._output.line(self._encode(record))

    def end(self):
        self._output.json({"end": True, **self.totals.counts})


def parse_line(line, name, number):
    """One line as a dict, or VerifierError that names file and line."""
    try:
        value = json.loads(line)
    except ValueError as error:
        raise VerifierError(f"Cannot read {name} line {number}: {error}. Make the file again.") from error
    if not isinstance(value, dict):
        raise VerifierError(f"Cannot read {name} line {number}: no JSON object. Make the file again.")
    return value


def check_header(header, field, name, value="kmesh-verify"):
    if header.get(field) != value:
        raise VerifierError(f'Cannot read {name}: its first line is no header with "{field}": "{value}". Give the right file.')
    if header.get("version") != VERSION:
        raise VerifierError(f"Cannot read {name}: version {header.get('version')}, this reads {VERSION}. Make the file again.")


class ManifestReader:
    """Iterates over (path bytes, record) of a manifest file; refuses a truncated or unordered one."""

    def __init__(self, name):
        self._name = name
        with open(name, "rb") as lines:
            self.header = parse_line(lines.readline(), name, 1)
        check_header(self.header, "manifest", name)
        self.trailer = None

    def __iter__(self):
        with open(self._name, "rb") as lines:
            lines.readline()
            yield from self._entries(lines)

    def _entries(self, lines):
        entries = 0
        previous = None
        for number, line in enumerate(lines, 2):
            record = parse_line(line, self._name, number)
            if "path" not in record:
                self.trailer = record
                break
            entries += 1
            path = unb64(record["path"])
            key = sort_key(path)
            if previous is not None and key <= previous:
                raise VerifierError(f"Cannot read {self._name} line {number}: {show(path)} is out of order. Make the file again.")
            previous = key
            yield path, record
        if self.trailer is None or self.trailer.get("entries") != entries:
            raise VerifierError(f"Cannot read {self._name}: it ends after {entries} entries without its trailer. Make the file again.")


def merge(left, right):
    """Joins two iterables of (path, record) in manifest order: yields (path, left record or None, right record or None)."""
    left, right = iter(left), iter(right)
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and sort_key(a[0]) < sort_key(b[0])):
            yield a[0], a[1], None
            a = next(left, None)
        elif a is None or sort_key(b[0]) < sort_key(a[0]):
            yield b[0], None, b[1]
            b = next(right, None)
        else:
            yield a[0], a[1], b[1]
            a, b = next(left, None), next(right, None)
