# SPDX-License-Identifier: Apache-2.0
"""Reads a tree in the folder of a simulated Lustre by its format page (docs/format/simulated-lustre.md), while nobody has it open."""

import errno
import hashlib
import os
import re
import stat
import struct

from manifest import VerifierError
from paths import b64, show
from walk import TYPES, error_record, update_zeros

ROOT = (0x200000007, 1, 0)
FIRST_SEQUENCE = 0x200000401
SEQUENCES_PER_MDT = 0x40000000
OBJECTS_PER_SEQUENCE = 0x1FFFF
SLOT = 1024
# Magic, checksum, FID (3), mode, bits, owner, group, links, size, allocated, times (3 pairs), device, data version,
# generations (2), HSM flags, archive, archived version, overflow, length of the variable part, project.
HEAD = struct.Struct("<4sIQIIIIIIQQQqIqIqIQQQQIIQQII")
VARIABLE = 192
RELEASED = 4
XATTR, LINK_TEXT = 2, 5
_ENTRY = re.compile(rb"\[0x([0-9a-f]{1,16}):0x([0-9a-f]{1,8}):0x([0-9a-f]{1,8})\]([fdlpscb])")
_LETTERS = {"f": "file", "d": "dir", "l": "symlink", "p": "fifo", "s": "socket", "c": "char", "b": "block"}
_CHUNK = 1 << 20


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc_table()


