#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps changing some files for a while, so that a job meets files that change while it reads them.

The files are `live/0` to `live/7` below DIR; they are there when the first line is printed. Each is a number of 64-byte lines

    KMESH-LIVE file=F gen=G lines=N <padding>

all of one generation G while nobody is writing. A reader that mixes two generations has a torn copy, and the verifier says so.
Files 0 to 3 are rewritten in place, 4 and 5 are cut and written again with another length, 6 and 7 are replaced by rename.
`--seconds 0` only makes them. SIGTERM ends it between two files, so that no half-made name stays behind.
"""

import argparse
import os
import signal
import sys
import threading
import time

FILES = 8
LINE = 64
LINES = 16384
PAUSE_SECONDS = 0.002
WRITE_LINES = 1024


def lines(number, generation, first, count, total):
    """Some lines of one generation of one file."""
    line = b"KMESH-LIVE file=%d gen=%d lines=%d " % (number, generation, total)
    return (line.ljust(LINE - 1, b".") + b"\n") * count


def write(descriptor, number, generation, total):
    """One generation, in several calls, so that readers can come between."""
    for first in range(0, total, WRITE_LINES):
        count = min(WRITE_LINES, total - first)
        os.pwrite(descriptor, lines(number, generation, first, count, total), first * LINE)


def change(directory, number, generation):
    """The next generation of one file."""
    name = "%d" % number
    # A name of its own each time: one that is there at two looks would be taken for one that stays.
    new = ".%d.%d.new" % (number, generation)
    if number < 4:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=directory)
        total = LINES
    elif number < 6:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644, dir_fd=directory)
        total = LINES // 2 + generation * 37 % LINES
    else:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644, dir_fd=directory)
        total = LINES // 4
    try:
        write(descriptor, number, generation, total)
    finally:
        os.close(descriptor)
    if number >= 6:
        os.rename(new, name, src_dir_fd=directory, dst_dir_fd=directory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    path = os.path.join(arguments.directory, "live")
    os.makedirs(path, exist_ok=True)
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.set())
    generation = 1
    for number in range(FILES):
        change(directory, number, generation)
    print(f"{FILES} files in {path}", flush=True)
    end = time.monotonic() + arguments.seconds
    while time.monotonic() < end and not stopping.is_set():
        generation += 1
        for number in range(FILES):
            if stopping.is_set():
                break
            change(directory, number, generation)
            time.sleep(PAUSE_SECONDS)
    os.close(directory)
    print(f"{generation} generations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
