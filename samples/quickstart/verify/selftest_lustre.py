# SPDX-License-Identifier: Apache-2.0
"""Self-test of the reader of simulated Lustres: one is written here by its format page, as a copy of a tree, then spoiled."""

import os
import pathlib
import stat
import struct
import unittest

from manifest import VerifierError
from simlustre import HEAD, ROOT, SLOT, VARIABLE, Inode, LustreWalk, crc32c, place
from testbed import Case, run
from walk import Walk, data_extents

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parents[2] / "kmesh-testkit/src/test/resources/io/kmesh/testkit/internal/lustre/fs/inode-slot-0.hex"
LETTERS = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFIFO: "p", stat.S_IFSOCK: "s", stat.S_IFCHR: "c", stat.S_IFBLK: "b"}
FIRST = 0x200000401


def section(tag, content):
    return struct.pack("<BI", tag, len(content)) + content


def slot_of(fid, status, variable, generation=0, flags=0, overflow=0):
    """A slot by the format page."""
    seconds, nanos = divmod(status.st_mtime_ns, 10**9)
    head = HEAD.pack(
        b"KSI\0", 0, *fid, status.st_mode, 0, status.st_uid, status.st_gid, status.st_nlink, status.st_size, 0, 0, 0, seconds, nanos, 0, 0,
        status.st_rdev, 1, generation, generation, flags, 0, 0, overflow, len(variable), 0,
    )  # fmt: skip
    slot = (head.ljust(VARIABLE, b"\0") + variable).ljust(SLOT, b"\0")
    return slot[:4] + struct.pack("<I", crc32c(slot[8:])) + slot[8:]


class Lustre:
    """Writes a simulated Lustre: what is in directories goes to two MDTs in turns."""

    def __init__(self, folder):
        self.folder = folder
        self.known = {}
        self.numbers = [0, 0]
        for mdt in "mdt0", "mdt1":
            (folder / mdt).mkdir(parents=True)
            (folder / mdt / "inodes").touch()
        (folder / "journal").write_bytes(bytes(12))

    def path(self, area, fid, end=""):
        path = self.folder / area / ("%02x" % (fid[1] >> 10 & 63)) / ("%x.%x%s" % (fid[0], fid[1], end))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, fid, slot):
        mdt, number = place(fid)
        with open(self.folder / ("mdt%d" % mdt) / "inodes", "r+b") as table:
            table.seek(number * SLOT)
            table.write(slot)

    def add(self, source, fid):
        """A copy of what is at a path, with all that is below it."""
        source = os.fsencode(source)
        status = os.lstat(source)
        variable = section(1, struct.pack("<QII", *ROOT) + b"\x01\0x")
        for name in os.listxattr(source, follow_symlinks=False):
            content = os.fsencode(name)
            variable += section(2, struct.pack("<H", len(content)) + content + os.getxattr(source, name, follow_symlinks=False))
        generation = overflow = 0
        if stat.S_ISLNK(status.st_mode):
            variable += section(5, os.readlink(source))
        elif stat.S_ISREG(status.st_mode) and status.st_blocks:
            generation = 0x1F
            self.copy(source, self.path("objects", fid, "-1f"), status.st_size)
        if len(variable) > SLOT - VARIABLE:
            overflow = 0xAB
            self.path("overflow", fid, "-ab").write_bytes(variable)
            variable = b""
        self.write(fid, slot_of(fid, status, variable, generation, overflow=overflow))
        if stat.S_ISDIR(status.st_mode):
            self.path("dirs", fid).mkdir()
            for name in os.listdir(source):
                self.enter(source + b"/" + name, fid, name)

    @staticmethod
    def copy(source, to, size):
        with open(source, "rb") as data, open(to, "wb") as copy:
            for start, length in data_extents(data.fileno(), size):
                data.seek(start)
                copy.seek(start)
                copy.write(data.read(length))

    def enter(self, source, parent, name):
        status = os.lstat(source)
        key = (status.st_dev, status.st_ino)
        is_new = key not in self.known
        if is_new:
            mdt = len(self.known) % 2
            self.numbers[mdt] += 1
            self.known[key] = (FIRST + mdt * 0x40000000, self.numbers[mdt], 0)
        fid = self.known[key]
        text = "[%#x:%#x:%#x]%s" % (*fid, LETTERS[stat.S_IFMT(status.st_mode)])
        os.symlink(text.encode(), os.fsencode(self.path("dirs", parent)) + b"/" + name)
        if is_new:
            self.add(source, fid)


