# SPDX-License-Identifier: Apache-2.0
"""Walks a tree and describes each entry, in manifest order, in memory that doesn't grow with the tree.

What grows: one sorted list of names for each open directory level, and one map entry for each file with several names.
"""

import errno
import hashlib
import os
import stat

from paths import b64, show

BLOCK = 4096
MAX_LISTED_EXTENTS = 1000
# Deeper than this, directories further up are closed and reopened through "..".
MAX_OPEN_LEVELS = 200
_CHUNK = 1 << 20
_SMALL = 64 << 10
_ZEROS = bytes(_CHUNK)
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_DIR_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Set by the host's own policy on whatever is written there: no copy can carry them.
_HOST_XATTRS = frozenset(("security.selinux", "security.ima", "security.evm"))
TYPES = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "dir",
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
}


class TreeMovedError(Exception):
    """A directory was moved away from under the walk, so that the way back up is lost."""


def error_record(call, error):
    """The `error` field of an entry that could not be read."""
    number = error.errno or 0
    return {"call": call, "errno": number, "name": errno.errorcode.get(number, "E?")}


def data_extents(descriptor, size):
    """Data extents [[offset, length], ...] of an open file, by SEEK_DATA and SEEK_HOLE."""
    extents = []
    at = 0
    while at < size:
        try:
            start = os.lseek(descriptor, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                break
            return [[0, size]]
        end = min(os.lseek(descriptor, start, os.SEEK_HOLE), size)
        if end <= start:
            break
        extents.append([start, end - start])
        at = end
    return extents


def update_zeros(digest, count):
    """Feeds `count` zero bytes to a digest."""
    while count > 0:
        step = min(count, _CHUNK)
        digest.update(_ZEROS[:step] if step < _CHUNK else _ZEROS)
        count -= step


class _Level:
    """One directory on the way down."""

    __slots__ = ("descriptor", "device", "inode", "path", "entries")

    def __init__(self, descriptor, status, path, entries):
        self.descriptor = descriptor
        self.device = status.st_dev
        self.inode = status.st_ino
        self.path = path
        self.entries = entries


class Walk:
    """Iterates over (path bytes, record) of every entry below `root`, the root itself first.

    With `content=False` no file is opened: a record then holds what lstat says and no checksum. Not for use by threads.
    """

    def __init__(self, root, content=True):
        self._root = os.fsencode(root)
        self._content = content
        self._first_names = {}
        self._buffer = memoryview(bytearray(_CHUNK))

    def __iter__(self):
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        record, level = self._directory(descriptor, b"")
        yield b"", record
        levels = [level] if level else []
        try:
            while levels:
                level = levels[-1]
                entry = next(level.entries, None)
                if entry is None:
                    self._leave(levels)
                    continue
                name, is_directory = entry
                path = level.path + b"/" + name if level.path else name
                if not is_directory:
                    yield path, self._leaf(level.descriptor, name, path)
                    continue
                try:
                    below = os.open(name, _DIR_FLAGS, dir_fd=level.descriptor)
                except OSError as error:
                    yield path, self._failed(level.descriptor, name, path, error, "dir")
                    continue
                record, child = self._directory(below, path)
                yield path, record
                if child:
                    levels.append(child)
                    self._close_far_level(levels)
        finally:
            for level in levels:
                if level.descriptor is not None:
                    os.close(level.descriptor)

    # Descriptors

    @staticmethod
    def _close_far_level(levels):
        if len(levels) > MAX_OPEN_LEVELS:
            far = levels[-1 - MAX_OPEN_LEVELS]
            os.close(far.descriptor)
            far.descriptor = None

    @staticmethod
    def _leave(levels):
        done = levels.pop()
        try:
            if levels and levels[-1].descriptor is None:
                above = levels[-1]
                above.descriptor = os.open(b"..", _DIR_FLAGS, dir_fd=done.descriptor)
                status = os.fstat(above.descriptor)
                if (status.st_dev, status.st_ino) != (above.device, above.inode):
                    raise TreeMovedError(show(done.path))
        finally:
            os.close(done.descriptor)

    # What counts

    def _has_changed(self, before, after):
        return (after.st_mtime_ns, after.st_ctime_ns) != (before.st_mtime_ns, before.st_ctime_ns)

    def _is_ignored(self, xattr):
        return xattr in _HOST_XATTRS

    # Entries

    def _directory(self, descriptor, path):
        """Record and level of an open directory; level None (and the descriptor closed) when it can't be listed."""
        before = os.fstat(descriptor)
        record = self._record(path, before)
        self._add_xattrs(record, descriptor, True)
        entries = []
        try:
            with os.scandir(descriptor) as listing:
                for entry in listing:
                    entries.append((os.fsencode(entry.name), entry.is_dir(follow_symlinks=False)))
        except OSError as error:
            record["error"] = error_record("list", error)
            os.close(descriptor)
            return record, None
        after = os.fstat(descriptor)
        if self._has_changed(before, after):
            record["unstable"] = True
        entries.sort()
        return record, _Level(descriptor, before, path, iter(entries))

    def _leaf(self, parent, name, path):
        try:
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        except OSError as error:
            return self._failed(parent, name, path, error, None)
        record = self._record(path, status)
        first = self._first_name(path, status, record)
        if first is not None:
            return record
        kind = record["type"]
        if kind == "dir":
            record["unstable"] = True
            return record
        if kind == "file":
            if self._content:
                self._add_content(record, parent, name, status)
            else:
                record["size"] = status.st_size
        else:
            if kind == "symlink":
                try:
                    record["target"] = b64(os.readlink(name, dir_fd=parent))
                except OSError as error:
                    record["error"] = error_record("readlink", error)
            elif kind in ("char", "block"):
                record["rdev"] = [os.major(status.st_rdev), os.minor(status.st_rdev)]
            self._add_xattrs(record, b"/proc/self/fd/%d/%s" % (parent, name), False)
        if status.st_nlink > 1:
            self._first_names[(status.st_dev, status.st_ino)] = (path, record)
        return record

    def _first_name(self, path, status, record):
        """Completes the record of a further name of a file that was seen; None when it is the first."""
        if status.st_nlink < 2 or stat.S_ISDIR(status.st_mode):
            return None
        record["nlink"] = status.st_nlink
        first = self._first_names.get((status.st_dev, status.st_ino))
        if first is None:
            return None
        record["link"] = b64(first[0])
        for field in ("size", "sha256", "allocated", "data", "dataTotal", "dataCount", "target", "rdev", "xattrs", "error"):
            if field in first[1]:
                record[field] = first[1][field]
        if first[1].get("unstable") or first[1]["ctime"] != record["ctime"]:
            record["unstable"] = True
        return first

    def _add_content(self, record, parent, name, status):
        record["size"] = status.st_size
        record["allocated"] = status.st_blocks * 512
        try:
            descriptor = os.open(name, _FILE_FLAGS, dir_fd=parent)
        except OSError as error:
            record["error"] = error_record("open", error)
            if error.errno in (errno.ENOENT, errno.ELOOP):
                record["unstable"] = True
            self._add_xattrs(record, b"/proc/self/fd/%d/%s" % (parent, name), False)
            return
        try:
            self._add_xattrs(record, descriptor, True)
            extents = None
            if status.st_blocks * 512 < status.st_size:
                extents = data_extents(descriptor, status.st_size)
                total = sum(extent[1] for extent in extents)
                if total < status.st_size:
                    record["data"] = extents[:MAX_LISTED_EXTENTS]
                    if len(extents) > MAX_LISTED_EXTENTS:
                        record["dataTotal"] = total
                        record["dataCount"] = len(extents)
                else:
                    extents = None
            try:
                length, record["sha256"] = self._digest(descriptor, status.st_size, extents)
            except OSError as error:
                record["error"] = error_record("read", error)
                return
            after = os.fstat(descriptor)
            if length != status.st_size or after.st_size != status.st_size or after.st_ino != status.st_ino or self._has_changed(status, after):
                record["unstable"] = True
        finally:
            os.close(descriptor)

    def _digest(self, descriptor, size, extents):
        if extents is None:
            if size < _SMALL:
                data = os.read(descriptor, _SMALL)
                return len(data), hashlib.sha256(data).hexdigest()
            os.lseek(descriptor, 0, os.SEEK_SET)
            digest = hashlib.sha256()
            length = 0
            while count := os.readv(descriptor, (self._buffer,)):
                digest.update(self._buffer[:count])
                length += count
            return length, digest.hexdigest()
        digest = hashlib.sha256()
        at = 0
        for start, length in extents:
            update_zeros(digest, start - at)
            at = start
            end = start + length
            while at < end:
                count = os.preadv(descriptor, (self._buffer[: min(_CHUNK, end - at)],), at)
                if not count:
                    return at, digest.hexdigest()
                digest.update(self._buffer[:count])
                at += count
        update_zeros(digest, size - at)
        return size, digest.hexdigest()

    def _failed(self, parent, name, path, error, kind):
        """Record of an entry that can't be opened or even asked."""
        try:
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        except OSError as stat_error:
            record = {"path": b64(path), "show": show(path), "type": kind or "unknown"}
            record["error"] = error_record("stat", stat_error)
            if stat_error.errno == errno.ENOENT:
                record["unstable"] = True
            return record
        record = self._record(path, status)
        self._add_xattrs(record, b"/proc/self/fd/%d/%s" % (parent, name), False)
        record["error"] = error_record("open" if kind else "stat", error)
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            record["unstable"] = True
        return record

    @staticmethod
    def _record(path, status):
        mode = status.st_mode
        return {
            "path": b64(path),
            "show": show(path),
            "type": TYPES.get(stat.S_IFMT(mode), "unknown"),
            "mode": "%04o" % (mode & 0o7777),
            "uid": status.st_uid,
            "gid": status.st_gid,
            "mtime": status.st_mtime_ns,
            "ctime": status.st_ctime_ns,
            "ino": status.st_ino,
        }

    def _add_xattrs(self, record, target, follow):
        if not self._content:
            return
        try:
            names = os.listxattr(target, follow_symlinks=follow)
        except OSError:
            return
        xattrs = []
        for name in names:
            if self._is_ignored(name):
                continue
            try:
                xattrs.append((os.fsencode(name), os.getxattr(target, name, follow_symlinks=follow)))
            except OSError as error:
                if error.errno == errno.ENODATA:
                    record["unstable"] = True
        if xattrs:
            xattrs.sort()
            record["xattrs"] = [[b64(name), b64(value)] for name, value in xattrs]
