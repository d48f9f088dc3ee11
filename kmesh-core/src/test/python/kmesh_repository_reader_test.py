#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests the reader beside it, on repositories that this file writes by docs/format, as small as they can be.

The trees have all kinds of entries; the repositories have every codec, filter, depth and height. Then each object is
damaged, cut short and put into another's place, and the reader has to say so.
"""

import base64
import contextlib
import hashlib
import hmac
import io
import json
import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import types
import zlib

import argon2.low_level
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import kmesh_repository_reader as reader

PASSPHRASE = "caf\u00e9 \U0001f512"
DOMAIN = "00112233445566ff"


class Store:
    """Writes objects of a directory store."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        (self.root / "objects").mkdir(parents=True)
        (self.root / "kmesh-store").write_text("kmesh directory store\nformat 0\n")

    def path(self, key):
        return self.root / "objects" / os.fsdecode(reader.DirectoryStore.path(key))

    def put(self, key, data):
        name = key.encode()
        body = struct.pack(">H", len(name)) + name + struct.pack(">Q", len(data)) + hashlib.sha256(data).digest()
        body += struct.pack(">QqIH", 5, 1, 2, 1) + b"\0\1a\0\1b"
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data + body + struct.pack(">III8s", len(body), zlib.crc32(body), 0, b"KmeshObj"))


def varint(value):
    found = b""
    while value >= 0x80:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])