class LustreTest(Case):
    def setUp(self):
        super().setUp()
        self.top = self.work / "top"
        self.tree = self.top / "job" / "tree"
        (self.tree / "a dir" / "empty").mkdir(parents=True)
        (self.tree / "file").write_bytes(b"content")
        (self.tree / "nothing").touch()
        (self.tree / os.fsdecode(b"\xff\nname")).write_bytes(bytes(range(256)) * 5000)
        os.link(self.tree / "file", self.tree / "a dir" / "other name")
        os.symlink(b"to/\xfe", self.tree / "link")
        os.mkfifo(self.tree / "fifo")
        with open(self.tree / "holes", "wb") as holes:
            holes.write(b"begin")
            holes.truncate(1 << 20)
        os.setxattr(self.tree / "file", "user.a", b"1")
        # Does not fit a slot.
        os.setxattr(self.tree / "a dir", "user.long", b"x" * 1500)
        os.utime(self.tree / "file", ns=(1, -1_500_000_000))
        os.chmod(self.tree / "a dir", 0o2751)
        self.lustre = Lustre(self.work / "lustre")
        self.lustre.add(self.top, ROOT)
        self.expected = self.work / "expected.jsonl"
        self.assertEqual(0, run("manifest", self.tree, "-o", self.expected)[0])

    def compare(self, below="job/tree"):
        return run("tree", "--expected", self.expected, "--actual", self.work / "lustre", "--lustre", below, "--report", self.work / "report.json")

    def fid(self, name):
        status = os.lstat(self.tree / name)
        return self.lustre.known[status.st_dev, status.st_ino]

    def test_aCopyIsEqual(self):
        code, words = self.compare()
        self.assertEqual((0, []), (code, words.splitlines()[:-1]))

    def test_itsRecordsAreThoseOfTheTree(self):
        place_bound = ("ctime", "ino", "allocated", "data")
        records = [
            [(path, {k: v for k, v in record.items() if k not in place_bound}) for path, record in walk]
            for walk in (Walk(self.tree), LustreWalk(self.work / "lustre", b"job/tree"))
        ]
        self.assertEqual(*records)

    def test_whatDiffersIsSaid(self):
        status = os.lstat(self.tree / "nothing")
        for field, change in (("mode", {"st_mode": status.st_mode ^ 1}), ("mtime", {"st_mtime_ns": status.st_mtime_ns + 1}), ("size", {"st_size": 1})):
            with self.subTest(field):
                names = ("st_mode", "st_uid", "st_gid", "st_nlink", "st_size", "st_rdev", "st_mtime_ns")
                spoiled = type("Status", (), {name: getattr(status, name) for name in names} | change)
                self.lustre.write(self.fid("nothing"), slot_of(self.fid("nothing"), spoiled, b""))
                code, words = self.compare()
                self.assertEqual(1, code)
                self.assertIn('"nothing" %s: expected' % field, words)

    def test_oneByteOfAnObject(self):
        data = self.lustre.path("objects", self.fid("file"), "-1f")
        data.write_bytes(b"c" + data.read_bytes()[1:3] + b"T" + data.read_bytes()[4:])
        code, words = self.compare()
        self.assertEqual(1, code)
        self.assertIn('"file" bytes: expected', words)
        self.assertIn('"a dir/other name" bytes: expected', words)

    def test_bytesBeyondTheSizeAreNone(self):
        """A killed process leaves them; the simulator cuts them when the object is opened next."""
        with open(self.lustre.path("objects", self.fid("file"), "-1f"), "ab") as data:
            data.write(b"more")
        self.assertEqual(0, self.compare()[0])

    def test_aNameTooManyAndTooFew(self):
        entries = self.lustre.path("dirs", self.fid("a dir"))
        os.rename(entries / "other name", entries / "third name")
        code, words = self.compare()
        self.assertEqual(1, code)
        self.assertIn('"a dir/other name" presence: expected file, found nothing', words)
        self.assertIn('"a dir/third name" presence: expected nothing', words)

    def test_aReleasedFileIsUnreadable(self):
        status = os.lstat(self.tree / "nothing")
        self.lustre.write(self.fid("nothing"), slot_of(self.fid("nothing"), status, b"", flags=13))
        code, words = self.compare()
        self.assertEqual(1, code)
        self.assertIn('"nothing" readable: expected yes, found read fails with ENODATA', words)

    def refused(self, words, below="job/tree"):
        code, _ = self.compare(below)
        self.assertEqual(2, code)
        with self.assertRaisesRegex((VerifierError, OSError), words):
            list(LustreWalk(self.work / "lustre", below.encode()))

    def test_aChangeUnderWayIsNoVerdict(self):
        (self.work / "lustre" / "journal").write_bytes(b"KSJ\0")
        self.refused("under way")

    def test_aDamagedSlotIsNoVerdict(self):
        fid = self.fid("file")
        mdt, slot = place(fid)
        with open(self.work / "lustre" / ("mdt%d" % mdt) / "inodes", "r+b") as table:
            table.seek(slot * SLOT + 1000)
            table.write(b"!")
        self.refused("checksum")

    def test_aNameOfAnotherTypeIsNoVerdict(self):
        name = self.lustre.path("dirs", self.lustre.known[self.key("job/tree")]) / "file"
        text = os.readlink(name)
        os.unlink(name)
        os.symlink(text[:-1] + "p", name)
        self.refused("is a fifo by its name, and a file")

    def test_noTreeThereIsNoVerdict(self):
        self.refused("No such file", "job/none")
        self.refused("no directory", "job/tree/file")

    def key(self, path):
        status = os.lstat(self.top / path)
        return status.st_dev, status.st_ino


