# SPDX-License-Identifier: Apache-2.0
"""What the self-tests share."""

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import verify
from compare import compare_tree


def run(*arguments):
    """Runs a verify.py command in this process: (exit code, stdout)."""
    output, errors = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["verify.py", *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = verify.main()
    finally:
        sys.argv = before
    return code, output.getvalue() + errors.getvalue()


class Case(unittest.TestCase):
    """A temporary folder for each test."""

    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="kmesh-verify-", dir=os.environ.get("KMESH_TEST_DIR")))
        self.addCleanup(self.remove)

    def remove(self):
        """By commands that know no limit of depth or path length; `chmod` for what a user made unreadable."""
        for command in ("chmod", "-R", "u+rwX"), ("rm", "-rf"):
            subprocess.run([*command, "--", str(self.work)], check=False, stderr=subprocess.DEVNULL)

    def differences(self, expected, actual, reported=None):
        lines = []
        compare_tree(str(expected), str(actual), reported and str(reported), None, lines.append)
        return lines
