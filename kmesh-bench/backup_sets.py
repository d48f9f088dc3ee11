#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeded sets of files that backup tools are compared on, and the change of 1 % of each.

mixed    v1/: the regular files of this system's /usr/share, /usr/lib/jvm, /usr/lib/python3* and /usr/lib/node_modules;
         v2/: the same, 8 % with 1 to 200 random bytes inserted somewhere, 1 % dropped, 1 % renamed; v1.tar: v1 as a tar
         file. About 4 GB. The only set that differs between systems: its fingerprint says whether two are the same.
float32  64 files of 2048 x 4096 numbers (32 MiB): 280, six sinusoids, noise; the mantissa rounded to 18 bits. 2.1 GB.
random   32 files of 64 MiB of random bytes. 2.1 GB.
tiny     200,000 files of 0 to 4096 bytes in 2,000 folders: text of 20,000 words by Zipf's law. 0.4 GB.

The change: of mixed (the tar file excepted) and tiny 1 % of the files get 64 random bytes inserted somewhere; of the other
two, one file has 1 MiB overwritten at a third of it, and 100 bytes inserted. It can be undone.

The same seed and scale give the same bytes, with numpy or without (which takes some five minutes more for float32).
"""

import argparse
import array
import bisect
import glob
import hashlib
import itertools
import json
import math
import os
import pathlib
import random
import shutil
import stat
import statistics
import sys
import tarfile

try:
    import numpy
except ImportError:
    numpy = None

VERSION = 1
SEED = 20260101
SETS = ("mixed", "float32", "random", "tiny")
SOURCES = ("/usr/share", "/usr/lib/jvm", "/usr/lib/python3*", "/usr/lib/node_modules")
# 2026-01-01; each file has a time of its own, with nanoseconds.
TIME_NS = 1767225600 * 10**9
ROWS, COLUMNS = 2048, 4096
TAR = "v1.tar"


def chooser(*key):
    """A generator of random numbers for one purpose."""
    return random.Random("/".join(str(part) for part in key))


def time_of(number):
    return TIME_NS + number * 1_000_000_007


def set_times(root):
    """Gives each folder below a root, and it itself, a time of its own, in an order that does not depend on the disk."""
    folders = sorted(folder for folder, _, _ in os.walk(root))
    for number, folder in enumerate(folders):
        os.utime(folder, ns=(time_of(number), time_of(number)))


# Random bytes


def make_random(root, scale, seed):
    files = max(1, round(32 * scale))
    pieces = 64 if 32 * scale >= 1 else max(1, round(64 * 32 * scale))
    os.mkdir(root)
    for number in range(files):
        path = os.path.join(root, "random-%02d.bin" % number)
        source = chooser(seed, "random", number)
        with open(path, "wb") as out:
            for _ in range(pieces):
                out.write(source.randbytes(1 << 20))
        os.utime(path, ns=(time_of(number), time_of(number)))


# Numbers


def rounded(number):
    """To a multiple of 2^-40: a mathematical library may be off by its last bit, and no two are off alike."""
    return round(number * (1 << 40)) / (1 << 40)


def noise():
    """65,536 equally likely values of a normal distribution, deviation 0.05."""
    normal = statistics.NormalDist(0.0, 0.05)
    return [rounded(normal.inv_cdf((i + 0.5) / 65536)) for i in range(65536)]


def waves(source, rows, columns):
    """Six products of a sinusoid along the rows, with its amplitude, and one along the columns."""
    found = []
    for _ in range(6):
        amplitude = source.uniform(1, 10)
        parts = []
        for length in (rows, columns):
            turns, phase = source.uniform(0.5, 12), source.uniform(0, 2 * math.pi)
            parts.append([rounded(math.sin(2 * math.pi * turns * i / length + phase)) for i in range(length)])
        found.append(([amplitude * y for y in parts[0]], parts[1]))
    return found


def float32_with_numpy(source, rows, columns, table):
    """The bytes of one file, a block of rows at a time."""
    parts = [(numpy.array(down), numpy.array(along)) for down, along in waves(source, rows, columns)]
    table = numpy.array(table)
    step = 16
    for top in range(0, rows, step):
        height = min(step, rows - top)
        block = numpy.full((height, columns), 280.0)
        for down, along in parts:
            block += down[top : top + height, None] * along
        drawn = b"".join(source.randbytes(2 * columns) for _ in range(height))
        block += table[numpy.frombuffer(drawn, "<u2")].reshape(height, columns)
        bits = block.astype("<f4").view("<u4")
        yield ((bits + numpy.uint32(16)) & numpy.uint32(0xFFFFFFE0)).tobytes()


def float32_without(source, rows, columns, table):
    """The same bytes, by the standard library: the same operations on doubles in the same order."""
    parts = waves(source, rows, columns)
    a, b, c, d, e, f = (along for _, along in parts)
    half = int.from_bytes(b"\x10\0\0\0" * columns, "little")
    mask = int.from_bytes(b"\xe0\xff\xff\xff" * columns, "little")
    for row in range(rows):
        u, v, w, x, y, z = (down[row] for down, _ in parts)
        drawn = array.array("H", source.randbytes(2 * columns))
        if sys.byteorder == "big":
            drawn.byteswap()
        numbers = array.array(
            "f",
            [
                280.0 + u * i + v * j + w * k + x * l + y * m + z * n + table[t]
                for i, j, k, l, m, n, t in zip(a, b, c, d, e, f, drawn)
            ],
        )
        if sys.byteorder == "big":
            numbers.byteswap()
        # All numbers of a row at once: none is near the largest, so that no carry leaves its 32 bits.
        bits = int.from_bytes(numbers.tobytes(), "little")
        yield ((bits + half) & mask).to_bytes(4 * columns, "little")


def make_float32(root, scale, seed):
    files = max(1, round(64 * scale))
    rows = ROWS if 64 * scale >= 1 else max(16, round(ROWS * 64 * scale))
    table = noise()
    produce = float32_without if numpy is None else float32_with_numpy
    os.mkdir(root)
    for number in range(files):
        path = os.path.join(root, "field-%02d.f32" % number)
        with open(path, "wb") as out:
            for block in produce(chooser(seed, "float32", number), rows, COLUMNS, table):
                out.write(block)
        os.utime(path, ns=(time_of(number), time_of(number)))


# Tiny files


def words(seed):
    """A table of 2^21 slots over 20,000 words: a word's slots are as many as its share by Zipf's law, exponent 1.3.

    With words of 2 to 10 letters zstd at level 3 makes a file 2.9 times smaller, 1 MiB of files 4.2 times.
    """
    source = chooser(seed, "words")
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    weights = [0.88**i for i in range(26)]
    lexicon = ["".join(source.choices(letters, weights, k=source.randint(2, 10))) for _ in range(20000)]
    shares = list(itertools.accumulate((rank + 1) ** -1.3 for rank in range(len(lexicon))))
    return [lexicon[bisect.bisect(shares, (slot + 0.5) / (1 << 21) * shares[-1])] for slot in range(1 << 21)]


def make_tiny(root, scale, seed):
    folders, each = max(1, round(2000 * scale)), 100
    table = words(seed)
    os.mkdir(root)
    for number in range(folders):
        source = chooser(seed, "tiny", number)
        sizes = [source.randint(0, 4096) for _ in range(each)]
        text = b""
        while len(text) < sum(sizes):
            drawn = array.array("I", source.randbytes(4 << 14))
            if sys.byteorder == "big":
                drawn.byteswap()
            text += (" ".join([table[i >> 11] for i in drawn]) + "\n").encode()
        folder = os.path.join(root, "d%04d" % number)
        os.mkdir(folder)
        at = 0
        for index, size in enumerate(sizes):
            path = os.path.join(folder, "f%02d.txt" % index)
            with open(path, "wb", buffering=0) as out:
                out.write(text[at : at + size])
            at += size
            moment = time_of(number * each + index)
            os.utime(path, ns=(moment, moment))


# Files of the system


def system_files(sources, scale, seed):
    """Pairs of a path and its path below v1, sorted; a smaller scale takes a share of the files, the same each time."""
    limit = int(scale * (1 << 32))
    for pattern in sources:
        for top in sorted(glob.glob(pattern)):
            prefix = top.strip("/").replace("/", "-")
            for folder, folders, names in os.walk(top):
                folders.sort()
                for name in sorted(names):
                    path = os.path.join(folder, name)
                    if not stat.S_ISREG(os.lstat(path).st_mode) or not os.access(path, os.R_OK):
                        continue
                    below = os.path.join(prefix, os.path.relpath(path, top))
                    drawn = hashlib.sha256(b"%d %s" % (seed, os.fsencode(below))).digest()
                    if int.from_bytes(drawn[:4], "big") < limit:
                        yield path, below


def insert(data, source, count):
    at = source.randint(0, len(data))
    return data[:at] + source.randbytes(count) + data[at:]


def make_mixed(root, scale, seed, sources=SOURCES):
    first, second = os.path.join(root, "v1"), os.path.join(root, "v2")
    os.mkdir(root)
    with tarfile.open(os.path.join(root, TAR), "w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as tar:
        for origin, below in system_files(sources, scale, seed):
            path = os.path.join(first, below)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(origin, path)
            facts = os.stat(origin)
            os.chmod(path, 0o600 | stat.S_IMODE(facts.st_mode) & 0o777)
            os.utime(path, ns=(facts.st_mtime_ns, facts.st_mtime_ns))
            info = tarfile.TarInfo(os.path.join("v1", below))
            info.size, info.mode = os.path.getsize(path), stat.S_IMODE(os.stat(path).st_mode)
            with open(path, "rb") as data:
                tar.addfile(info, data)
            # Each file has its own fate, whatever other files the system has.
            source = chooser(seed, "v2", below)
            fate = source.random()
            if fate < 0.01:
                continue
            copy = os.path.join(second, below)
            if fate < 0.02:
                copy = os.path.join(os.path.dirname(copy), "renamed-" + os.path.basename(copy)[:200])
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            if 0.02 <= fate < 0.10:
                with open(path, "rb") as data:
                    changed = insert(data.read(), source, source.randint(1, 200))
                with open(copy, "wb") as out:
                    out.write(changed)
                moment = facts.st_mtime_ns + 1_000_000_007
            else:
                shutil.copyfile(path, copy)
                moment = facts.st_mtime_ns
            shutil.copymode(path, copy)
            os.utime(copy, ns=(moment, moment))
    tar = os.path.join(root, TAR)
    os.utime(tar, ns=(TIME_NS, TIME_NS))


# Sets as a whole


def fingerprint(root):
    """Files, bytes and a hash of all paths, modes, times and bytes of files."""
    files = total = 0
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            facts = os.lstat(path)
            with open(path, "rb") as data:
                bytes_hash = hashlib.file_digest(data, "sha256").hexdigest()
            line = "%o %d %d %s " % (facts.st_mode, facts.st_mtime_ns, facts.st_size, bytes_hash)
            digest.update(line.encode() + os.fsencode(os.path.relpath(path, root)) + b"\n")
            files += 1
            total += facts.st_size
    return {"files": files, "bytes": total, "sha256": digest.hexdigest()}


class SampleSet:
    """One set below a folder of sets; made when it is asked for and not there."""

    def __init__(self, data, name, scale=1.0, seed=SEED, sources=SOURCES):
        self.name = name
        self.seed = seed
        self.scale = scale
        self.sources = sources
        stem = name if scale == 1 else "%s-%g" % (name, scale)
        self.root = os.path.join(data, stem)
        self._facts = self.root + ".json"
        self._undo = self.root + ".undo"

    def ensure(self):
        """Makes the set unless it is there; undoes a change that an ended run left. Returns what it holds."""
        key = {"version": VERSION, "name": self.name, "scale": self.scale, "seed": self.seed}
        if os.path.exists(self._facts):
            self.undo()
            facts = json.loads(pathlib.Path(self._facts).read_text())
            if all(facts.get(k) == v for k, v in key.items()) and os.path.isdir(self.root):
                return facts
        for path in (self.root, self._undo, self.root + ".part"):
            shutil.rmtree(path, ignore_errors=True)
        os.makedirs(os.path.dirname(self.root), exist_ok=True)
        part = self.root + ".part"
        if self.name == "mixed":
            make_mixed(part, self.scale, self.seed, self.sources)
        else:
            {"float32": make_float32, "random": make_random, "tiny": make_tiny}[self.name](part, self.scale, self.seed)
        set_times(part)
        facts = {**key, **fingerprint(part)}
        if not facts["files"]:
            raise SystemExit("Cannot make the set %s: at scale %g it has no file. Take a larger --scale." % (self.name, self.scale))
        os.rename(part, self.root)
        pathlib.Path(self._facts).write_text(json.dumps(facts, indent=1) + "\n")
        return facts

    def change(self):
        """Changes 1 % of the files; returns how many. Each changed file is a new one, what it was lies aside."""
        self.undo()
        paths = []
        for folder, folders, names in os.walk(self.root):
            folders.sort()
            paths += [os.path.relpath(os.path.join(folder, name), self.root) for name in sorted(names)]
        paths = [path for path in paths if path != TAR]
        few = self.name in ("float32", "random")
        source = chooser(self.seed, "change", self.name)
        chosen = source.sample(paths, 1 if few else max(1, round(len(paths) / 100)))
        os.mkdir(self._undo)
        plan = os.path.join(self._undo, "plan.json")
        pathlib.Path(plan).write_text(json.dumps(chosen))
        for number, below in enumerate(chosen):
            path, aside = os.path.join(self.root, below), os.path.join(self._undo, str(number))
            with open(path, "rb") as old:
                data = old.read()
            if few:
                at, length = len(data) // 3, min(1 << 20, len(data) // 3)
                data = data[:at] + source.randbytes(length) + data[at + length :]
                data = insert(data, source, 100)
            else:
                data = insert(data, source, 64)
            with keeping_time(os.path.dirname(path)):
                facts = os.stat(path)
                os.rename(path, aside)
                with open(path, "wb") as out:
                    out.write(data)
                os.chmod(path, stat.S_IMODE(facts.st_mode))
                moment = facts.st_mtime_ns + 1_000_000_007
                os.utime(path, ns=(moment, moment))
        return len(chosen)

    def undo(self):
        """Puts back what `change` laid aside; nothing when there is nothing."""
        plan = os.path.join(self._undo, "plan.json")
        if not os.path.exists(plan):
            shutil.rmtree(self._undo, ignore_errors=True)
            return
        for number, below in enumerate(json.loads(pathlib.Path(plan).read_text())):
            aside = os.path.join(self._undo, str(number))
            if os.path.exists(aside):
                path = os.path.join(self.root, below)
                with keeping_time(os.path.dirname(path)):
                    os.rename(aside, path)
        # First the plan: without it the rest is nothing to put back.
        os.remove(plan)
        shutil.rmtree(self._undo)


class keeping_time:
    """A folder whose modification time is the same after as before, as if the file in it had been edited in place."""

    def __init__(self, folder):
        self._folder = folder

    def __enter__(self):
        self._time = os.stat(self._folder).st_mtime_ns

    def __exit__(self, *_):
        os.utime(self._folder, ns=(self._time, self._time))


def names_of(text):
    """The sets named in a list with commas, in their order."""
    wanted = [name for name in text.split(",") if name]
    for name in wanted:
        if name not in SETS:
            raise argparse.ArgumentTypeError("%s is none of %s" % (name, ", ".join(SETS)))
    return [name for name in SETS if name in wanted]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="the folder of the sets")
    parser.add_argument("--sets", type=names_of, default=list(SETS), help="only these, with commas between")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of each (1)")
    parser.add_argument("--seed", type=int, default=SEED, help="(%(default)s)")
    options = parser.parse_args()
    os.umask(0o022)
    for name in options.sets:
        made = SampleSet(options.data, name, options.scale, options.seed)
        facts = made.ensure()
        print("%s: %d files, %d bytes, sha256 %s" % (made.root, facts["files"], facts["bytes"], facts["sha256"]), flush=True)


if __name__ == "__main__":
    main()
