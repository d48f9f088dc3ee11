# SPDX-License-Identifier: Apache-2.0
"""Self-test of the comparison on a mounted Lustre: a copy gets the marks that Lustre and an archive leave, then is spoiled."""

import os
import subprocess
import unittest

from testbed import Case, run

SECOND = 10**9


class MountedTest(Case):
    """What a mount does to a tree is no difference; everything else is one."""

    def setUp(self):
        super().setUp()
        self.source = self.work / "source"
        (self.source / "folder").mkdir(parents=True)
        (self.source / "folder" / "file").write_bytes(b"bytes" * 1000)
        os.utime(self.source / "folder" / "file", ns=(SECOND, 1_700_000_000 * SECOND + 123_456_789))
        self.copy = self.work / "copy"
        subprocess.run(["cp", "-a", self.source, self.copy], check=True)
        self.file = self.copy / "folder" / "file"
        self.expected = self.work / "source.jsonl"
        self.assertEqual(0, run("manifest", self.source, "-o", self.expected)[0])

    def verdict(self, *more):
        return run("tree", "--expected", self.expected, "--actual", self.copy, *more)

    def cut(self, path, nanoseconds=0):
        """Keeps whole seconds of a time."""
        mtime = path.stat().st_mtime_ns
        os.utime(path, ns=(SECOND, mtime - mtime % SECOND + nanoseconds))

    def test_wholeSeconds(self):
        for path in (self.file, self.file.parent, self.copy):
            self.cut(path)
        self.assertEqual(0, self.verdict("--mounted")[0])
        self.assertEqual(1, self.verdict()[0])

    def test_otherTimes(self):
        self.cut(self.file, 1)
        code, words = self.verdict("--mounted")
        self.assertEqual(1, code)
        self.assertIn("mtime", words)

    def test_directories(self):
        for seconds, code in (3, 0), (-3, 1):
            with self.subTest(seconds):
                mtime = self.file.parent.stat().st_mtime_ns
                os.utime(self.file.parent, ns=(SECOND, mtime + seconds * SECOND))
                self.assertEqual(code, self.verdict("--mounted")[0])
                os.utime(self.file.parent, ns=(SECOND, mtime))

    def test_ownXattrs(self):
        if os.geteuid() != 0:
            self.skipTest("trusted xattrs are root's")
        for name in ("trusted.lov", "trusted.hsm", "trusted.kmesh.receipt"):
            os.setxattr(self.file, name, b"mark")
        self.assertEqual(0, self.verdict("--mounted")[0])
        self.assertEqual(1, self.verdict()[0])

    def test_otherXattrs(self):
        os.setxattr(self.file, "user.other", b"mark")
        code, words = self.verdict("--mounted")
        self.assertEqual(1, code)
        self.assertIn("user.other", words)

    def test_jobOfNewFiles(self):
        os.setxattr(self.file, "user.job", b"cp.0")
        self.assertEqual(0, self.verdict("--mounted")[0])
        self.assertEqual(1, self.verdict()[0])

    def test_oneByte(self):
        mtime = self.file.stat().st_mtime_ns
        with open(self.file, "r+b") as data:
            data.write(b"B")
        os.utime(self.file, ns=(SECOND, mtime))
        code, words = self.verdict("--mounted")
        self.assertEqual(1, code)
        self.assertIn("SHA-256", words)

    def test_missing(self):
        self.file.unlink()
        self.assertEqual(1, self.verdict("--mounted")[0])


if __name__ == "__main__":
    unittest.main()
