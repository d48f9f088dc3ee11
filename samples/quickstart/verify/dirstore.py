# SPDX-License-Identifier: Apache-2.0
"""Reads the `file:` object store from its directory, after docs/format/directory-store.md alone."""

import hashlib
import os
import re
import struct
import zlib

MARKER = b"kmesh directory store\nformat 0\n"
MAGIC = b"KmeshObj"
FOOTER = struct.Struct(">III8s")
PIECE = 200
MAX_KEY = 1024
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_,=@+~")
_PLAIN_SEGMENT = re.compile(rb"(?!\.)[A-Za-z0-9\-_,=@+~.]*")
_PIECE_NAME = re.compile(rb"(?:[A-Za-z0-9\-_,=@+~.]|%[0-9A-F]{2})*")
_CHUNK = 1 << 20
# Read at once with its trailer when no longer than this.
_AT_ONCE = 256 << 10


class DamagedError(Exception):
    """A stored thing that is not what its format says; the message says how."""


def segment_pieces(segment):
    """The escaped pieces of one segment of a key; the last one has fewer than 200 characters, maybe none."""
    if len(segment) < PIECE and _PLAIN_SEGMENT.fullmatch(segment):
        return [segment.decode("ascii")]
    pieces = [""]
    for byte in segment:
        plain = byte in _PLAIN or (byte == 0x2E and pieces[-1] != "")
        pieces[-1] += chr(byte) if plain else "%%%02X" % byte
        if len(pieces[-1]) >= PIECE:
            pieces.append("")
    return pieces


def key_names(key):
    """The names below `objects/`, of directories and at last of the file, for a key (bytes)."""
    segments = key.split(b"/")
    names = []
    for number, segment in enumerate(segments):
        pieces = segment_pieces(segment)
        names += [piece + "%+" for piece in pieces[:-1]]
        if number < len(segments) - 1:
            names.append(pieces[-1] or "%-")
        else:
            names.append((pieces[-1] or "%-") + "%o")
    return names


class Stored:
    """One object that was read and checked. `digest` is the SHA-256 of its body in hexadecimal, `modified` in ns."""

    def __init__(self, key, size, digest, metadata, modified):
        self.key = key
        self.size = size
        self.digest = digest
        self.metadata = metadata
        self.modified = modified


class DirectoryStore:
    """The objects of one store directory. DamagedError on construction when it is no such store."""

    def __init__(self, root):
        self._root = os.fsencode(root)
        try:
            with open(self._root + b"/kmesh-store", "rb") as marker:
                text = marker.read(100)
        except OSError as error:
            raise DamagedError(f"no store: kmesh-store can't be read: {error.strerror}") from error
        if text != MARKER:
            raise DamagedError(f"no store of format 0: kmesh-store holds {text!a}")
        self._objects = self._root + b"/objects"
        self._buffer = memoryview(bytearray(_CHUNK))

    def read(self, key, sink=None):
        """The object at a key (bytes), all of it read and checked; None when there is none; DamagedError.

        `sink(metadata)` is called before the body is read and may return a function that is fed its parts.
        """
        path = self._objects + b"/" + "/".join(key_names(key)).encode("ascii")
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            return None
        try:
            return self._read(descriptor, key, sink)
        finally:
            os.close(descriptor)

    def _read(self, descriptor, key, sink):
        length = os.fstat(descriptor).st_size
        if length < FOOTER.size:
            raise DamagedError(f"a file of {length} bytes is too short for a footer")
        whole = os.pread(descriptor, length, 0) if length <= _AT_ONCE else None
        footer = whole[-FOOTER.size :] if whole else os.pread(descriptor, FOOTER.size, length - FOOTER.size)
        trailer_length, check, version, magic = FOOTER.unpack(footer)
        if magic != MAGIC:
            raise DamagedError("its last bytes are no footer")
        if version not in (0, 1):
            raise DamagedError(f"version {version} is neither 0 nor 1")
        start = length - FOOTER.size - trailer_length
        if start < 0:
            raise DamagedError(f"its trailer of {trailer_length} bytes is longer than the file")
        trailer = whole[start : start + trailer_length] if whole else os.pread(descriptor, trailer_length, start)
        if zlib.crc32(trailer) != check:
            raise DamagedError("the CRC-32 of its trailer is wrong")
        named, size, digest, modified, metadata = parse_trailer(trailer, version)
        if named != key:
            raise DamagedError(f"its trailer names another key: {named!a}")
        if size != start:
            raise DamagedError(f"its trailer says {size} bytes, {start} are there")
        feed = sink(metadata) if sink else None
        if whole is not None:
            body = memoryview(whole)[:size]
            found = _HASHERS[version](body).digest()
            if feed:
                feed(body)
        else:
            found = self._stream(descriptor, size, feed, _HASHERS[version]())
        if found != digest:
            raise DamagedError(f"the checksum of its bytes is {found.hex()}, its trailer says {digest.hex()}")
        return Stored(key, size, digest.hex(), metadata, modified)

    def _stream(self, descriptor, size, feed, hasher):
        at = 0
        while at < size:
            count = os.preadv(descriptor, (self._buffer[: min(_CHUNK, size - at)],), at)
            if not count:
                raise DamagedError("it became shorter while it was read")
            hasher.update(self._buffer[:count])
            if feed:
                feed(self._buffer[:count])
            at += count
        return hasher.digest()

    def keys(self, prefix=b""):
        """Iterates over the keys (bytes) of all objects, from the names below `objects/`; foreign names are left out.

        `prefix` is empty or ends in `/`.
        """
        names = key_names(prefix)[:-1] if prefix else []
        folder = os.path.join(self._objects, *(name.encode() for name in names))
        if os.path.isdir(folder):
            yield from self._keys(folder, prefix)

    def _keys(self, folder, prefix):
        with os.scandir(folder) as listing:
            entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in listing]
        for name, is_directory in entries:
            if is_directory:
                if name.endswith(b"%+"):
                    end, name = b"", name[:-2]
                else:
                    end = b"/"
            elif name.endswith(b"%o"):
                end, name = b"", name[:-2]
            else:
                continue
            segment = unescape(b"" if name == b"%-" else name)
            if segment is None:
                continue
            if is_directory:
                below = os.path.join(folder, name + (b"%+" if end == b"" else b""))
                yield from self._keys(below, prefix + segment + end)
            else:
                yield prefix + segment