def zigzag(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def blob(data):
    return varint(len(data)) + data


def filtered(data, stride):
    whole = len(data) // stride * stride
    return b"".join(data[byte:whole:stride] for byte in range(stride)) + data[whole:]


class Writer:
    """A repository of one domain. Chunks have a fixed, odd size; frames change their codec and filter in turn."""

    CHUNK, PAGE, LIST = 5000, 7, 3

    def __init__(self, root, seed=1, prefix=""):
        self.store = Store(root)
        self.prefix = prefix
        self.random = random.Random(seed)
        self.identity = self.random.randbytes(16).hex()
        self.folder = "domains/" + DOMAIN
        self.put("kmesh-repository", json.dumps({"format": 0, "repository": self.identity, "more": []}).encode())
        repository_key = self.random.randbytes(32)
        self.wrap("keys/1-old", self.random.randbytes(32), "another passphrase")
        self.wrap("keys/2-me", repository_key, PASSPHRASE)
        key = self.random.randbytes(32)
        fields = {"name": "lab", "key": base64.b64encode(key).decode(), "chunkNames": 1, "chunking": {}}
        self.put_box(repository_key, 1, self.folder + "/key-2", json.dumps(fields).encode())
        self.names = reader.expand(key, b"kmesh/0/chunk-name", 32)
        self.boxes = reader.expand(key, b"kmesh/0/object", 32)
        self.pack_key = reader.expand(key, b"kmesh/0/pack", 32)
        self.session = self.random.randbytes(12)
        self.pending = {1: [], 2: []}
        self.released = {}
        self.attributes = {}
        self.seen = set()
        self.runs = []
        self.counter = 0

    def put(self, path, data):
        self.store.put(self.prefix + path, data)

    def wrap(self, path, secret, passphrase):
        salt, nonce = self.random.randbytes(16), self.random.randbytes(12)
        key = argon2.low_level.hash_secret_raw(
            passphrase.encode(), salt, 1, 64, 1, 32, argon2.low_level.Type.ID, 0x13
        )  # fmt: skip
        sealed = AESGCM(key).encrypt(nonce, secret, ("kmesh-repository/0/%s/%s" % (self.identity, path)).encode())
        text = lambda data: base64.b64encode(data).decode()
        self.put(path, json.dumps({
            "format": 0, "kind": "passphrase", "name": "me", "nonce": text(nonce), "sealed": text(sealed),
            "argon2id": {"memoryKiB": 64, "iterations": 1, "lanes": 1, "salt": text(salt)},
        }).encode())  # fmt: skip

    def put_box(self, key, kind, path, content, compressed=False):
        head = b"KMBX" + bytes([0, kind, compressed, 0])
        nonce = self.random.randbytes(12)
        content = zstandard.ZstdCompressor().compress(content) if compressed else content
        self.put(path, head + nonce + AESGCM(key).encrypt(nonce, content, head + path.encode()))

    # Chunks

    def chunk(self, data, kind=1):
        name = hmac.digest(self.names, data, "sha256")[:24]
        if name not in self.seen:
            self.seen.add(name)
            self.pending[kind].append((name, data))
        return name

    def chunk_list(self, data):
        pairs = [(len(data[at : at + self.CHUNK]), self.chunk(data[at : at + self.CHUNK])) for at in range(0, len(data), self.CHUNK)]
        depth = 0
        while len(pairs) > self.LIST:
            pages = []
            for at in range(0, len(pairs), self.LIST):
                part = pairs[at : at + self.LIST]
                size = sum(length for length, _ in part)
                pages.append((size, self.chunk(b"C\0" + varint(size) + self.pairs(part, depth), 2)))
            pairs, depth = pages, depth + 1
        return self.pairs(pairs, depth)

    @staticmethod
    def pairs(pairs, depth):
        if len(pairs) == 1 and depth == 0:
            return b"\1\0" + pairs[0][1]
        return varint(len(pairs)) + varint(depth) + b"".join(varint(size) + name for size, name in pairs)

    def flush(self):
        """Packs all pending chunks, and one index run for them."""
        packs, frames, chunks = [], [], []
        for kind, pending in self.pending.items():
            for half in (pending[: len(pending) // 2], pending[len(pending) // 2 :]):
                if half:
                    self.pack(kind, half, packs, frames, chunks)
        self.pending = {1: [], 2: []}
        chunks.sort()
        content = struct.pack("<III", len(packs), len(frames), len(chunks)) + b"".join(packs)
        content += b"".join(struct.pack("<II", *frame) for frame in frames) + b"".join(name[:16] for name, _, _ in chunks)
        for column in (1, 2):
            content += b"".join(bytes([chunk[column] >> 8 * byte & 255]) for byte in range(4) for chunk in chunks)
        key = "%s/%08x" % (self.session.hex(), len(self.runs))
        self.put_box(self.boxes, 3, "%s/index/%s" % (self.folder, key), content, len(self.runs) % 2 == 0)
        self.runs.insert(0, {"key": key, "chunks": len(chunks), "type": 1})

    def pack(self, kind, pending, packs, frames, chunks):
        pack = self.session + struct.pack(">I", self.counter)
        self.counter += 1
        cipher = AESGCM(reader.expand(self.pack_key, pack, 32))
        data = b"KMPK" + bytes([0, kind, 0, 0]) + pack + bytes(8)

        def frame(codec, stride, count, length, body):
            for letter, part in ((b"H", struct.pack("<BBHIII", codec, stride, 0, count, length, len(body))), (b"B", body)):
                offset = len(frame.data).to_bytes(8, "big")
                frame.data += cipher.encrypt(bytes(4) + offset, part, pack + offset + letter)

        frame.data = data
        before = len(frames)
        while pending:
            count = self.random.choice((1, 1, 2, 5))
            part, pending = pending[:count], pending[count:]
            content = b"".join(chunk for _, chunk in part)
            stride, codec = self.random.choice((1, 2, 4, 8)), self.random.choice((0, 1))
            body = filtered(content, stride)
            body = zstandard.ZstdCompressor().compress(body) if codec else body
            if len(part) > 1:
                body = b"".join(varint(len(chunk)) for _, chunk in part) + body
            at = len(frame.data)
            frame(codec, stride, len(part), len(content), body)
            chunks += [(name, len(frames), number) for number, (name, _) in enumerate(part)]
            frames.append((len(frame.data) - at, len(content)))
        padding = -(len(frame.data) + 48) % 4096
        frame(255, 1, 0, 0, bytes(padding))
        assert len(frame.data) % 4096 == 0
        packs.append(pack + bytes([kind, 0, 0, 0]) + struct.pack("<IQ", len(frames) - before, len(frame.data)))
        self.put("%s/packs/%s/%08x" % (self.folder, pack[:12].hex(), self.counter - 1), frame.data)

    # Trees

    def directory(self, path):
        """The height and top page of a directory of the file system."""
        entries = []
        for name in sorted(os.listdir(path)):
            full = os.path.join(path, name)
            facts = os.lstat(full)
            entries.append((name, facts, self.content(full, facts)))
        return self.pages(entries)

    def pages(self, entries):
        """The height and top page of entries: names, facts, contents with flags."""
        level = []
        for at in range(0, max(1, len(entries)), self.PAGE):
            part, before = entries[at : at + self.PAGE], None
            page = b"L\0" + varint(len(part))
            for name, facts, content in part:
                page += self.entry(name, facts, content, before)
                before = (name, facts)
            level.append((part[0][0] if part else b"", self.chunk(page, 2), len(part)))
        height = 0
        while len(level) > 1:
            above = []
            for at in range(0, len(level), 3):
                part = level[at : at + 3]
                page = b"I\0" + varint(len(part)) + b"".join(blob(name) + chunk + varint(count) for name, chunk, count in part)
                above.append((part[0][0], self.chunk(page, 2), sum(count for _, _, count in part)))
            level, height = above, height + 1
        return varint(height) + level[0][1]

    def content(self, path, facts):
        """The content of an entry and its flags for holes and references."""
        if path in self.released:
            return 32, varint(facts.st_size) + blob(json.dumps(self.released[path]).encode())
        kind = facts.st_mode & 0o170000
        if kind == 0o040000:
            return 0, self.directory(path)
        if kind == 0o120000:
            return 0, blob(os.readlink(path))
        if kind in (0o020000, 0o060000):
            return 0, varint(os.major(facts.st_rdev)) + varint(os.minor(facts.st_rdev))
        if kind != 0o100000:
            return 0, b""
        data = pathlib.Path(os.fsdecode(path)).read_bytes()
        if facts.st_blocks * 512 >= facts.st_size:
            return 0, varint(len(data)) + self.chunk_list(data)
        extents, at = [], 0
        with open(path, "rb") as file:
            while at < len(data):
                try:
                    begin = os.lseek(file.fileno(), at, os.SEEK_DATA)
                except OSError:
                    break
                at = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
                extents.append((begin, at))
        parts, end = varint(len(extents)), 0
        for begin, stop in extents:
            parts += varint(begin - end) + varint(stop - begin)
            end = stop
        return 16, varint(len(data)) + parts + self.chunk_list(b"".join(data[a:b] for a, b in extents))

    def entry(self, name, facts, content, before):
        sparse, content = content
        kind = {0o100000: 1, 0o040000: 2, 0o120000: 3, 0o010000: 4, 0o140000: 5, 0o020000: 6, 0o060000: 7}[facts.st_mode & 0o170000]
        other, old = before or (b"", None)
        shared = len(os.path.commonprefix([name, other]))
        mode = facts.st_mode & 0o7777
        owner = (facts.st_uid, facts.st_gid)
        labels = self.attributes.get((facts.st_dev, facts.st_ino), [])
        attributes = [blob(label.encode()) + self.value(value) for label, value in labels]
        several = kind != 2 and facts.st_nlink > 1
        flags = sparse | (2 if mode == (old.st_mode & 0o7777 if old else 0) else 0) | (4 if attributes else 0) | (8 if several else 0)
        flags |= owner == ((old.st_uid, old.st_gid) if old else (0, 0))
        seconds, nanos = divmod(facts.st_mtime_ns, 10**9)
        changed, changed_nanos = divmod(facts.st_ctime_ns, 10**9)
        found = varint(shared) + blob(name[shared:]) + bytes([kind]) + varint(flags)
        found += b"" if flags & 2 else varint(mode)
        found += b"" if flags & 1 else varint(owner[0]) + varint(owner[1])
        found += zigzag(seconds - (old.st_mtime_ns // 10**9 if old else 0)) + varint(nanos)
        found += zigzag(changed - seconds) + varint(changed_nanos) + zigzag(facts.st_ino - (old.st_ino if old else 0))
        found += varint(facts.st_dev) + varint(facts.st_nlink) if several else b""
        found += varint(len(attributes)) + b"".join(attributes) if attributes else b""
        return found + content

    def value(self, value):
        return blob(value) if len(value) < 100 else varint((1 << 32) + len(value)) + self.chunk(value)

    def catalog(self, instance, archive, files, time, other=None):
        """The root of a catalog of an archive that has files: FID (as a name), bytes, data version, whether a checksum."""
        entries = []
        for number, (name, path, version, has_sum) in enumerate(files):
            data = pathlib.Path(os.fsdecode(path)).read_bytes()
            labels = [("kmesh.path", path), ("kmesh.sha256", hashlib.sha256(data).digest()), ("kmesh.version", version.to_bytes(8, "big"))]
            self.attributes[-1, number] = labels if has_sum else [labels[0], labels[2]]
            facts = types.SimpleNamespace(st_mode=0o100640, st_uid=3, st_gid=4, st_mtime_ns=5, st_ctime_ns=6, st_dev=-1,
                                          st_ino=number, st_nlink=1, st_size=len(data))  # fmt: skip
            entries.append((name, facts, self.content(path, os.stat(path))))
        top = self.pages(sorted(entries, key=lambda entry: entry[0]))
        identity = other or "%s-%d" % (instance, archive)
        fields = {"format": 0, "catalog": identity, "fileSystem": "lab", "instance": instance, "archive": archive, "time": time,
                  "height": top[0], "page": top[1:].hex()}  # fmt: skip
        chunk = self.chunk(json.dumps(fields).encode(), 2)
        self.flush()
        return {"kind": "hsm", "name": "lab", "id": identity, "time": time, "chunk": chunk.hex(), "instance": instance,
                "archive": str(archive)}  # fmt: skip

    def snapshot(self, path, label, time):
        path = os.fsencode(path)
        self.attributes = {}
        for folder, folders, names in os.walk(path):
            for full in [folder, *(os.path.join(folder, n) for n in folders + names)]:
                facts = os.lstat(full)
                found = [(k, os.getxattr(full, k, follow_symlinks=False)) for k in os.listxattr(full, follow_symlinks=False)]
                if found:
                    self.attributes[facts.st_dev, facts.st_ino] = [*found, ("kmesh.project", b"7"), ("kmesh.reference", b"{}")]
        top = self.entry(b"", os.lstat(path), (0, self.directory(path)), None)
        fields = {"format": 0, "id": label * 8, "name": label, "time": "2026-01-01T00:00:00Z", "root": base64.b64encode(top).decode()}
        chunk = self.chunk(json.dumps(fields).encode(), 2)
        self.flush()
        return {"kind": "snapshot", "name": label, "id": label * 8, "time": time, "chunk": chunk.hex()}

    def head(self, number, roots, **more):
        fields = {"format": 0, "generation": number, "attempt": "0" * 32, "recent": [], "roots": roots, "runs": self.runs,
                  "sessions": [{"id": "5" * 24, "began": 1, "host": "h", "holds": [], "knows": 1}],
                  "condemned": [{"since": 1, "packs": ["ff" * 16]}], "gone": ["ee" * 16], **more}  # fmt: skip
        self.put_box(self.boxes, 2, "%s/heads/%020d" % (self.folder, number), json.dumps(fields).encode(), number % 2 == 1)


def make_tree(root):
    chooser = random.Random(3)
    os.makedirs(root + "/deep/er")
    os.mkdir(root + "/empty")
    os.mkdir(root + "/many")
    for number in range(100):
        path = "%s/many/file-%03d" % (root, number)
        pathlib.Path(path).write_bytes(chooser.randbytes(number * 7 % 300))
        os.chmod(path, 0o644 if number % 3 else 0o4711)
    pathlib.Path(root, "large").write_bytes(chooser.randbytes(61234))
    pathlib.Path(root, "words").write_bytes(b"to be or not to be " * 1000)
    pathlib.Path(root, "nothing").write_bytes(b"")
    with open(os.fsencode(root) + b"/deep/\xff\n name", "wb") as out:
        out.write(b"odd")
    with open(root + "/sparse", "wb") as out:
        out.write(b"begin")
        out.seek(1 << 20)
        out.write(chooser.randbytes(9000))
        out.truncate(3 << 20)
    os.symlink("../no/where", root + "/deep/er/link")
    os.link(root + "/large", root + "/deep/er/other name of large")
    os.mkfifo(root + "/pipe", 0o640)
    with socket.socket(socket.AF_UNIX) as listening:
        before = os.getcwd()
        os.chdir(root)
        listening.bind("socket")
        os.chdir(before)
    with contextlib.suppress(OSError):
        os.setxattr(root + "/words", "user.note", b"short")
        os.setxattr(root + "/deep", "user.long", chooser.randbytes(500))
    if os.geteuid() == 0:
        os.chown(root + "/words", 1234, 5678)
        with contextlib.suppress(OSError):
            os.mknod(root + "/device", 0o600 | 0o020000, os.makedev(1, 3))
    moment = -5 * 10**9 + 123456789
    for folder, folders, names in os.walk(root, topdown=False):
        for name in [*names, *folders]:
            os.utime(os.path.join(folder, name), ns=(moment, moment), follow_symlinks=False)
            moment += 97 * 10**9 + 1
    os.utime(root, ns=(moment, moment))


def facts_of(root):
    """All of a tree that a restore has to give back."""
    found, inodes = {}, {}
    root = os.fsencode(root)
    for folder, folders, names in os.walk(root):
        for full in [folder, *(os.path.join(folder, n) for n in sorted(folders + names))]:
            s = os.lstat(full)
            kind = s.st_mode & 0o170000
            data = os.readlink(full) if kind == 0o120000 else b""
            if kind == 0o100000:
                with open(full, "rb") as file:
                    data = file.read()
            labels = sorted(os.listxattr(full, follow_symlinks=False))
            attributes = [(label, os.getxattr(full, label, follow_symlinks=False)) for label in labels]
            group = inodes.setdefault(s.st_ino, full[len(root):]) if kind != 0o040000 else None
            sparse = kind == 0o100000 and s.st_blocks * 512 < s.st_size
            owner = (s.st_uid, s.st_gid)
            found[full[len(root) :]] = (s.st_mode, owner, s.st_mtime_ns, s.st_rdev, data, attributes, group, sparse)
    return found


def run(store, *words, password):
    command = [sys.executable, reader.__file__, "--repo", str(store), "--password-file", password, *words]
    return subprocess.run(command, capture_output=True, text=True)


def test_vectors():
    """What others computed: RFC 5869 case 1 (expand), RFC 9106 has the same library as all, the store's table of keys."""
    prk = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    okm = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    assert reader.expand(prk, bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"), 42).hex() == okm
    for key, path in {
        "a": "a%o", "a/b": "a/b%o", "a/": "a/%-%o", "/": "%-/%-%o", "a//b": "a/%-/b%o", "../x": "%2E./x%o", ".hidden": "%2Ehidden%o",
        "v1.2/ä b%": "v1.2/%C3%A4%20b%25%o", "x" * 250: "x" * 200 + "%+/" + "x" * 50 + "%o", "x" * 200: "x" * 200 + "%+/%-%o",
        "x" * 200 + "/y": "x" * 200 + "%+/%-/y%o",
    }.items():  # fmt: skip
        assert reader.DirectoryStore.path(key) == path.encode(), key
    for stride in (1, 2, 4, 8):
        for length in (0, 1, 7, 8, 9, 1003):
            data = random.Random(length).randbytes(length)
            assert reader.unfiltered(filtered(data, stride), stride) == data
    assert filtered(b"abcdefg", 2) == b"acebdfg"


def test_golden_store(folder):
    """The store that Kmesh's own build made."""
    vector = pathlib.Path(__file__).parents[1] / "resources" / "io" / "kmesh" / "store" / "directory-store-0"
    found = list(vector.rglob("kmesh-store"))
    assert found, vector
    store = reader.DirectoryStore(str(found[0].parent))
    keys = store.keys("")
    assert len(keys) == 4, keys
    for key in keys:
        store.get(key)


def test_round_trip(folder, prefix):
    tree, store = folder + "/tree", folder + "/store"
    make_tree(tree)
    writer = Writer(store, prefix=prefix)
    first = writer.snapshot(tree, "a", 1)
    pathlib.Path(tree, "words").write_bytes(b"other words")
    second = writer.snapshot(tree, "b", 2)
    writer.head(8, [first])
    writer.head(9, [second, {"kind": "copy", "name": "x"}, first])
    password = folder + "/password"
    # The first line counts, and its form of composition does not.
    pathlib.Path(password).write_text("cafe\u0301 \U0001f512\nmore\n")
    arguments = ["--prefix", prefix]
    listed = run(store, *arguments, "list", password=password)
    assert [json.loads(line)["name"] for line in listed.stdout.splitlines()] == ["a", "b"], listed
    checked = run("file://" + store, *arguments, "check", password=password)
    assert checked.returncode == 0 and checked.stdout.count("entries") == 2, checked
    restored = folder + "/restored"
    done = run("file:" + store, *arguments, "--domain", "lab", "restore", "latest", restored, password=password)
    assert done.returncode == 0, done
    one, two = facts_of(tree), facts_of(restored)
    assert one.keys() == two.keys(), one.keys() ^ two.keys()
    for path in one:
        assert one[path] == two[path], (path, one[path][:4], two[path][:4])
    again = run(store, *arguments, "restore", "a", restored, password=password)
    assert again.returncode == 1 and "is not empty" in again.stderr, again
    older = folder + "/older"
    assert run(store, *arguments, "restore", "aaaaaaaa", older, password=password).returncode == 0
    assert pathlib.Path(older, "words").read_bytes() == b"to be or not to be " * 1000
    pathlib.Path(password).write_text("wrong\n")
    wrong = run(store, *arguments, "list", password=password)
    assert wrong.returncode == 1 and "opens with this passphrase" in wrong.stderr, wrong


def receipt(data):
    """As docs/format/receipt.md has it."""
    body = b"KMRC\0" + bytes(16) + struct.pack(">QQ", 77, len(data)) + hashlib.sha256(data).digest()
    body += b"".join(struct.pack(">H", len(text)) + text for text in (b"ckpt", b"job/a", b"e1"))
    return base64.b64encode(body + reader.crc32c(body)).decode()


def test_released(folder):
    """Files that were released: kept ones have their bytes; others those of a catalog that has the same content."""
    tree, store, chooser = folder + "/tree", folder + "/store", random.Random(5)
    os.mkdir(tree)
    names = ["kept", "by receipt", "imported", "newer", "unproved", "gone", "foreign", "no instance", "imported anew"]
    for name in names:
        pathlib.Path(tree, name).write_bytes(chooser.randbytes(chooser.randrange(1, 30000)))
    with open(tree + "/by receipt", "r+b") as out:
        out.truncate(5 << 20)  # with a hole
    many = [b"%032x" % number for number in range(100, 160)]
    pathlib.Path(tree, "many").write_bytes(b"x")
    path = {name: os.fsencode(tree + "/" + name) for name in [*names, "many"]}
    data = {name: pathlib.Path(os.fsdecode(path[name])).read_bytes() for name in path}
    fids = {name: b"%016x%08x%08x" % (0x200000401, number, 0) for number, name in enumerate(names)}
    this, other = "1" * 32, "2" * 32
    writer = Writer(store)
    old = writer.catalog(other, 1, [(fids["imported anew"], path["many"], 0, False)], 1)
    main = writer.catalog(this, 1, [
        *((name, path["many"], 1, True) for name in many), (fids["by receipt"], path["by receipt"], 9, True),
        (fids["newer"], path["many"], 9, True), (fids["unproved"], path["unproved"], 9, False),
        (fids["no instance"], path["no instance"], 9, True),
    ], 2)  # fmt: skip
    copies = writer.catalog(this, 1, [(fids["imported"], path["imported"], 0, False)], 3, "copy-" + "a" * 16)
    for number, name in enumerate(names[1:], 1):
        reference = {"format": 0, "fileSystem": "lab", "instance": this, "fid": "[0x200000401:0x%x:0x0]" % number, "archive": 1}
        if name in ("by receipt", "newer", "gone", "foreign", "no instance"):
            reference["receipt"] = receipt(data[name])
        if name == "no instance":
            del reference["instance"]
        reference["archive"] += name == "foreign"
        writer.released[path[name]] = reference
    writer.head(1, [writer.snapshot(tree, "a", 1), old, main, copies])
    password = folder + "/password"
    pathlib.Path(password).write_text(PASSPHRASE + "\n")
    restored = folder + "/restored"
    done = run(store, "restore", "a", restored, password=password)
    assert done.returncode == 0, done
    there = sorted(os.listdir(restored))
    assert there == sorted(["kept", "many", "by receipt", "imported", "no instance"]), (there, done.stderr)
    for name in there:
        assert pathlib.Path(restored, name).read_bytes() == data[name], name
    assert os.stat(restored + "/by receipt").st_blocks * 512 < 5 << 20
    for name, reason in {
        "newer": "another content", "unproved": "another content", "gone": "not have it", "foreign": "not here",
        "imported anew": "not have it",
    }.items():  # fmt: skip
        assert "b'%s' is left out: " % name in done.stderr and reason in done.stderr, done
    assert done.stderr.count("left out") == 5, done


def checked(store):
    """Reads everything of a repository; None when all was well, else what was said."""
    try:
        opened = reader.open_repository(reader.DirectoryStore(store), "", PASSPHRASE)
        for root in opened.snapshots():
            opened.check(opened.top(opened.manifest(root)))
    except (reader.Damage, FileNotFoundError) as error:
        return str(error)
    return None


def sealed_again(writer, key, data):
    """An object with other bytes and a good trailer, as a hostile store would have it."""
    path = writer.store.path(key)
    before = path.read_bytes()
    writer.store.put(key, data)
    said = checked(str(writer.store.root))
    path.write_bytes(before)
    return said


def test_damage(folder):
    tree, store = folder + "/tree", folder + "/store"
    make_tree(tree)
    writer = Writer(store)
    writer.head(1, [writer.snapshot(tree, "a", 1)])
    assert checked(store) is None
    keys = reader.DirectoryStore(store).keys("")
    assert len(keys) == 10, keys
    chooser = random.Random(11)
    for key in keys:
        path = writer.store.path(key)
        whole = path.read_bytes()
        content = reader.DirectoryStore(store).get(key)
        # What nobody reads may be damaged: the wrapping of another, padding.
        unread = key == "keys/1-old"
        for _ in range(5):
            at = chooser.randrange(len(whole))
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chooser.randrange(8)]) + whole[at + 1 :])
            said = checked(store)
            # A range of a pack is read without its SHA-256, so that padding and the trailer's times may differ.
            assert said or unread or "/packs/" in key or at >= len(content), (key, at, len(content))
        path.write_bytes(whole[:-1])
        assert checked(store) or unread, key
        path.unlink()
        assert checked(store) or unread, key
        path.write_bytes(whole)
        if key == "kmesh-repository" or unread:
            continue
        assert sealed_again(writer, key, content[: len(content) // 2]), "half of " + key
        for other in keys:
            if other != key and other.rpartition("/")[0] == key.rpartition("/")[0]:
                assert sealed_again(writer, key, reader.DirectoryStore(store).get(other)), "%s as %s" % (other, key)
        at = 40 if "/packs/" in key else len(content) - 20
        assert sealed_again(writer, key, content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]), "a bit of " + key
    assert checked(store) is None


def test_refusals():
    """Single fields that are wrong."""
    def refused(job, text):
        try:
            job()
        except reader.Damage as damage:
            assert text in str(damage), damage
        else:
            raise AssertionError("not refused: " + text)

    for data, text in (
        (b"\x80\x00", "shortest"), (b"\xff" * 9 + b"\x02", "64 bits"), (b"\xff" * 10 + b"\0", "64 bits"), (b"\x80", "ends early"),
    ):  # fmt: skip
        refused(lambda: reader.Bytes(data, "x").varint(), text)
    assert reader.Bytes(b"\xff" * 9 + b"\x01", "x").varint() == (1 << 64) - 1
    assert [reader.Bytes(zigzag(n), "x").zigzag() for n in (0, -1, 1, -2, 2**62, -(2**62))] == [0, -1, 1, -2, 2**62, -(2**62)]
    for name in (b"", b".", b"..", b"a/b", b"a\0", b"x" * 256):
        refused(lambda: reader.check_name(name, "x"), "bad name")
    packed = zstandard.ZstdCompressor().compress(b"content")
    for data, length, text in (
        (packed + b"x", 7, "one zstd frame"), (packed[:-1], 7, "one zstd frame"), (packed, 6, "longer"), (packed, 8, "7 bytes"),
    ):  # fmt: skip
        refused(lambda: reader.unzstd(data, length, "x"), text)


def main():
    test_vectors()
    test_refusals()
    for job in (test_golden_store, lambda f: test_round_trip(f, ""), lambda f: test_round_trip(f, "some/where/"), test_released, test_damage):
        with tempfile.TemporaryDirectory() as folder:
            job(folder)
    print("self-test passed")


if __name__ == "__main__":
    main()
