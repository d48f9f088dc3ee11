#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verifier's own test: makes trees twice, spoils one thing in one of them, and expects to read exactly that.

Run: python3 selftest.py [-v]. Needs no Kmesh. What this user can't do (owners, trusted.*, devices) is skipped by name.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import random
import resource
import socket
import stat
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "trees"))

import hostile  # noqa: E402
import small_files  # noqa: E402
from apply import apply_plan  # noqa: E402
from content import Content  # noqa: E402
from manifest import ManifestReader, VerifierError  # noqa: E402
from paths import b64, show, sort_key, unb64  # noqa: E402
from seeded import seeded_bytes  # noqa: E402
from selftest_lustre import LustreTest, SlotTest  # noqa: E402, F401
from selftest_mounted import MountedTest  # noqa: E402, F401
from selftest_store import KeyTest, StoreTest  # noqa: E402, F401
from testbed import Case, run  # noqa: E402
from walk import Walk, data_extents  # noqa: E402

ROOT = os.geteuid() == 0
MIB = 1 << 20
FIRST_TIME = 1_600_000_000_123_456_789
needs_root = unittest.skipUnless(ROOT, "needs root")


def make_tree(root):
    """A small tree with one of everything, the same each time."""
    os.umask(0o022)
    (root / "dir/below").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "file").write_bytes(seeded_bytes(3, 5000))
    (root / "dir/below/file").write_bytes(b"below\n")
    (root / "empty file").write_bytes(b"")
    os.symlink("../file", root / "dir/link")
    (root / "one").write_bytes(b"three names\n")
    os.link(root / "one", root / "dir/two")
    os.link(root / "one", root / "three")
    (root / "alone").write_bytes(b"three names\n")
    with open(root / "sparse", "wb") as sparse:
        sparse.write(b"start")
        sparse.seek(2 * MIB)
        sparse.write(b"end")
    (root / "suid").write_bytes(b"x")
    os.chmod(root / "suid", 0o4755)
    os.mkfifo(root / "fifo")
    os.setxattr(root / "file", "user.one", b"value")
    os.setxattr(root / "file", "user.empty", b"")
    os.setxattr(root / "dir", "user.dir", b"value")
    os.setxattr(root / "alone", "system.posix_acl_access", hostile.ACCESS_ACL)
    with open(os.fsencode(root) + b"/invalid \xff\n", "wb") as odd:
        odd.write(b"odd")
    if ROOT:
        os.setxattr(root / "file", "trusted.one", b"root")
        os.mknod(root / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    for number, (path, _) in enumerate(reversed(list(Walk(root)))):
        place = os.fsencode(root) + b"/" + path
        os.utime(place, ns=(0, FIRST_TIME + number), follow_symlinks=False)


@contextlib.contextmanager
def times_kept(*paths):
    """Puts the mtimes of entries back, so that only what is meant to differ differs."""
    before = [(path, os.lstat(path).st_mtime_ns) for path in paths]
    yield
    for path, mtime in before:
        if os.path.lexists(path):
            os.utime(path, ns=(0, mtime), follow_symlinks=False)


class SabotageTest(Case):
    """One thing is spoiled; exactly that is named."""

    def setUp(self):
        super().setUp()
        self.tree = self.work / "copy"
        for root in (self.work / "original", self.tree):
            root.mkdir()
            make_tree(root)
        self.manifest = self.work / "original.jsonl"
        self.assertEqual(0, run("manifest", self.work / "original", "-o", self.manifest)[0])
        self.assertEqual([], self.differences(self.manifest, self.tree))

    def expect(self, *beginnings):
        """The differences are these, each one line that starts so; and the command exits 1."""
        lines = self.differences(self.manifest, self.tree)
        self.assertEqual(len(beginnings), len(lines), lines)
        for beginning, line in zip(beginnings, lines):
            self.assertTrue(line.startswith(beginning), line)
        report = self.work / "report.json"
        code, _ = run("tree", "--expected", self.manifest, "--actual", self.tree, "--report", report)
        self.assertEqual(1, code)
        verdict = json.loads(report.read_text())
        self.assertEqual(("different", lines), (verdict["verdict"], verdict["first"]))

    def test_oneByte(self):
        with times_kept(self.tree / "file"), open(self.tree / "file", "r+b") as file:
            byte = file.read(1)
            file.seek(0)
            file.write(bytes([byte[0] ^ 1]))
        self.expect('"file" bytes: expected SHA-256 ')

    def test_oneByteMore(self):
        with times_kept(self.tree / "file"), open(self.tree / "file", "ab") as file:
            file.write(b"\0")
        self.expect('"file" size: expected 5000, found 5001')

    def test_mtimeByOneNanosecond(self):
        for name in ("file", "dir", "dir/link", "fifo", "."):
            with self.subTest(name):
                before = os.lstat(self.tree / name).st_mtime_ns
                os.utime(self.tree / name, ns=(0, before + 1), follow_symlinks=False)
                self.expect('"%s" mtime: expected 16' % name)
                os.utime(self.tree / name, ns=(0, before), follow_symlinks=False)

    def test_modeBit(self):
        os.chmod(self.tree / "file", 0o645)
        self.expect('"file" mode: expected 0644, found 0645')

    def test_modeOfDirectory(self):
        os.chmod(self.tree / "dir", 0o1755)
        self.expect('"dir" mode: expected 0755, found 1755')

    def test_suid(self):
        os.chmod(self.tree / "suid", 0o755)
        self.expect('"suid" mode: expected 4755, found 0755')

    @needs_root
    def test_owner(self):
        os.chown(self.tree / "file", 1, -1)
        self.expect('"file" uid: expected 0, found 1')

    @needs_root
    def test_groupOfSymlink(self):
        os.lchown(self.tree / "dir/link", -1, 7)
        self.expect('"dir/link" gid: expected 0, found 7')

    def test_xattrValue(self):
        os.setxattr(self.tree / "file", "user.one", b"valuE")
        self.expect('"file" xattr user.one: expected "value", found "valuE"')

    def test_xattrMissing(self):
        os.removexattr(self.tree / "file", "user.empty")
        self.expect('"file" xattr user.empty: expected "", found none')

    def test_xattrOfDirectory(self):
        os.setxattr(self.tree / "dir", "user.extra", b"\0\1")
        self.expect('"dir" xattr user.extra: expected none, found 0x0001')

    def test_acl(self):
        with times_kept(self.tree / "alone"):
            os.setxattr(self.tree / "alone", "system.posix_acl_access", hostile.ACCESS_ACL.replace(b"\xd2\x04", b"\xd3\x04"))
        self.expect('"alone" xattr system.posix_acl_access: expected 0x')

    @needs_root
    def test_trustedXattr(self):
        os.removexattr(self.tree / "file", "trusted.one")
        self.expect('"file" xattr trusted.one: expected "root", found none')

    def test_linkText(self):
        link = self.tree / "dir/link"
        before = os.lstat(link).st_mtime_ns
        with times_kept(self.tree / "dir"):
            link.unlink()
            os.symlink("../filE", link)
        os.utime(link, ns=(0, before), follow_symlinks=False)
        self.expect('"dir/link" target: expected "../file", found "../filE"')

    def replace_with_copy(self, name):
        path = self.tree / name
        mtime = path.stat().st_mtime_ns
        with times_kept(path.parent):
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)
        os.utime(path, ns=(0, mtime))

    def test_hardLinkBroken(self):
        self.replace_with_copy("three")
        self.expect('"three" hard link: expected same file as "dir/two", found a file of its own')

    def test_firstHardLinkBroken(self):
        self.replace_with_copy("dir/two")
        self.expect(
            '"one" hard link: expected same file as "dir/two", found a file of its own',
            '"three" hard link: expected same file as "dir/two", found same file as "one"',
        )

    def test_hardLinkTooMany(self):
        path = self.tree / "empty file"
        with times_kept(self.tree):
            (self.tree / "zz").write_bytes(b"")
            os.utime(self.tree / "zz", ns=(0, FIRST_TIME))
        run("manifest", self.tree, "-o", self.manifest)
        with times_kept(self.tree):
            (self.tree / "zz").unlink()
            os.link(path, self.tree / "zz")
        os.utime(path, ns=(0, FIRST_TIME))
        lines = self.differences(self.manifest, self.tree)
        self.assertIn('"zz" hard link: expected a file of its own, found same file as "empty file"', lines)

    def test_missingNameOfGroup(self):
        with times_kept(self.tree / "dir", self.tree / "one"):
            (self.tree / "dir/two").unlink()
        self.expect('"dir/two" presence: expected file, found nothing')

    def test_holeFilled(self):
        with times_kept(self.tree / "sparse"), open(self.tree / "sparse", "r+b") as file:
            file.seek(MIB)
            file.write(bytes(512 * 1024))
        self.expect('"sparse" holes: expected at most ')

    def test_extraFile(self):
        with times_kept(self.tree / "dir"):
            (self.tree / "dir/extra").write_bytes(b"")
        self.expect('"dir/extra" presence: expected nothing, found file')

    def test_extraDirectory(self):
        with times_kept(self.tree / "empty"):
            (self.tree / "empty/extra").mkdir()
        self.expect('"empty/extra" presence: expected nothing, found dir')

    def test_missingFile(self):
        with times_kept(self.tree):
            (self.tree / "file").unlink()
        self.expect('"file" presence: expected file, found nothing')

    def test_missingEmptyDirectory(self):
        with times_kept(self.tree):
            (self.tree / "empty").rmdir()
        self.expect('"empty" presence: expected dir, found nothing')

    def test_nameBytes(self):
        with times_kept(self.tree):
            os.rename(os.fsencode(self.tree) + b"/invalid \xff\n", os.fsencode(self.tree) + b"/invalid \xfe\n")
        self.expect('"invalid \\xfe\\n" presence: expected nothing', '"invalid \\xff\\n" presence: expected file, found nothing')

    def test_type(self):
        path = self.tree / "fifo"
        with times_kept(self.tree):
            path.unlink()
            with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
                with contextlib.chdir(self.tree):
                    listener.bind("fifo")
        self.expect('"fifo" type: expected fifo, found socket')

    @needs_root
    def test_deviceNumber(self):
        path = self.tree / "null"
        before = path.stat().st_mtime_ns
        with times_kept(self.tree):
            path.unlink()
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
            os.chmod(path, 0o644)
        os.utime(path, ns=(0, before))
        self.expect('"null" device: expected 1:3, found 1:5')

    def test_tornManifest(self):
        data = self.manifest.read_bytes()
        for cut in (len(data) // 2, data.rindex(b'{"end"')):
            self.manifest.write_bytes(data[:cut])
            code, output = run("tree", "--expected", self.manifest, "--actual", self.tree)
            self.assertEqual(2, code, output)
            self.assertIn("Cannot read", output)

    def test_missingTree(self):
        code, output = run("tree", "--expected", self.manifest, "--actual", self.work / "nothing")
        self.assertEqual(2, code, output)


class SourceTest(Case):
    """What a source doesn't give up: unreadable and changing entries, and their reports."""

    def setUp(self):
        super().setUp()
        self.source = self.work / "source"
        self.copy = self.work / "copy"
        for root in (self.source, self.copy):
            root.mkdir()
            (root / "good").write_bytes(b"good")
            os.utime(root / "good", ns=(0, FIRST_TIME))
        self.manifest = self.work / "source.jsonl"
        self.reported = self.work / "reported.jsonl"

    def finish(self, *reports):
        for root in (self.source, self.copy):
            os.utime(root, ns=(0, FIRST_TIME))
        run("manifest", self.source, "-o", self.manifest)
        self.report(*reports)

    def report(self, *reports):
        lines = (json.dumps({"path": b64(path), "reason": reason, "message": ""}) for path, reason in reports)
        self.reported.write_text("\n".join(lines))

    def check(self):
        return self.differences(self.manifest, self.copy, self.reported)

    @unittest.skipIf(ROOT, "root reads everything")
    def test_unreadableFile(self):
        (self.source / "secret").write_bytes(b"x")
        os.chmod(self.source / "secret", 0)
        (self.source / "closed").mkdir(0)
        self.finish((b"secret", "unreadable"), (b"closed", "unreadable"))
        self.assertEqual([], self.check())
        self.report((b"secret", "unreadable"))
        self.assertEqual(['"closed" report: expected unreadable (EACCES), found no report'], self.check())
        self.report((b"secret", "unreadable"), (b"closed", "unreadable"))
        (self.copy / "secret").write_bytes(b"")
        os.utime(self.copy, ns=(0, FIRST_TIME))
        self.assertEqual(['"secret" presence: expected nothing (unreadable in the source), found file'], self.check())

    def test_reportOfWhatCanBeRead(self):
        self.finish((b"good", "unreadable"))
        self.assertEqual(['"good" report: expected none, the source can be read, found unreadable'], self.check())
        (self.copy / "good").unlink()
        os.utime(self.copy, ns=(0, FIRST_TIME))
        self.assertEqual(['"good" presence: expected file, found nothing (reported as unreadable)'], self.check())

    def test_reportOfNothing(self):
        self.finish((b"ghost", "changed"))
        self.assertEqual(['"ghost" report: expected none, no such entry in the source, found changed'], self.check())

    def test_recheckMarksWhatChanged(self):
        (self.source / "live").write_bytes(b"before")
        (self.source / "gone").write_bytes(b"gone")
        (self.copy / "live").write_bytes(b"between")
        self.finish()
        (self.source / "live").write_bytes(b"after")
        (self.source / "new").write_bytes(b"new")
        (self.source / "gone").unlink()
        stable = self.work / "stable.jsonl"
        self.assertEqual(0, run("recheck", "--source", self.source, "--manifest", self.manifest, "-o", stable)[0])
        marked = {path for path, record in ManifestReader(str(stable)) if "unstable" in record}
        self.assertEqual({b"", b"gone", b"live", b"new"}, marked)
        self.assertEqual([], self.differences(stable, self.copy, self.reported))
        (self.copy / "live").unlink()
        lines = self.differences(stable, self.copy, self.reported)
        self.assertEqual(['"live" presence: expected file, or a report, found nothing'], lines)
        self.report((b"live", "changed"))
        self.assertEqual([], self.differences(stable, self.copy, self.reported))

    def test_tornLiveFile(self):
        import mutate_live

        (self.source / "live").write_bytes(mutate_live.lines(0, 1, 0, 4, 4))
        (self.copy / "live").write_bytes(mutate_live.lines(0, 2, 0, 2, 4) + mutate_live.lines(0, 3, 0, 2, 4))
        self.finish()
        os.utime(self.source / "live", ns=(0, 1))
        stable = self.work / "stable.jsonl"
        run("recheck", "--source", self.source, "--manifest", self.manifest, "-o", stable)
        self.assertEqual(
            ['"live" content: expected one whole generation, found generations [2, 3], whole'],
            self.differences(stable, self.copy, self.reported),
        )
        (self.copy / "live").write_bytes(mutate_live.lines(0, 2, 0, 4, 4))
        self.assertEqual([], self.differences(stable, self.copy, self.reported))
        (self.copy / "live").write_bytes(mutate_live.lines(0, 2, 0, 3, 4))
        self.assertEqual(1, len(self.differences(stable, self.copy, self.reported)))


class ChangesTest(Case):
    """A plan applied to a real directory gives what the model says, for many seeds and on hostile trees."""

    def check(self, make, seed, count):
        source, copy = self.work / ("s%d" % seed), self.work / ("c%d" % seed)
        make(source)
        make(copy)
        manifest, changes, expected = (str(self.work / ("%s%d.jsonl" % (name, seed))) for name in ("manifest", "changes", "expected"))
        refreshed = expected + ".copy"
        self.assertEqual(0, run("manifest", source, "-o", manifest)[0])
        arguments = ("--source", source, "--manifest", manifest, "--seed", seed, "--count", count)
        code, output = run("changes", *arguments, "-o", changes, "--expected", expected, "--copy", refreshed)
        self.assertEqual(0, code, output)
        apply_plan(changes, copy, ("copy", "changes"))
        self.assertEqual({"dir"}, {record["type"] for _, record in ManifestReader(refreshed) if "mtime" not in record})
        self.assertEqual([], self.present(self.differences(refreshed, copy)), "seed %d" % seed)
        apply_plan(changes, copy, ("remove",))
        self.assertEqual([], self.present(self.differences(expected, copy)), "seed %d" % seed)
        code, output = run("changes", *arguments, "-o", changes + "2", "--expected", expected + "2")
        self.assertEqual(pathlib.Path(changes).read_bytes(), pathlib.Path(changes + "2").read_bytes())
        return changes

    @staticmethod
    def present(lines):
        """Without root the copies hold the unreadable entries of the generator too."""
        return [line for line in lines if "(unreadable in the source)" not in line]

    def test_smallFiles(self):
        for seed in range(1, 4):
            with self.subTest(seed=seed):
                changes = self.check(lambda root: small_files.make(root, 320, 5), seed, 60)
        kinds = {json.loads(line).get("what") for line in pathlib.Path(changes).read_text().splitlines()}
        records = [json.loads(line) for line in pathlib.Path(changes).read_text().splitlines()[1:-1]]
        order = [record["step"] for record in records]
        self.assertEqual(order, sorted(order, key=["copy", "changes", "remove"].index))
        own = {record["path"] for record in records if record["step"] == "copy"}
        self.assertTrue(own and own.isdisjoint(record["path"] for record in records if record["step"] != "copy"))
        self.assertTrue({"swap", "re-create", "relink", "rename-directory", "write-beyond-end", "remove-directory"} <= kinds, kinds)

    def test_hostileTree(self):
        for seed in range(1, 4):
            with self.subTest(seed=seed):
                self.check(lambda root: hostile.make(root, 7, huge=64 * MIB), seed, 300)

    def test_refusesSourceThatChanged(self):
        source = self.work / "s"
        small_files.make(source, 100, 1)
        manifest = self.work / "m"
        run("manifest", source, "-o", manifest)
        for path in source.rglob("file-*"):
            path.write_bytes(b"changed")
        code, output = run("changes", "--source", source, "--manifest", manifest, "--seed", 1, "--count", 20, "-o", self.work / "c", "--expected", self.work / "e")
        self.assertEqual(2, code, output)
        self.assertIn("changed in the source", output)
        self.assertEqual([], sorted(path.name for path in self.work.glob("[ce]*")))


class ContentTest(Case):
    """Ropes of bytes against a plain bytearray and a real sparse file."""

    def test_randomOperations(self):
        for seed in range(60):
            chooser = random.Random(seed)
            path = self.work / "source"
            plain = bytearray(chooser.randbytes(chooser.randrange(50_000)))
            path.write_bytes(plain)
            content = Content(len(plain), None, b"source")
            copy = self.work / "copy"
            copy.write_bytes(plain)
            with open(copy, "r+b") as real:
                for _ in range(chooser.randrange(1, 8)):
                    if chooser.random() < 0.4:
                        size = chooser.randrange(100_000)
                        content.truncate(size)
                        del plain[size:]
                        plain.extend(bytes(size - len(plain)))
                        real.truncate(size)
                    else:
                        offset, data = chooser.randrange(90_000), chooser.randbytes(chooser.randrange(9_000))
                        content.write(offset, data)
                        if data:
                            plain.extend(bytes(max(0, offset - len(plain))))
                            plain[offset : offset + len(data)] = data
                            real.seek(offset)
                            real.write(data)
                            real.flush()
                self.assertEqual(len(plain), content.size, "seed %d" % seed)
                self.assertEqual(hashlib.sha256(plain).hexdigest(), content.sha256(os.fsencode(self.work)), "seed %d" % seed)
                real_data = sum(length for _, length in data_extents(real.fileno(), content.size))
                self.assertLessEqual(real_data, sum(length for _, length in content.data_extents()), "seed %d" % seed)


class FormatTest(Case):
    def test_seededBytes(self):
        self.assertEqual("97258eafb9ce2a104a489e16", seeded_bytes(1, 12).hex())
        self.assertEqual(seeded_bytes(9, 100)[:33], seeded_bytes(9, 33))

    def test_orderIsDepthFirst(self):
        paths = [b"", b"a", b"a/b", b"a/b/c", b"a\x01", b"a-b", b"a.b", b"a0", b"a\xff"]
        self.assertEqual(paths, sorted(reversed(paths), key=sort_key))

    def test_showIsOneAsciiLine(self):
        for name in hostile.NAMES:
            self.assertRegex(show(name), r"\A[ -~]+\Z")
            self.assertEqual(name, unb64(b64(name)))

    def test_sameManifestInEveryLocale(self):
        tree = self.work / "tree"
        hostile.make(tree, 3, huge=8 * MIB)
        manifests = set()
        for locale in ("C", "C.UTF-8", "en_US.ISO-8859-1"):
            environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
            output = self.work / locale
            command = [sys.executable, str(HERE / "verify.py"), "manifest", str(tree), "-o", str(output)]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
            manifests.add(output.read_bytes())
        self.assertEqual(1, len(manifests))

    def test_refusesForeignAndNewerFiles(self):
        path = self.work / "m"
        for text in ("", "{}\n", '{"manifest":"kmesh-verify","version":1}\n', "nonsense\n"):
            path.write_text(text)
            with self.assertRaises(VerifierError):
                ManifestReader(str(path))

    def test_depthBeyondDescriptors(self):
        (self.work / "deep").mkdir()
        at = os.open(self.work / "deep", os.O_RDONLY)
        for _ in range(700):
            os.mkdir("d", dir_fd=at)
            below = os.open("d", os.O_RDONLY, dir_fd=at)
            os.close(at)
            at = below
        os.close(at)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
        try:
            self.assertEqual(701, sum(1 for _ in Walk(self.work / "deep")))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            subprocess.run(["rm", "-rf", str(self.work / "deep")], check=True)

    def test_smallFilesAreSeeded(self):
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            small_files.make(self.work / name, 150, seed)
        run("manifest", self.work / "a", "-o", self.work / "m")
        self.assertEqual([], self.differences(self.work / "m", self.work / "b"))
        self.assertNotEqual([], self.differences(self.work / "m", self.work / "c"))


if __name__ == "__main__":
    unittest.main()