class SlotTest(unittest.TestCase):
    def test_golden(self):
        """The simulator's own golden vector."""
        slot = bytes.fromhex("".join(GOLDEN.read_text().split())).ljust(SLOT, b"\0")
        inode = Inode((FIRST, 0x1ABC, 0), slot, None)
        self.assertEqual(("file", 0o4751, 4294967294, 100), (inode.kind, inode.mode & 0o7777, inode.uid, inode.gid))
        self.assertEqual((2, 123456789012, 3, False), (inode.links, inode.size, inode.generation, inode.is_released))
        self.assertEqual((1795250273350656278, 1795250274999999999), (inode.mtime, inode.ctime))
        self.assertEqual([(b"trusted.empty", b""), (b"user.a", b"\1\2\3")], inode.xattrs)

    def test_checksum(self):
        self.assertEqual(0xE3069283, crc32c(b"123456789"))

    def test_fids(self):
        self.assertEqual((0, 0), place(ROOT))
        self.assertEqual((0, 1), place((FIRST, 1, 0)))
        self.assertEqual((1, 0x1FFFF + 2), place((FIRST + 0x40000001, 2, 0)))
        for bad in (FIRST - 1, 1, 0), (FIRST, 0, 0), (FIRST, 0x20000, 0), (FIRST, 1, 1):
            with self.subTest(bad), self.assertRaises(VerifierError):
                place(bad)


if __name__ == "__main__":
    unittest.main()
