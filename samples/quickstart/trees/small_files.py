#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a tree of many small files: 0 to 4 KiB of text each, a hundred a directory, and a few links. Same seed, same tree."""

import argparse
import os
import random
import sys

WORDS = (
    "mesh flow file store block stripe layout target archive restore release layer cold warm tier pool record index name "
    "path owner group mode time size hole link range chunk tree node rank step loss epoch batch grid cell field force energy"
).split()
FILES_A_DIRECTORY = 100
DIRECTORIES_A_DIRECTORY = 100
SYMLINK_EVERY = 200
HARD_LINK_EVERY = 250
MAX_BYTES = 4096
# 2020-01-01, seconds since 1970; mtimes spread over the year after it.
FIRST_TIME = 1577836800
YEAR = 31536000


def text_pool(chooser, length):
    """Bytes that look like a log: words, numbers, line ends."""
    lines = []
    total = 0
    while total < length:
        line = "%08d %s %.6f\n" % (chooser.randrange(10**8), " ".join(chooser.choices(WORDS, k=8)), chooser.random())
        lines.append(line)
        total += len(line)
    return "".join(lines).encode("ascii")[:length]


def write_file(name, directory, data):
    """A new file with its bytes."""
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=directory)
    try:
        if data:
            os.write(descriptor, data)
    finally:
        os.close(descriptor)


def make(root, files, seed):
    """Makes the tree below `root`, which must not exist or be empty; returns the number of entries made."""
    chooser = random.Random(seed)
    pool = text_pool(chooser, 1 << 20)
    os.makedirs(root, exist_ok=True)
    if os.listdir(root):
        raise SystemExit(f"Cannot make a tree in {root}: it is not empty. Give a new folder.")
    made = 0
    directories = []
    for first in range(0, files, FILES_A_DIRECTORY):
        number = first // FILES_A_DIRECTORY
        above = os.path.join(root, "part-%03d" % (number // DIRECTORIES_A_DIRECTORY))
        if number % DIRECTORIES_A_DIRECTORY == 0:
            os.mkdir(above)
            directories.append(above)
        path = os.path.join(above, "dir-%05d" % number)
        os.mkdir(path)
        directories.append(path)
        directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            made += fill(directory, range(first, min(first + FILES_A_DIRECTORY, files)), chooser, pool)
        finally:
            os.close(directory)
    for path in reversed(directories):
        set_time(path, None, chooser)
    set_time(root, None, chooser)
    return made + len(directories)


def fill(directory, numbers, chooser, pool):
    """The files of one directory."""
    made = 0
    for number in numbers:
        size = 0 if number % 97 == 0 else int(chooser.random() * (MAX_BYTES + 1))
        start = int(chooser.random() * (len(pool) - MAX_BYTES))
        name = "file-%06d.txt" % number
        write_file(name, directory, pool[start : start + size])
        set_time(name, directory, chooser)
        made += 1
        if number % SYMLINK_EVERY == SYMLINK_EVERY - 1:
            os.symlink(name, "link-%06d" % number, dir_fd=directory)
            set_time("link-%06d" % number, directory, chooser)
            made += 1
        if number % HARD_LINK_EVERY == HARD_LINK_EVERY - 1:
            os.link(name, "same-%06d.txt" % number, src_dir_fd=directory, dst_dir_fd=directory)
            made += 1
    return made


def set_time(name, directory, chooser):
    """A seeded mtime with nanoseconds, a day after the atime."""
    at = (FIRST_TIME + int(chooser.random() * YEAR)) * 10**9 + int(chooser.random() * 10**9)
    os.utime(name, ns=(at - 86400 * 10**9, at), dir_fd=directory, follow_symlinks=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    made = make(arguments.directory, arguments.files, arguments.seed)
    print(f"{made} entries in {arguments.directory}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
