# SPDX-License-Identifier: Apache-2.0
"""Walks a tree on a mounted Lustre, where reading may restore a file and so change what stat says of it."""

import errno
import os
import stat
import time

from walk import Walk

_LUSTRE_XATTRS = frozenset("trusted." + name for name in ("lov", "lma", "lmv", "link", "hsm", "som", "fid", "version", "dmv", "projid"))
_TRIES = 120
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


class MountedWalk(Walk):
    """As `Walk`, without what Lustre and the archive note on files themselves.

    Each file's first byte is read before it is looked at: a released file is restored then, which sets its ctime
    and its blocks, perhaps a little later on this client. What is compared is its content, so ctime is left aside.
    """

    def _leaf(self, parent, name, path):
        try:
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) and status.st_size:
                self._restore(parent, name)
        except OSError:
            pass  # It is looked at all the same, and its error noted there.
        return super()._leaf(parent, name, path)

    @staticmethod
    def _restore(parent, name):
        """Reads a byte. Where the policy is not to block, ENODATA says that the restore has only begun."""
        descriptor = os.open(name, _OPEN, dir_fd=parent)
        try:
            for _ in range(_TRIES):
                try:
                    os.pread(descriptor, 1, 0)
                    return
                except OSError as error:
                    if error.errno != errno.ENODATA:
                        raise
                    time.sleep(1)
        finally:
            os.close(descriptor)

    def _has_changed(self, before, after):
        return after.st_mtime_ns != before.st_mtime_ns

    def _is_ignored(self, xattr):
        if xattr in _LUSTRE_XATTRS or xattr.startswith(("lustre.", "trusted.kmesh.")):
            return True
        return super()._is_ignored(xattr)
