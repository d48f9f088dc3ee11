#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Applies a plan of changes to a plain directory: `apply.py CHANGES DIR`. The self-test's stand-in for the quickstart."""

import json
import os
import sys

from paths import open_parent, unb64
from seeded import seeded_bytes


def data_of(field):
    """The bytes of a record's `data`."""
    return unb64(field["base64"]) if "base64" in field else seeded_bytes(field["seed"], field["length"])


def write(name, directory, flags, offset, data, mode=None):
    descriptor = os.open(name, flags | os.O_WRONLY | os.O_NOFOLLOW, 0o600, dir_fd=directory)
    try:
        if data:
            os.pwrite(descriptor, data, offset)
        if mode is not None:
            os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def truncate(name, directory, size):
    descriptor = os.open(name, os.O_WRONLY | os.O_NOFOLLOW, dir_fd=directory)
    try:
        os.ftruncate(descriptor, size)
    finally:
        os.close(descriptor)


def apply_to(root, record, directory, name):
    """One record on the entry `name` of an open directory."""
    op = record["op"]
    place = b"/proc/self/fd/%d/%s" % (directory, name)
    if op == "create":
        write(name, directory, os.O_CREAT | os.O_EXCL, 0, data_of(record["data"]), int(record["mode"], 8))
    elif op == "write":
        write(name, directory, 0, record["offset"], data_of(record["data"]))
    elif op == "truncate":
        truncate(name, directory, record["size"])
    elif op in ("rename", "link"):
        other, other_name = open_parent(root, unb64(record["to"]))
        try:
            if op == "rename":
                os.rename(name, other_name, src_dir_fd=directory, dst_dir_fd=other)
            else:
                os.link(name, other_name, src_dir_fd=directory, dst_dir_fd=other, follow_symlinks=False)
        finally:
            os.close(other)
    elif op == "unlink":
        os.unlink(name, dir_fd=directory)
    elif op == "rmdir":
        os.rmdir(name, dir_fd=directory)
    elif op == "mkdir":
        os.mkdir(name, dir_fd=directory)
        os.chmod(name, int(record["mode"], 8), dir_fd=directory)
    elif op == "symlink":
        os.symlink(unb64(record["target"]), name, dir_fd=directory)
    elif op == "chmod":
        os.chmod(name, int(record["mode"], 8), dir_fd=directory)
    elif op == "chown":
        os.chown(name, record["uid"], record["gid"], dir_fd=directory, follow_symlinks=False)
    elif op == "mtime":
        atime = os.stat(name, dir_fd=directory, follow_symlinks=False).st_atime_ns
        os.utime(name, ns=(atime, record["mtime"]), dir_fd=directory, follow_symlinks=False)
    elif op == "setxattr":
        os.setxattr(place, unb64(record["name"]), unb64(record["value"]), follow_symlinks=False)
    elif op == "removexattr":
        os.removexattr(place, unb64(record["name"]), follow_symlinks=False)
    else:
        raise ValueError(f"Cannot apply record {record['n']}: unknown op {op}.")


def apply_plan(changes, root, steps=("copy", "changes", "remove")):
    """Applies the records of some steps of a changes.jsonl below `root`; returns their number."""
    root = os.fsencode(root)
    count = 0
    with open(changes, "rb") as lines:
        next(lines)
        for line in lines:
            record = json.loads(line)
            if record.get("end"):
                break
            if record["step"] not in steps:
                continue
            path = unb64(record["path"])
            directory, name = open_parent(root, path)
            try:
                apply_to(root, record, directory, name if name else b".")
            finally:
                os.close(directory)
            count += 1
    return count


if __name__ == "__main__":
    print("%d records" % apply_plan(sys.argv[1], sys.argv[2]))
