#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a Kmesh repository that lies in a directory store. Written from docs/format alone, without Kmesh's code.

It opens a repository by a passphrase, lists snapshots, checks or restores one: bytes, modes, owners (as root), times,
symbolic links, hard links, extended attributes, holes, FIFOs, sockets and devices (as root). Of files that were released
on a Lustre it restores the bytes that the snapshot keeps, or that a catalog of the repository has. Each object's trailer, each box and frame, and the name of each chunk is verified before its content is used; what is wrong ends the run with
a message that names the object.

Needs Debian's python3-cryptography, python3-zstandard and python3-argon2: run it by /usr/bin/python3 there.

Exit: 0 all is well, 1 damage or a wrong passphrase, 2 a wrong command line.
"""

import argparse
import base64
import binascii
import collections
import hashlib
import hmac
import json
import os
import re
import socket
import stat
import struct
import sys
import unicodedata
import zlib

import argon2.low_level
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FILE, DIRECTORY, SYMLINK, FIFO, SOCKET, CHARACTER, BLOCK = range(1, 8)
KINDS = {
    FILE: stat.S_IFREG, DIRECTORY: stat.S_IFDIR, SYMLINK: stat.S_IFLNK, FIFO: stat.S_IFIFO, SOCKET: stat.S_IFSOCK,
    CHARACTER: stat.S_IFCHR, BLOCK: stat.S_IFBLK,
}  # fmt: skip
SAME_OWNER, SAME_MODE, ATTRIBUTES, SEVERAL_NAMES, SPARSE, REFERENCE = (1 << bit for bit in range(6))
DOMAIN_KEY, HEAD, INDEX_RUN = 1, 2, 3
NAME_BYTES, KNOWN_BYTES = 24, 16
MOST_CONTENT, MOST_PACK = 16 << 20, 2 << 30
# Of any object that is read whole but a pack.
MOST_BOX = 1 << 30


class Damage(Exception):
    """What is stored is not what the format says, or not what its name promises."""


def need(fine, text, *values):
    if not fine:
        raise Damage(text % values)


# The directory store (docs/format/directory-store.md)


class DirectoryStore:
    """Objects as files below one directory."""

    PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_,=@+~.")
    FOOTER = struct.Struct(">III8s")

    def __init__(self, root):
        self._root = os.fsencode(root)
        try:
            with open(os.path.join(self._root, b"kmesh-store"), "rb") as marker:
                text = marker.read(200)
        except FileNotFoundError:
            raise Damage("%s is no directory store: it has no kmesh-store" % root) from None
        need(text == b"kmesh directory store\nformat 0\n", "%s: its marker has an unknown text: %r", root, text)

    @classmethod
    def pieces(cls, segment):
        """The escaped pieces of a segment; the last has fewer than 200 characters."""
        found, piece = [], ""
        for byte in segment:
            plain = byte in cls.PLAIN and not (byte == 0x2E and not piece)
            piece += chr(byte) if plain else "%%%02X" % byte
            if len(piece) >= 200:
                found.append(piece)
                piece = ""
        return [*found, piece]

    @classmethod
    def path(cls, key):
        """The path of a key's file below objects/."""
        names = []
        segments = key.encode().split(b"/")
        for number, segment in enumerate(segments):
            *before, last = cls.pieces(segment)
            names += [piece + "%+" for piece in before]
            names.append((last or "%-") + ("%o" if number == len(segments) - 1 else ""))
        return os.fsencode("/".join(names))

    @staticmethod
    def unescaped(text):
        """The bytes of a name without its mark, or None when it is foreign."""
        if text == "%-":
            return b""
        if not re.fullmatch(r"(?:[A-Za-z0-9\-_,=@+~.]|%[0-9A-F]{2})*", text):
            return None
        return re.sub(rb"%([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), text.encode())

    def keys(self, prefix):
        """All keys that begin with a prefix that is empty or ends with a slash, sorted."""
        found = []
        top = os.path.join(self._root, b"objects")
        if prefix:
            top = os.path.join(top, os.path.dirname(self.path(prefix)))
        pending = [(top, prefix.encode())]
        while pending:
            folder, before = pending.pop()
            try:
                entries = list(os.scandir(folder))
            except FileNotFoundError:
                continue
            for entry in entries:
                name = os.fsdecode(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    goes_on = name.endswith("%+")
                    part = self.unescaped(name[:-2] if goes_on else name)
                    if part is not None:
                        pending.append((entry.path, before + part + (b"" if goes_on else b"/")))
                elif name.endswith("%o"):
                    part = self.unescaped(name[:-2])
                    if part is not None:
                        found.append((before + part).decode())
        return sorted(found, key=str.encode)

    def _open(self, key):
        """The open file of an object and what its trailer says: size and checksum, a SHA-256 or a CRC-32C."""
        path = os.path.join(self._root, b"objects", self.path(key))
        data = open(path, "rb")
        try:
            length = os.fstat(data.fileno()).st_size
            need(length >= self.FOOTER.size, "object %s: it has no footer", key)
            data.seek(length - self.FOOTER.size)
            body_length, crc, version, magic = self.FOOTER.unpack(data.read())
            need(magic == b"KmeshObj", "object %s: its footer has no magic", key)
            need(version in (0, 1), "object %s: unknown version %d of the trailer", key, version)
            need(body_length <= length - self.FOOTER.size, "object %s: its trailer is too long", key)
            data.seek(length - self.FOOTER.size - body_length)
            body = data.read(body_length)
            need(zlib.crc32(body) == crc, "object %s: its trailer is damaged", key)
            fields = Bytes(body, "the trailer of %s" % key, ">")
            need(fields.take(fields.fixed(2)) == key.encode(), "object %s: its trailer is that of another key", key)
            size, digest = fields.fixed(8), fields.take(32 if version == 0 else 4)
            fields.take(8 + 8 + 4)  # generation, last modified
            for _ in range(fields.fixed(2)):
                fields.take(fields.fixed(2))
                fields.take(fields.fixed(2))
            fields.end()
            need(size + body_length + self.FOOTER.size == length, "object %s: its size is not that of its file", key)
        except BaseException:
            data.close()
            raise
        return data, size, digest

    def get(self, key, most=MOST_BOX):
        """All bytes of an object, compared with its checksum."""
        data, size, digest = self._open(key)
        with data:
            need(size <= most, "object %s: %d bytes are more than it may have", key, size)
            data.seek(0)
            content = data.read(size)
        found = crc32c(content) if len(digest) == 4 else hashlib.sha256(content).digest()
        need(found == digest, "object %s: its bytes are not those of its checksum", key)
        return content

    def get_range(self, key, offset, length):
        data, size, _ = self._open(key)
        with data:
            need(offset + length <= size, "object %s: it ends at %d, before %d", key, size, offset + length)
            data.seek(offset)
            return data.read(length)


def crc32c(data):
    """The CRC-32C (Castagnoli) of bytes, big-endian."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ byte) & 0xFF]
    return struct.pack(">I", crc ^ 0xFFFFFFFF)


def _crc32c_row(crc):
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc


CRC32C = [_crc32c_row(byte) for byte in range(256)]


# Decoding


class Bytes:
    """Bytes that are taken one field after the other."""

    def __init__(self, data, what, order="<"):
        self._data = data
        self._at = 0
        self._what = what
        self._order = "little" if order == "<" else "big"

    def take(self, count):
        need(0 <= count <= len(self._data) - self._at, "%s ends early", self._what)
        self._at += count
        return self._data[self._at - count : self._at]

    def fixed(self, count):
        return int.from_bytes(self.take(count), self._order)

    def varint(self):
        value = shift = 0
        while True:
            byte = self.fixed(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                need(byte or not shift, "%s has a varint that is not in its shortest form", self._what)
                need(value < 1 << 64, "%s has a varint of more than 64 bits", self._what)
                return value
            shift += 7
            need(shift < 70, "%s has a varint of more than 64 bits", self._what)

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def left(self):
        return len(self._data) - self._at

    def rest(self):
        return self.take(self.left())

    def end(self):
        need(not self.left(), "%s has %d bytes too many", self._what, self.left())


def parsed(data, what):
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise Damage("%s is not JSON" % what) from None
    need(isinstance(value, dict), "%s is not a JSON object", what)
    return value


def from_base64(text, what):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Damage("%s is not base64" % what) from None


def from_hex(text, count, what):
    need(isinstance(text, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * count), text), "%s is not %d bytes in hexadecimal", what, count)
    return bytes.fromhex(text)


def unzstd(data, length, what):
    """The content of exactly one zstd frame: `length` bytes, or any number below the limit of boxes when it is None."""
    found, total = [], 0
    opener = zstandard.ZstdDecompressor().decompressobj()
    try:
        for at in range(0, len(data), 1 << 16):
            need(not opener.eof, "%s has bytes behind its zstd frame", what)
            piece = opener.decompress(data[at : at + (1 << 16)])
            found.append(piece)
            total += len(piece)
            need(total <= (MOST_BOX if length is None else length), "%s is longer than it may be", what)
    except zstandard.ZstdError as error:
        raise Damage("%s is no zstd frame: %s" % (what, error)) from None
    need(opener.eof and not opener.unused_data, "%s is not one zstd frame", what)
    need(length is None or total == length, "%s has %d bytes, not %s", what, total, length)
    return b"".join(found)


# Keys (docs/format/repository.md from here on)


def expand(key, info, length):
    """HKDF-Expand of RFC 5869 with SHA-256."""
    found = block = b""
    number = 1
    while len(found) < length:
        block = hmac.digest(key, block + info + bytes([number]), "sha256")
        found += block
        number += 1
    return found[:length]


def opened(key, nonce, sealed, associated, what):
    try:
        return AESGCM(key).decrypt(nonce, bytes(sealed), associated)
    except InvalidTag:
        raise Damage("%s does not open: it is damaged, in another's place, or sealed by another key" % what) from None
    except ValueError as error:
        raise Damage("%s does not open: %s" % (what, error)) from None


def open_box(key, kind, data, path):
    """The content of a sealed object that lies at a path below the prefix."""
    what = "box " + path
    fields = Bytes(data, what)
    need(fields.take(4) == b"KMBX", "%s has no magic", what)
    version, its_kind, flags, zero = fields.take(4)
    need(version == 0 and its_kind == kind and flags in (0, 1) and zero == 0,
         "%s has an unknown version, kind or flag: %d %d %d %d", what, version, its_kind, flags, zero)  # fmt: skip
    nonce = fields.take(12)
    content = opened(key, nonce, fields.rest(), data[:8] + path.encode(), what)
    return unzstd(content, None, what) if flags & 1 else content


def open_wrapping(data, passphrase, identity, path):
    """What a wrapping holds, or None when it is of a kind that a passphrase doesn't open, or of another passphrase."""
    what = "wrapping " + path
    fields = parsed(data, what)
    need(fields.get("format") == 0, "%s has an unknown format", what)
    if fields.get("kind") != "passphrase":
        return None
    kdf = fields.get("argon2id", {})
    need(all(isinstance(kdf.get(name), int) for name in ("memoryKiB", "iterations", "lanes")), "%s has no parameters", what)
    need(8 <= kdf["memoryKiB"] <= 4 << 20 and 1 <= kdf["iterations"] <= 100 and 1 <= kdf["lanes"] <= 64, "%s has absurd parameters", what)
    salt = from_base64(kdf.get("salt"), what)
    need(len(salt) == 16, "%s has a salt of %d bytes", what, len(salt))
    key = argon2.low_level.hash_secret_raw(
        unicodedata.normalize("NFC", passphrase).encode(), salt, time_cost=kdf["iterations"], memory_cost=kdf["memoryKiB"],
        parallelism=kdf["lanes"], hash_len=32, type=argon2.low_level.Type.ID, version=0x13,
    )  # fmt: skip
    associated = ("kmesh-repository/0/%s/%s" % (identity, path)).encode()
    try:
        return AESGCM(key).decrypt(from_base64(fields.get("nonce"), what), from_base64(fields.get("sealed"), what), associated)
    except InvalidTag:
        return None


# Packs and their index

Place = collections.namedtuple("Place", "pack offset length content number")


class Packs:
    """The frames of a domain's packs."""

    MOST_KEPT = 256 << 20

    def __init__(self, store, folder, key):
        self._store = store
        self._folder = folder
        self._key = key
        self._ciphers = {}
        self._kept = collections.OrderedDict()
        self._bytes_kept = 0

    def _cipher(self, pack):
        """The cipher of a pack whose header was looked at."""
        if pack not in self._ciphers:
            header = Bytes(self._store.get_range(self.object(pack), 0, 32), "pack " + pack.hex())
            need(header.take(4) == b"KMPK", "pack %s has no magic", pack.hex())
            version, kind = header.take(2)
            need(version == 0 and kind in (1, 2) and header.take(2) == b"\0\0", "pack %s has an unknown version or type", pack.hex())
            need(header.take(16) == pack and header.take(8) == bytes(8), "pack %s has the header of another", pack.hex())
            self._ciphers[pack] = AESGCM(expand(self._key, pack, 32))
        return self._ciphers[pack]

    def object(self, pack):
        return "%s/packs/%s/%s" % (self._folder, pack[:12].hex(), pack[12:].hex())

    def chunks(self, place):
        """The chunks of a frame."""
        key = (place.pack, place.offset)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        what = "frame at %d of pack %s" % (place.offset, place.pack.hex())
        cipher = self._cipher(place.pack)
        data = self._store.get_range(self.object(place.pack), place.offset, place.length)
        chunks = self._decoded(cipher, data, place, what)
        need(sum(map(len, chunks)) == place.content, "%s has not the length that the index says", what)
        self._kept[key] = chunks
        self._bytes_kept += place.content
        while self._bytes_kept > self.MOST_KEPT and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes_kept -= sum(map(len, old))
        return chunks

    @staticmethod
    def _decoded(cipher, data, place, what):
        def part(sealed, offset, letter):
            number = offset.to_bytes(8, "big")
            try:
                return cipher.decrypt(bytes(4) + number, sealed, place.pack + number + letter)
            except (InvalidTag, ValueError):
                raise Damage("%s does not open" % what) from None

        need(len(data) >= 48, "%s is too short", what)
        header = Bytes(part(data[:32], place.offset, b"H"), what)
        codec, stride, zero = header.fixed(1), header.fixed(1), header.fixed(2)
        count, length, body_length = header.fixed(4), header.fixed(4), header.fixed(4)
        need(codec in (0, 1) and stride in (1, 2, 4, 8) and zero == 0 and count >= 1, "%s has an unknown header", what)
        need(length <= MOST_CONTENT, "%s has %d bytes of content", what, length)
        need(32 + body_length + 16 == len(data), "%s has not the length that the index says", what)
        body = Bytes(part(data[32:], place.offset + 32, b"B"), what)
        lengths = [length] if count == 1 else [body.varint() for _ in range(count)]
        need(sum(lengths) == length, "%s has chunks of other lengths", what)
        content = unzstd(body.rest(), length, what) if codec == 1 else body.rest()
        need(len(content) == length, "%s has %d bytes, not %d", what, len(content), length)
        content = unfiltered(content, stride)
        chunks, at = [], 0
        for size in lengths:
            chunks.append(content[at : at + size])
            at += size
        return chunks


def unfiltered(data, stride):
    if stride == 1:
        return data
    whole = len(data) // stride
    found = bytearray(data)
    for byte in range(stride):
        found[byte : whole * stride : stride] = data[byte * whole : (byte + 1) * whole]
    return bytes(found)


class Index:
    """Where chunks lie: all runs of a head."""

    def __init__(self):
        self._places = collections.defaultdict(list)

    def add(self, content, what):
        fields = Bytes(content, what)
        packs, frames, chunks = (fields.fixed(4) for _ in range(3))
        need(fields.left() == packs * 32 + frames * 8 + chunks * 24, "%s has not the length that it says", what)
        owners = []
        for _ in range(packs):
            pack, kind, zero, count, length = fields.take(16), fields.fixed(1), fields.take(3), fields.fixed(4), fields.fixed(8)
            need(kind in (1, 2) and zero == bytes(3), "%s has a pack of unknown type", what)
            owners.append((pack, count, length))
        need(sum(count for _, count, _ in owners) == frames, "%s has other frames than its packs", what)
        places = []
        for pack, count, total in owners:
            offset = 32
            for _ in range(count):
                length, content_length = fields.fixed(4), fields.fixed(4)
                places.append((pack, offset, length, content_length))
                offset += length
            need(offset <= total <= MOST_PACK, "%s has frames behind the end of a pack", what)
        names = fields.take(16 * chunks)
        frame_planes, number_planes = fields.take(4 * chunks), fields.take(4 * chunks)
        before = b""
        for i in range(chunks):
            name = names[16 * i : 16 * i + 16]
            need(before <= name, "%s has names out of order", what)
            before = name
            frame, number = (
                sum(planes[chunks * byte + i] << 8 * byte for byte in range(4)) for planes in (frame_planes, number_planes)
            )
            need(frame < frames, "%s has a chunk in a frame that is not there", what)
            self._places[name].append(Place(*places[frame], number))

    def find(self, name):
        return self._places.get(name[:KNOWN_BYTES], [])

    def __len__(self):
        return len(self._places)


# Trees

Entry = collections.namedtuple(
    "Entry", "name kind mode owner group mtime ctime inode device links attributes size extents chunks target numbers reference top"
)  # fmt: skip
ZERO = Entry(b"", FILE, 0, 0, 0, (0, 0), (0, 0), 0, None, 1, [], 0, None, None, None, None, None, None)


class Reader:
    """One domain of an opened repository."""

    def __init__(self, store, prefix, identity, path, fields):
        self._store = store
        self._prefix = prefix
        self.path = path
        self.identity = identity
        self.name = fields.get("name")
        key = from_base64(fields.get("key"), "the key of " + path)
        need(len(key) == 32, "the key of %s has %d bytes", path, len(key))
        need(fields.get("chunkNames") == 1, "%s names its chunks by an unknown algorithm", path)
        self._names = expand(key, b"kmesh/0/chunk-name", 32)
        self._boxes = expand(key, b"kmesh/0/object", 32)
        self._packs = Packs(store, prefix + path, expand(key, b"kmesh/0/pack", 32))
        self._index = Index()
        self.head = self._newest_head()
        doomed = [text for group in self.head.get("condemned", []) for text in group.get("packs", [])]
        self._avoided = {from_hex(text, 16, "a pack's id") for text in [*doomed, *self.head.get("gone", [])]}
        for run in self.head.get("runs", []):
            place = "%s/index/%s" % (path, run["key"])
            self._index.add(open_box(self._boxes, INDEX_RUN, store.get(prefix + place), place), "index run " + place)

    def _newest_head(self):
        folder = self.path + "/heads/"
        keys = [key for key in self._store.keys(self._prefix + folder) if re.fullmatch(r"\d{20}", key.rpartition("/")[2])]
        need(keys, "%s has no head", self.path)
        place = keys[-1][len(self._prefix) :]
        head = parsed(open_box(self._boxes, HEAD, self._store.get(keys[-1]), place), "head " + place)
        need(head.get("format") == 0, "head %s has an unknown format", place)
        need(head.get("generation") == int(place.rpartition("/")[2]), "head %s is that of generation %s", place, head.get("generation"))
        return head

    def chunk(self, name):
        """The content of a chunk whose name was computed anew."""
        problem = "chunk %s is in no index run" % name.hex()
        places = sorted(self._index.find(name), key=lambda place: place.pack in self._avoided)
        for place in places:
            try:
                chunks = self._packs.chunks(place)
                need(place.number < len(chunks), "chunk %s is behind the end of its frame", name.hex())
                content = chunks[place.number]
                if hmac.digest(self._names, content, "sha256")[:NAME_BYTES] == name:
                    return content
                problem = "chunk %s has another content where the index says it is" % name.hex()
            except (Damage, FileNotFoundError) as error:
                problem = str(error)
        raise Damage(problem)

    # Snapshots

    def snapshots(self):
        """The roots that are snapshots, oldest first."""
        found = [root for root in self.head.get("roots", []) if root.get("kind") == "snapshot"]
        return sorted(found, key=lambda root: (root["time"], root["id"]))

    def snapshot(self, wanted):
        """The root with an id (or the beginning of one), a name, or `latest`."""
        every = self.snapshots()
        if wanted == "latest" and every:
            return every[-1]
        found = [root for root in every if root["id"] == wanted] or [root for root in every if root["name"] == wanted]
        found = found or [root for root in every if root["id"].startswith(wanted)]
        need(len(found) == 1, "there is %s snapshot %s", "no" if not found else "more than one", wanted)
        return found[0]

    def manifest(self, root):
        fields = parsed(self.chunk(from_hex(root["chunk"], NAME_BYTES, "a root's chunk")), "the manifest of " + root["id"])
        need(fields.get("format") in (0, 1), "the manifest of %s has an unknown format", root["id"])
        need(fields.get("id") == root["id"], "the manifest of %s is that of %s", root["id"], fields.get("id"))
        return fields

    def top(self, manifest):
        """The entry of the top directory."""
        what = "the root of " + manifest["id"]
        fields = Bytes(from_base64(manifest.get("root"), what), what)
        entry = self._entry(fields, ZERO, what)
        fields.end()
        need(entry.kind == DIRECTORY and entry.name == b"", "%s is not a directory without a name", what)
        return entry

    # Pages

    def entries(self, directory):
        """The entries of a directory, ascending by name."""
        height, name = directory.top
        before = None
        for entry in self._below(height, name, None, None):
            need(before is None or before < entry.name, "a directory has its names out of order: %r", entry.name)
            before = entry.name
            yield entry

    def _below(self, height, name, first, count):
        what = "page %s" % name.hex()
        fields = Bytes(self.chunk(name), what)
        letter, version = fields.take(1), fields.fixed(1)
        need(version == 0 and letter == (b"I" if height else b"L"), "%s is no page of height %d", what, height)
        seen = 0
        if height:
            children = []
            for _ in range(fields.varint()):
                begins = fields.take(fields.varint())
                children.append((begins, fields.take(NAME_BYTES), fields.varint()))
            fields.end()
            need(children and first in (None, children[0][0]), "%s begins with another name", what)
            for begins, child, below in children:
                yield from self._below(height - 1, child, begins, below)
                seen += below
        else:
            entry = ZERO
            for number in range(fields.varint()):
                entry = self._entry(fields, entry, what)
                check_name(entry.name, what)
                need(number or first in (None, entry.name), "%s begins with another name", what)
                seen += 1
                yield entry
            fields.end()
        need(count in (None, seen), "%s has %d entries, not %s", what, seen, count)

    def _entry(self, fields, before, what):
        shared = fields.varint()
        need(shared <= len(before.name), "%s has a name that shares too much", what)
        name = before.name[:shared] + fields.take(fields.varint())
        kind, flags = fields.fixed(1), fields.varint()
        need(kind in KINDS, "%s has an entry of unknown type %d", what, kind)
        need(flags < 1 << 6, "%s has an entry with unknown flags %d", what, flags)
        need(kind == FILE or not flags & (SPARSE | REFERENCE), "%s has flags of a file on another", what)
        mode = before.mode if flags & SAME_MODE else fields.varint()
        need(mode <= 0o7777, "%s has a mode %o", what, mode)
        owner, group = (before.owner, before.group) if flags & SAME_OWNER else (fields.varint(), fields.varint())
        mtime = (before.mtime[0] + fields.zigzag(), fields.varint())
        ctime = (mtime[0] + fields.zigzag(), fields.varint())
        need(mtime[1] < 10**9 and ctime[1] < 10**9, "%s has a time of too many nanoseconds", what)
        inode = before.inode + fields.zigzag()
        device, links = (fields.varint(), fields.varint()) if flags & SEVERAL_NAMES else (None, 1)
        attributes = []
        if flags & ATTRIBUTES:
            for _ in range(fields.varint()):
                label = fields.take(fields.varint())
                length = fields.varint()
                if length >> 32:
                    value = self.chunk(fields.take(NAME_BYTES))
                    need(len(value) == length - (1 << 32), "%s has an attribute of another length", what)
                else:
                    value = fields.take(length)
                attributes.append((label, value))
        size = extents = chunks = target = numbers = reference = top = None
        if kind == FILE:
            size = fields.varint()
            if flags & SPARSE:
                extents, at = [], 0
                for _ in range(fields.varint()):
                    at += fields.varint()
                    length = fields.varint()
                    extents.append((at, length))
                    at += length
                need(at <= size, "%s has a file with extents behind its end", what)
            if flags & REFERENCE:
                reference = parsed(fields.take(fields.varint()), "a reference in " + what)
            else:
                chunks = self._chunk_list(fields, size if extents is None else sum(length for _, length in extents), what)
        elif kind == DIRECTORY:
            height = fields.varint()
            need(height < 64, "%s has a directory of height %d", what, height)
            top = (height, fields.take(NAME_BYTES))
        elif kind == SYMLINK:
            target = fields.take(fields.varint())
        elif kind in (CHARACTER, BLOCK):
            numbers = (fields.varint(), fields.varint())
        return Entry(name, kind, mode, owner, group, mtime, ctime, inode, device, links, attributes, size, extents, chunks,
                     target, numbers, reference, top)  # fmt: skip

    @staticmethod
    def _chunk_list(fields, length, what):
        """Depth, length, and pairs of length and name whose lengths add up; list pages are read when they are needed."""
        count, depth = fields.varint(), fields.varint()
        need(depth < 8, "%s has a chunk list of depth %d", what, depth)
        need(count <= fields.left(), "%s has a chunk list that is too long", what)
        pairs = []
        for _ in range(count):
            part = length if count == 1 and depth == 0 else fields.varint()
            pairs.append((part, fields.take(NAME_BYTES)))
        need(sum(part for part, _ in pairs) == length, "%s has a chunk list of %d bytes, not %d", what, sum(p for p, _ in pairs), length)
        return depth, length, pairs

    def content(self, chunks):
        """The chunks of a file, one after the other."""
        depth, length, pairs = chunks
        total = 0
        for size, name in pairs:
            if depth:
                for data in self.content(self._list_page(name, depth - 1, size)):
                    total += len(data)
                    yield data
                continue
            data = self.chunk(name)
            need(len(data) == size, "chunk %s has %d bytes, not %d", name.hex(), len(data), size)
            total += size
            yield data
        need(total == length, "a file has %d bytes of chunks, not %d", total, length)

    def _list_page(self, name, depth, length):
        what = "list page %s" % name.hex()
        fields = Bytes(self.chunk(name), what)
        need(fields.take(1) == b"C" and fields.fixed(1) == 0, "%s is no list page", what)
        need(fields.varint() == length, "%s is not of %d bytes", what, length)
        page = self._chunk_list(fields, length, what)
        need(page[0] == depth, "%s has depth %d, not %d", what, page[0], depth)
        fields.end()
        return page

    # Released files whose bytes a snapshot only refers to (docs/format/hsm-catalog.md)

    def archived(self, entry):
        """A file with the bytes that its reference means, and ""; or None and why there are none."""
        reference, what = entry.reference, "the reference of %r" % entry.name
        need(reference.get("format") == 0, "%s has an unknown format %s", what, reference.get("format"))
        archive = reference.get("archive")
        need(isinstance(archive, int), "%s has no archive", what)
        catalogs = [root for root in self.head.get("roots", []) if self._is_catalog(root, reference)]
        if not catalogs:
            return None, "its bytes are in archive %d of %s, not here" % (archive, reference.get("fileSystem"))
        receipt = self._receipt(reference["receipt"], what) if "receipt" in reference else None
        name = fid_name(reference.get("fid"), what)
        catalogs.sort(key=lambda root: (root["id"] != "%s-%d" % (root.get("instance"), archive), root["id"]))
        had = set()
        for root in catalogs:
            found = self._find(self._catalog(root), name) if root.get("instance") not in had else None
            if found is None:
                continue
            had.add(root.get("instance"))
            need(found.kind == FILE and found.reference is None, "catalog %s has an entry of another form: %s", root["id"], name.decode())
            labels = dict(found.attributes)
            if receipt is not None:
                same = labels.get(b"kmesh.sha256") == receipt
            else:
                same = "instance" in reference and labels.get(b"kmesh.version") == bytes(8)
            if same and found.size == entry.size:
                return entry._replace(extents=found.extents, chunks=found.chunks, reference=None), ""
        if had:
            return None, "its archive has another content of it, or one that can't be proved to be the same"
        return None, "its archive does not have it any more"

    @staticmethod
    def _is_catalog(root, reference):
        same = ("instance", "instance") if "instance" in reference else ("name", "fileSystem")
        return (root.get("kind") == "hsm" and root.get("archive") == str(reference["archive"])
                and root.get(same[0]) == reference.get(same[1]))  # fmt: skip

    def _catalog(self, root):
        """The height and the top page of a catalog's entries."""
        what = "the catalog " + root["id"]
        fields = parsed(self.chunk(from_hex(root["chunk"], NAME_BYTES, "a root's chunk")), what)
        need(fields.get("format") == 0, "%s has an unknown format", what)
        need(fields.get("catalog") == root["id"], "%s is that of %s", what, fields.get("catalog"))
        return fields["height"], from_hex(fields.get("page"), NAME_BYTES, "the page of " + what)

    def _find(self, top, name):
        """The entry of a name below a page, or None; reads one page of each height."""
        height, page = top
        while height:
            fields = Bytes(self.chunk(page), "page " + page.hex())
            need(fields.take(2) == b"I\0", "page %s is no page of height %d", page.hex(), height)
            children = []
            for _ in range(fields.varint()):
                children.append((fields.take(fields.varint()), fields.take(NAME_BYTES)))
                fields.varint()
            fields.end()
            before = [child for begins, child in children if begins <= name]
            if not before:
                return None
            height, page = height - 1, before[-1]
        return next((entry for entry in self._below(0, page, None, None) if entry.name == name), None)

    @staticmethod
    def _receipt(text, what):
        """The SHA-256 that a receipt has (docs/format/receipt.md)."""
        data = from_base64(text, what)
        fields = Bytes(data, "the receipt in " + what, ">")
        need(fields.take(4) == b"KMRC" and fields.fixed(1) == 0, "%s has a receipt of an unknown form", what)
        fields.take(16 + 8 + 8)
        digest = fields.take(32)
        for _ in range(3):
            fields.take(fields.fixed(2))
        need(crc32c(data[:-4]) == fields.take(4), "%s has a damaged receipt", what)
        fields.end()
        return digest

    def check(self, directory, path=b""):
        """Reads all below a directory; returns how many entries and bytes."""
        count = total = 0
        for entry in self.entries(directory):
            count += 1
            if entry.kind == FILE and entry.chunks is not None:
                total += sum(len(data) for data in self.content(entry.chunks))
            elif entry.kind == DIRECTORY:
                below = self.check(entry, path + b"/" + entry.name)
                count, total = count + below[0], total + below[1]
        return count, total


def fid_name(text, what):
    """The name of a file's entry in a catalog."""
    match = re.fullmatch(r"\[0x([0-9a-f]{1,16}):0x([0-9a-f]{1,8}):0x([0-9a-f]{1,8})\]", text if isinstance(text, str) else "")
    need(match, "%s has no FID", what)
    return b"%016x%08x%08x" % tuple(int(part, 16) for part in match.groups())


def check_name(name, what):
    need(name not in (b"", b".", b"..") and b"/" not in name and b"\0" not in name and len(name) <= 255, "%s has a bad name: %r", what, name)


def open_repository(store, prefix, passphrase, domain=None):
    """Reads the keys of a repository, and the domain with a name or an id, or the only one."""
    marker = parsed(store.get(prefix + "kmesh-repository", 1 << 16), "the marker")
    need(marker.get("format") == 0, "the repository has the unknown format %s", marker.get("format"))
    identity = marker.get("repository")
    from_hex(identity, 16, "the repository's id")
    found = {}
    # Every wrapping by a passphrase is tried, newest generation first; a derivation is slow, so that one is enough.
    wrappings = []
    for key in store.keys(prefix + "keys/"):
        match = re.fullmatch(r"keys/([1-9]\d*)-(.+)", key[len(prefix) :])
        if match:
            wrappings.append((int(match[1]), key))
    domains = collections.defaultdict(dict)
    grants = []
    for key in store.keys(prefix + "domains/"):
        path = key[len(prefix) :]
        match = re.fullmatch(r"(domains/[0-9a-f]{16})/key-([1-9]\d*)", path)
        if match:
            domains[match[1]][int(match[2])] = key
        elif re.fullmatch(r"domains/[0-9a-f]{16}/grants/.+", path):
            grants.append(path)
    for generation, key in sorted(wrappings, reverse=True):
        if generation not in found:
            secret = open_wrapping(store.get(key, 1 << 20), passphrase, identity, key[len(prefix) :])
            if secret is not None:
                need(len(secret) == 32, "%s holds %d bytes", key, len(secret))
                found[generation] = secret
                if all(generation in keys for keys in domains.values()):
                    break
    opened_domains = {}
    for path, keys in domains.items():
        usable = [generation for generation in sorted(keys, reverse=True) if generation in found]
        if usable:
            place = "%s/key-%d" % (path, usable[0])
            fields = open_box(found[usable[0]], DOMAIN_KEY, store.get(prefix + place, 1 << 20), place)
            opened_domains[path] = parsed(fields, place)
    for path in grants:
        folder = path.partition("/grants/")[0]
        if folder not in opened_domains:
            data = open_wrapping(store.get(prefix + path, 1 << 20), passphrase, identity, path)
            if data is not None:
                opened_domains[folder] = parsed(data, path)
    need(opened_domains, "no key of the repository opens with this passphrase")
    wanted = [
        path for path, fields in opened_domains.items() if domain in (None, fields.get("name"), path.rpartition("/")[2])
    ]  # fmt: skip
    names = ", ".join(sorted(str(fields.get("name")) for fields in opened_domains.values()))
    need(len(wanted) == 1, "choose one of the domains: %s", names)
    return Reader(store, prefix, identity, wanted[0], opened_domains[wanted[0]])


# Restoring


class Restorer:
    """Writes a tree below a folder that is there and empty. All is relative to open folders; no link is followed."""

    def __init__(self, reader, say):
        self._reader = reader
        self._say = say
        self._known = {}
        self._privileged = os.geteuid() == 0
        self.entries = 0
        self.bytes = 0

    def restore(self, top, target):
        folder = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        self._target = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            need(not os.listdir(folder), "%s is not empty", target)
            self._folder(top, folder, b"")
            self._facts(top, folder)
        finally:
            os.close(folder)
            os.close(self._target)

    def _folder(self, directory, folder, path):
        for entry in self._reader.entries(directory):
            self.entries += 1
            below = path + entry.name
            known = self._known.get((entry.device, entry.inode)) if entry.device is not None else None
            if known is not None:
                os.link(known, entry.name, src_dir_fd=self._target, dst_dir_fd=folder, follow_symlinks=False)
                continue
            if entry.kind == DIRECTORY:
                os.mkdir(entry.name, 0o700, dir_fd=folder)
                inner = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                try:
                    self._folder(entry, inner, below + b"/")
                    self._facts(entry, inner)
                finally:
                    os.close(inner)
                continue
            if entry.kind == FILE:
                if entry.reference is not None:
                    found, reason = self._reader.archived(entry)
                    if found is None:
                        self._say("%r is left out: %s" % (below, reason))
                        continue
                    entry = found
                self._file(entry, folder)
            elif entry.kind == SYMLINK:
                os.symlink(entry.target, entry.name, dir_fd=folder)
                self._link_facts(entry, folder)
            else:
                self._special(entry, folder, below)
            if entry.device is not None:
                self._known[entry.device, entry.inode] = below

    def _file(self, entry, folder):
        out = os.open(entry.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        try:
            extents = [(0, entry.size)] if entry.extents is None else list(entry.extents)
            number = at = 0
            for data in self._reader.content(entry.chunks):
                view = memoryview(data)
                while view:
                    while at == extents[number][1]:
                        number, at = number + 1, 0
                    part = view[: extents[number][1] - at]
                    written = os.pwrite(out, part, extents[number][0] + at)
                    at += written
                    view = view[written:]
                self.bytes += len(data)
            os.ftruncate(out, entry.size)
            self._facts(entry, out)
        finally:
            os.close(out)

    def _special(self, entry, folder, path):
        try:
            if entry.kind == FIFO:
                os.mkfifo(entry.name, 0o600, dir_fd=folder)
            elif entry.kind == SOCKET:
                os.mknod(entry.name, 0o600 | stat.S_IFSOCK, dir_fd=folder)
            else:
                os.mknod(entry.name, 0o600 | KINDS[entry.kind], os.makedev(*entry.numbers), dir_fd=folder)
        except PermissionError as error:
            self._say("%r could not be made: %s" % (path, error.strerror))
            return
        # Opening one may wait for ever; by its name, which nobody else changes here.
        if self._privileged:
            os.chown(entry.name, entry.owner, entry.group, dir_fd=folder, follow_symlinks=False)
        os.chmod(entry.name, entry.mode, dir_fd=folder)
        self._named_attributes(entry, folder)
        os.utime(entry.name, ns=times(entry), dir_fd=folder, follow_symlinks=False)

    def _link_facts(self, entry, folder):
        if self._privileged:
            os.chown(entry.name, entry.owner, entry.group, dir_fd=folder, follow_symlinks=False)
        self._named_attributes(entry, folder)
        os.utime(entry.name, ns=times(entry), dir_fd=folder, follow_symlinks=False)

    def _named_attributes(self, entry, folder):
        for label, value in entry.attributes:
            if not label.startswith(b"kmesh."):
                path = b"/proc/self/fd/%d/%s" % (folder, entry.name)
                self._attribute(lambda: os.setxattr(path, label, value, follow_symlinks=False), label, entry)

    def _facts(self, entry, descriptor):
        if self._privileged:
            os.fchown(descriptor, entry.owner, entry.group)
        os.fchmod(descriptor, entry.mode)
        for label, value in entry.attributes:
            if not label.startswith(b"kmesh."):
                self._attribute(lambda: os.setxattr(descriptor, label, value), label, entry)
        os.utime(descriptor, ns=times(entry))

    def _attribute(self, job, label, entry):
        try:
            job()
        except OSError as error:
            self._say("attribute %r of %r could not be set: %s" % (label, entry.name, error.strerror))


def times(entry):
    moment = entry.mtime[0] * 10**9 + entry.mtime[1]
    return moment, moment


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", required=True, help="the folder of the directory store, or file: and it")
    parser.add_argument("--prefix", default="", help="the repository's prefix in the store, with its slash at the end")
    parser.add_argument("--password-file", required=True, help="its first line is the passphrase")
    parser.add_argument("--domain", help="name or id, when there are several")
    jobs = parser.add_subparsers(dest="job", required=True)
    jobs.add_parser("list", help="all snapshots")
    for name, text in (("check", "read a snapshot, or all"), ("restore", "write a snapshot into an empty or new folder")):
        job = jobs.add_parser(name, help=text)
        job.add_argument("snapshot", nargs="?" if name == "check" else None, help="id, name or latest")
        if name == "restore":
            job.add_argument("target")
    options = parser.parse_args()
    folder = re.sub(r"^file:(?://(?=/))?", "", options.repo)
    try:
        with open(options.password_file, encoding="utf-8") as lines:
            passphrase = lines.readline().rstrip("\r\n")
        reader = open_repository(DirectoryStore(folder), options.prefix, passphrase, options.domain)
        if options.job == "list":
            for root in reader.snapshots():
                manifest = reader.manifest(root)
                print(json.dumps({k: v for k, v in manifest.items() if k != "root"}, ensure_ascii=True))
        elif options.job == "check":
            for root in [reader.snapshot(options.snapshot)] if options.snapshot else reader.snapshots():
                count, total = reader.check(reader.top(reader.manifest(root)))
                print("%s: %d entries, %d bytes" % (root["id"], count, total))
        else:
            os.makedirs(options.target, exist_ok=True)
            restorer = Restorer(reader, lambda text: print(text, file=sys.stderr))
            restorer.restore(reader.top(reader.manifest(reader.snapshot(options.snapshot))), options.target)
            print("%d entries, %d bytes" % (restorer.entries, restorer.bytes))
    except (Damage, OSError) as error:
        print("Cannot %s: %s" % (options.job, error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