def unescape(piece):
    """The bytes of an escaped piece, or None when it is no piece."""
    if not _PIECE_NAME.fullmatch(piece):
        return None
    if b"%" not in piece:
        return piece
    parts = piece.split(b"%")
    return parts[0] + b"".join(bytes((int(part[:2], 16),)) + part[2:] for part in parts[1:])


class Crc32c:
    """The CRC-32C (Castagnoli) of bytes, big-endian, in the form of hashlib."""

    def __init__(self, data=b""):
        self._crc = 0xFFFFFFFF
        self.update(data)

    def update(self, data):
        crc = self._crc
        for byte in data:
            crc = crc >> 8 ^ _CRC32C[(crc ^ byte) & 0xFF]
        self._crc = crc

    def digest(self):
        return struct.pack(">I", self._crc ^ 0xFFFFFFFF)


def _crc32c_row(crc):
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc


_CRC32C = [_crc32c_row(byte) for byte in range(256)]
# By the version of the trailer.
_HASHERS = (hashlib.sha256, Crc32c)


def parse_trailer(trailer, version=0):
    """(key, size, checksum, last modified in ns, metadata) of a trailer body; DamagedError."""
    fixed = ">Q%dsQqIH" % (4 if version else 32)
    try:
        at = 2
        (length,) = struct.unpack_from(">H", trailer)
        key = trailer[at : at + length]
        at += length
        size, digest, _, seconds, nanoseconds, count = struct.unpack_from(fixed, trailer, at)
        at += struct.calcsize(fixed)
        metadata = {}
        previous = None
        for _ in range(count):
            pair = []
            for _ in range(2):
                (length,) = struct.unpack_from(">H", trailer, at)
                at += 2
                if at + length > len(trailer):
                    raise DamagedError("its trailer is cut")
                pair.append(trailer[at : at + length].decode("ascii"))
                at += length
            if previous is not None and pair[0] <= previous:
                raise DamagedError(f"its metadata are out of order at {pair[0]!a}")
            previous = pair[0]
            metadata[pair[0]] = pair[1]
    except (struct.error, UnicodeDecodeError) as error:
        raise DamagedError(f"its trailer can't be parsed: {error}") from error
    if at != len(trailer) or not 1 <= len(key) <= MAX_KEY or nanoseconds > 999_999_999:
        raise DamagedError("its trailer has wrong fields")
    return key, size, digest, seconds * 10**9 + nanoseconds, metadata