def crc32c(data):
    """CRC-32C of bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def place(fid):
    """(MDT, slot) of a FID."""
    sequence, number, version = fid
    if fid == ROOT:
        return 0, 0
    relative = sequence - FIRST_SEQUENCE
    if relative < 0 or version or not 1 <= number <= OBJECTS_PER_SEQUENCE:
        raise VerifierError("Cannot read a simulated Lustre: [%#x:%#x:%#x] is no FID of it." % fid)
    return relative // SEQUENCES_PER_MDT, relative % SEQUENCES_PER_MDT * OBJECTS_PER_SEQUENCE + number


class Inode:
    """A slot of an inode table with its variable part."""

    def __init__(self, fid, slot, overflow):
        what = "the inode [%#x:%#x:%#x] of a simulated Lustre" % fid
        if len(slot) != SLOT or slot[:4] != b"KSI\0":
            raise VerifierError("Cannot read %s: there is none of version 0 in its slot." % what)
        fields = HEAD.unpack_from(slot)
        if fields[1] != crc32c(slot[8:]) or fields[2:5] != fid:
            raise VerifierError("Cannot read %s: its checksum or its FID does not fit." % what)
        self.fid = fid
        self.mode, _, self.uid, self.gid, self.links, self.size = fields[5:11]
        self.mtime = fields[14] * 10**9 + fields[15]
        self.ctime = fields[16] * 10**9 + fields[17]
        self.device = fields[18]
        self.generation = fields[20]
        self.is_released = bool(fields[22] & RELEASED)
        self.kind = TYPES.get(stat.S_IFMT(self.mode), "unknown")
        self.xattrs = []
        self.target = b""
        variable = overflow(fields[25]) if fields[25] else slot[VARIABLE : VARIABLE + fields[26]]
        at = 0
        while at < len(variable):
            tag, length = struct.unpack_from("<BI", variable, at)
            content = variable[at + 5 : at + 5 + length]
            at += 5 + length
            if len(content) != length:
                raise VerifierError("Cannot read %s: its variable part is cut." % what)
            if tag == XATTR:
                end = 2 + struct.unpack_from("<H", content)[0]
                self.xattrs.append((content[2:end], content[end:]))
            elif tag == LINK_TEXT:
                self.target = content
        self.xattrs.sort()


class LustreWalk:
    """As walk.Walk, of the tree at the path `below` in the simulated Lustre in `folder`. Not for use by threads."""

    def __init__(self, folder, below=b""):
        self._folder = os.fsencode(folder)
        self._below = below
        self._first_names = {}
        self._tables = {}

    def __iter__(self):
        self._must_be_at_rest()
        try:
            fid, kind = ROOT, "dir"
            for name in filter(None, self._below.split(b"/")):
                fid, kind = self._entry(fid, name)
            if kind != "dir":
                raise VerifierError("Cannot read %s in a simulated Lustre: it is no directory." % show(self._below))
            yield b"", self._record(b"", self._inode(fid, kind))
            levels = [(b"", fid, iter(self._names(fid)))]
            while levels:
                above, parent, names = levels[-1]
                name = next(names, None)
                if name is None:
                    levels.pop()
                    continue
                path = above + b"/" + name if above else name
                fid, kind = self._entry(parent, name)
                yield path, self._described(path, self._inode(fid, kind))
                if kind == "dir":
                    levels.append((path, fid, iter(self._names(fid))))
        finally:
            for table in self._tables.values():
                os.close(table)
            self._tables.clear()

    def _must_be_at_rest(self):
        with open(os.path.join(self._folder, b"journal"), "rb") as journal:
            if journal.read(4).strip(b"\0"):
                raise VerifierError("Cannot read the simulated Lustre %s: a change of names is under way. Have it opened and closed." % show(self._folder))

    # What is stored

    def _file(self, area, fid, end=""):
        return os.path.join(self._folder, b"%s/%02x/%x.%x" % (area, fid[1] >> 10 & 63, fid[0], fid[1]) + end.encode())

    def _names(self, fid):
        return sorted(os.listdir(self._file(b"dirs", fid)))

    def _entry(self, parent, name):
        """FID and type of a name."""
        match = _ENTRY.fullmatch(os.readlink(os.path.join(self._file(b"dirs", parent), name)))
        if not match:
            raise VerifierError('Cannot read a simulated Lustre: the name "%s" leads to no FID.' % show(name))
        return tuple(int(part, 16) for part in match.groups()[:3]), _LETTERS[match[4].decode()]

    def _inode(self, fid, kind):
        mdt, slot = place(fid)
        if mdt not in self._tables:
            self._tables[mdt] = os.open(os.path.join(self._folder, b"mdt%d/inodes" % mdt), os.O_RDONLY)
        inode = Inode(fid, os.pread(self._tables[mdt], SLOT, slot * SLOT), lambda number: self._overflow(fid, number))
        if inode.kind != kind:
            raise VerifierError("Cannot read a simulated Lustre: [%#x:%#x:%#x] is a %s by its name, and a %s." % (*fid, kind, inode.kind))
        return inode

    def _overflow(self, fid, number):
        with open(self._file(b"overflow", fid, "-%x" % number), "rb") as overflow:
            return overflow.read()

    # Entries

    def _described(self, path, inode):
        record = self._record(path, inode)
        if inode.kind == "dir":
            return record
        if inode.links > 1:
            record["nlink"] = inode.links
            first = self._first_names.setdefault(inode.fid, path)
            if first != path:
                record["link"] = b64(first)
        if inode.kind == "file":
            self._add_content(record, inode)
        elif inode.kind == "symlink":
            record["target"] = b64(inode.target)
        elif inode.kind in ("char", "block"):
            record["rdev"] = [os.major(inode.device), os.minor(inode.device)]
        return record

    def _add_content(self, record, inode):
        record["size"] = inode.size
        record["allocated"] = 0
        if inode.is_released:
            record["error"] = error_record("read", OSError(errno.ENODATA, "released"))
            return
        digest = hashlib.sha256()
        at = 0
        if inode.generation:
            with open(self._file(b"objects", inode.fid, "-%x" % inode.generation), "rb") as data:
                record["allocated"] = os.fstat(data.fileno()).st_blocks * 512
                while at < inode.size and (read := data.read(min(_CHUNK, inode.size - at))):
                    digest.update(read)
                    at += len(read)
        update_zeros(digest, inode.size - at)
        record["sha256"] = digest.hexdigest()

    @staticmethod
    def _record(path, inode):
        record = {
            "path": b64(path),
            "show": show(path),
            "type": inode.kind,
            "mode": "%04o" % (inode.mode & 0o7777),
            "uid": inode.uid,
            "gid": inode.gid,
            "mtime": inode.mtime,
            "ctime": inode.ctime,
            "ino": inode.fid[0] << 32 | inode.fid[1],
        }
        if inode.xattrs:
            record["xattrs"] = [[b64(name), b64(value)] for name, value in inode.xattrs]
        return record
