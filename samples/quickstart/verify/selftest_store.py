# SPDX-License-Identifier: Apache-2.0
"""Self-test of the store check: a store is written here by its format page, then spoiled in one place at a time."""

import binascii
import hashlib
import json
import os
import pathlib
import struct
import unittest
import zlib

from apply import apply_plan
from dirstore import MARKER, DamagedError, DirectoryStore, key_names, parse_trailer
from manifest import ManifestReader
from mirror import LogicalDigest, key_of, path_of_key, plain_key
from paths import b64, show, unb64
from testbed import Case, run
from walk import data_extents

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parents[2] / "kmesh-core/src/test/resources/io/kmesh/store/directory-store-0"
ATTEMPT = "000102030405060708090a0b0c0d0e0f"


def trailer_of(key, body, metadata):
    """Trailer body and footer of an object."""
    trailer = struct.pack(">H", len(key)) + key
    trailer += struct.pack(">Q32sQqIH", len(body), hashlib.sha256(body).digest(), 7, 1700000000, 5, len(metadata))
    for name in sorted(metadata):
        for text in (name, metadata[name]):
            trailer += struct.pack(">H", len(text)) + text.encode("ascii")
    return trailer, struct.pack(">III8s", len(trailer), zlib.crc32(trailer), 0, b"KmeshObj")


def put(store, key, body, metadata):
    """Writes an object into a store directory; returns its file."""
    key = key.encode()
    path = store.joinpath("objects", *key_names(key))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body + b"".join(trailer_of(key, body, metadata)))
    return path


def pack_xattrs(pairs):
    packed = b""
    for name, value in pairs:
        packed += struct.pack(">H", len(name)) + name + struct.pack(">I", len(value)) + value
    return b64(packed)


class StoreTest(Case):
    """A tree, some changes, and the store that a right job would leave."""

    def setUp(self):
        super().setUp()
        self.tree = self.work / "tree"
        self.tree.mkdir()
        os.umask(0o022)
        (self.tree / "dir").mkdir()
        (self.tree / "plain").write_bytes(b"plain file\n")
        (self.tree / "empty").write_bytes(b"")
        (self.tree / "dir" / "one").write_bytes(b"two names\n")
        os.link(self.tree / "dir" / "one", self.tree / "two")
        (self.tree / "big").write_bytes(bytes(range(256)) * 2000)
        with open(self.tree / "sparse", "wb") as sparse:
            sparse.seek(1 << 20)
            sparse.write(b"data")
            sparse.truncate(3 << 20)
        with open(os.fsencode(self.tree) + b"/odd \xff\n ", "wb") as odd:
            odd.write(b"odd")
        os.setxattr(self.tree / "plain", "user.x", b"value")
        self.stable = self.work / "stable.jsonl"
        self.expected = self.work / "expected.jsonl"
        self.store = self.work / "store"
        self.archived = self.work / "archived.jsonl"
        run("manifest", self.tree, "-o", self.stable)
        self.keys = {}
        self.fids = 0
        self.fill(self.stable, self.tree)
        self.expected.write_bytes(self.stable.read_bytes())
        self.assertEqual([], self.check())

    def fill(self, manifest, tree):
        """A store with all files of a manifest."""
        (self.store / "objects").mkdir(parents=True)
        (self.store / "kmesh-store").write_bytes(MARKER)
        self.metadata = {}
        for path, record in ManifestReader(str(manifest)):
            if record["type"] != "file":
                continue
            if "link" in record:
                self.keys[path] = self.keys[unb64(record["link"])]
                continue
            self.keys[path] = plain_key(b"top/" + path)
            self.fids += 1
            self.put_file(tree, path, record, self.fids)

    def put_file(self, tree, path, record, number):
        metadata = {
            "kmesh-format": "mirror/0", "kmesh-type": "file", "kmesh-attempt": ATTEMPT, "kmesh-data-version": "3", "kmesh-atime": "-1500000000",
            "kmesh-mode": record["mode"], "kmesh-uid": str(record["uid"]), "kmesh-gid": str(record["gid"]), "kmesh-mtime": str(record["mtime"]),
            "kmesh-size": str(record["size"]), "kmesh-sha256": record["sha256"], "kmesh-fid": "[0x200000401:%#x:0x0]" % number,
        }  # fmt: skip
        if "xattrs" in record:
            metadata["kmesh-xattrs"] = pack_xattrs([(unb64(name), unb64(value)) for name, value in record["xattrs"]])
        with open(os.fsencode(tree) + b"/" + path, "rb") as file:
            if "data" in record:
                extents = data_extents(file.fileno(), record["size"])
                body = b"".join(os.pread(file.fileno(), length, start) for start, length in extents)
                metadata["kmesh-extents"] = ",".join("%d+%d" % tuple(extent) for extent in extents)
                metadata["kmesh-body-sha256"] = hashlib.sha256(body).hexdigest()
            else:
                body = file.read()
        self.metadata[path] = (body, metadata)
        put(self.store, self.keys[path], body, metadata)

    def check(self):
        report = self.work / "store.json"
        archived = ["--archived", self.archived] if self.archived.exists() else []
        code, output = run(
            "store", "--expected", self.expected, "--source-manifest", self.stable, "--store", self.store, "--base", "top", "--report", report, *archived
        )
        lines = json.loads(report.read_text())["first"] if code < 2 else [output]
        self.assertEqual(1 if lines else 0, min(code, 1), output)
        return lines

    def expect(self, *parts):
        lines = self.check()
        self.assertEqual(1, len(lines), lines)
        for part in parts:
            self.assertIn(part, lines[0])

    def change(self, of, **changed):
        """Writes the object `of` a path again with other metadata (None takes one away)."""
        body, metadata = self.metadata[of]
        metadata = dict(metadata)
        for name, value in changed.items():
            name = "kmesh-" + name.replace("_", "-")
            if value is None:
                metadata.pop(name, None)
            else:
                metadata[name] = value
        put(self.store, self.keys[of], body, metadata)

    def write_claims(self, keys):
        lines = [{"archived": "kmesh-quickstart", "version": 0}]
        lines += [{"path": b64(path), "key": key} for path, key in keys.items()]
        lines.append({"end": True, "entries": len(keys)})
        self.archived.write_text("\n".join(map(json.dumps, lines)) + "\n")

    def file(self, key):
        return self.store.joinpath("objects", *key_names(key.encode()))

    def test_oneByteOfEachPart(self):
        """Any byte of any object file, flipped, is found."""
        for path in (b"plain", b"empty"):
            file = self.file(self.keys[path])
            whole = file.read_bytes()
            for at in range(0, len(whole), 7):
                file.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
                self.expect('"%s" object: expected a whole one' % path.decode())
            file.write_bytes(whole)

    def test_byteOfBigObject(self):
        file = self.file("top/big")
        with open(file, "r+b") as data:
            data.seek(300_000)
            data.write(b"\xff")
        self.expect('"big" object', "the checksum of its bytes is")

    def test_cutObject(self):
        file = self.file("top/big")
        for length in (0, 10, 400_000):
            os.truncate(file, length)
            self.expect('"big" object')

    def test_otherObjectAtKey(self):
        self.file("top/plain").write_bytes(self.file("top/big").read_bytes())
        self.expect('"plain" object', "its trailer names another key: b'top/big'")

    def test_wellFormedObjectOfOtherBytes(self):
        body, metadata = self.metadata[b"plain"]
        put(self.store, "top/plain", b"Plain file\n", metadata | {"kmesh-sha256": hashlib.sha256(b"Plain file\n").hexdigest()})
        self.expect('"plain" object\'s bytes: expected SHA-256 ')
        put(self.store, "top/plain", b"Plain file\n", metadata)
        self.expect('"plain" object', "kmesh-sha256 is")

    def test_attributes(self):
        for changed, word in (
            ({"mode": "0645"}, "mode: expected 0644, found 0645"), ({"mtime": "1"}, "mtime: expected"), ({"mode": None}, "kmesh-mode is None"),
            ({"mtime": "x"}, "no decimal number"), ({"size": "12"}, "kmesh-size is 12"), ({"fid": "1"}, "kmesh-fid"), ({"attempt": "x"}, "kmesh-attempt"),
            ({"xattrs": pack_xattrs([(b"user.x", b"valuE")])}, 'xattr user.x: expected "value", found "valuE"'), ({"xattrs": None}, "xattr user.x"),
            ({"xattrs": b64(b"\0\6user.x\0\0\0\5val")}, "kmesh-xattrs is cut"), ({"xattrs": pack_xattrs([(b"trusted.kmesh.r", b"")])}, "file system"),
            ({"format": "mirror/1"}, "kmesh-format"), ({"type": "dir"}, "kmesh-type"), ({"fid": "[0x200000401:0x1:0x0]"}, "has its FID"),
            ({"path": b64(b"top/two")}, "kmesh-path is"), ({"side": ".kmesh/side/x"}, "side object '.kmesh/side/x' is missing"),
        ):  # fmt: skip
            with self.subTest(changed):
                self.change(b"plain", **changed)
                self.expect(word)
        self.change(b"plain")
        self.assertEqual([], self.check())

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_owner(self):
        self.change(b"plain", uid="7")
        self.expect('"plain" object\'s uid: expected 0, found 7')

    def test_extents(self):
        for changed, word in (
            ({"extents": "4096+4,4+4"}, "out of order"), ({"extents": "0+9999999"}, "beyond the size"), ({"extents": "0+x"}, "kmesh-extents has"),
            ({"extents": ""}, "longer than its extents"), ({"extents": "0+4096,8192+2097152"}, "shorter than its extents"), ({"body_sha256": "0"}, "kmesh-body-sha256"),
        ):  # fmt: skip
            with self.subTest(changed):
                self.change(b"sparse", **changed)
                self.expect(word)

    def test_sideObject(self):
        xattrs = self.metadata[b"plain"][1]["kmesh-xattrs"]
        side = {"kmesh-format": "mirror/0", "kmesh-type": "side", "kmesh-attempt": ATTEMPT}
        self.change(b"plain", xattrs=None, side=".kmesh/side/" + ATTEMPT)
        put(self.store, ".kmesh/side/" + ATTEMPT, json.dumps({"kmesh-xattrs": xattrs}).encode(), side)
        self.assertEqual([], self.check())
        put(self.store, ".kmesh/side/" + ATTEMPT, json.dumps({"kmesh-mode": "0644"}).encode(), side)
        self.expect("kmesh-mode is in the object and in its side object")
        put(self.store, ".kmesh/side/" + ATTEMPT, b"[]", side)
        self.expect("no JSON object of strings")
        self.change(b"plain")
        self.expect('".kmesh/side/%s" object: expected none' % ATTEMPT)

    def test_missingObject(self):
        self.file("top/plain").unlink()
        self.expect('"plain" object: expected one at \'top/plain\', found nothing')

    def test_missingObjectOfSeveralNames(self):
        self.file("top/dir/one").unlink()
        self.expect('"dir/one" object: expected one at \'top/dir/one, top/two\', found nothing')

    def test_objectUnderAnyNameOfTheFile(self):
        self.file("top/dir/one").unlink()
        put(self.store, "top/two", *self.metadata[b"dir/one"])
        self.assertEqual([], self.check())

    def test_twoObjectsOfOneFile(self):
        put(self.store, "top/two", *self.metadata[b"dir/one"])
        self.expect('"top/two" object: expected none, no file of the tree has it, found type file')

    def test_leftObject(self):
        put(self.store, "removed/file", b"x", {"kmesh-format": "mirror/0", "kmesh-type": "file"})
        self.expect('"removed/file" object: expected none, no file of the tree has it, found type file')

    def test_foreignAndKeptObjects(self):
        put(self.store, "foreign", b"x", {"owner": "7"})
        body, metadata = self.metadata[b"plain"]
        put(self.store, ".kmesh/kept/" + ATTEMPT, body, metadata)
        self.assertEqual([], self.check())
        put(self.store, ".kmesh/kept/" + ATTEMPT, body, metadata | {"kmesh-fid": "[0x1:0x1:0x0]"})
        self.expect('".kmesh/kept/%s" object: expected none' % ATTEMPT)

    def test_alternateKey(self):
        body, metadata = self.metadata[b"plain"]
        self.file("top/plain").unlink()
        number = metadata["kmesh-fid"][1:-1].replace("0x", "").replace(":", "-")
        key = ".kmesh/by-fid/%s/%s" % (number, ATTEMPT)
        put(self.store, key, body, metadata | {"kmesh-path": b64(b"top/plain")})
        self.assertEqual([], self.check())
        put(self.store, key, body, metadata | {"kmesh-path": b64(b"top/plain"), "kmesh-fid": "[0x9:0x9:0x0]"})
        self.expect('"plain" object', "its key is not one of its FID")
        put(self.store, key, body, metadata)
        lines = self.check()
        self.assertEqual(['"plain" object: expected one at \'top/plain\', found nothing', '"%s" object: ' % key], [lines[0], lines[1][: len(key) + 11]])

    def test_receipts(self):
        self.write_claims(self.keys)
        self.assertEqual([], self.check())
        self.write_claims(self.keys | {b"two": "top/big"})
        self.expect("\"two\" receipt: expected 'top/dir/one', found 'top/big'")
        self.write_claims(self.keys | {b"two": "top/two"})
        self.assertEqual([], self.check())
        self.write_claims({path: key for path, key in self.keys.items() if path != b"plain"})
        self.expect("\"plain\" receipt: expected 'top/plain', found none")
        self.write_claims(self.keys | {b"ghost": "top/big"})
        self.expect('"ghost" receipt: expected none, there is no such archived file, found \'top/big\'')
        text = self.archived.read_text()
        self.archived.write_text(text[: text.index('{"end"')])
        self.expect("without its trailer")

    def test_longKey(self):
        path = b"d" * 250
        names = b"/".join([path] * 5)
        self.assertEqual(".kmesh/long/" + hashlib.sha256(names).hexdigest(), key_of(names, ""))
        self.assertEqual(names[:1024].decode(), key_of(names[:1024], ""))
        self.assertNotEqual(names[:1024].decode(), key_of(names[:1024], "p/"))

    def test_notAStore(self):
        (self.store / "kmesh-store").write_bytes(b"kmesh directory store\nformat 1\n")
        self.expect("no store of format 0")

    def test_afterChanges(self):
        """Objects of the source's state, or of the end, are right; a changed file's old object is not."""
        changes = self.work / "changes.jsonl"
        before = self.expected.read_bytes()
        for seed in range(1, 4):
            self.expected.write_bytes(before)
            run("changes", "--source", self.tree, "--manifest", self.stable, "--seed", seed, "--count", 25, "-o", changes, "--expected", self.expected)
            copy = self.work / ("copy%d" % seed)
            self.assertEqual(0, os.system("cp -a '%s' '%s'" % (self.tree, copy)))
            apply_plan(str(changes), copy)
            old = {path: (self.keys[path], self.metadata[path]) for path in self.metadata}
            old_store = self.store
            self.store = self.work / ("store%d" % seed)
            self.keys = {}
            self.fill(self.expected, copy)
            self.assertEqual([], self.check(), "seed %d" % seed)
            for path, record in ManifestReader(str(self.expected)):
                origin = record.get("origin")
                if record["type"] == "file" and origin and "link" not in record and "nlink" not in record and unb64(origin) in old:
                    self.replace(path, record, *old[unb64(origin)])
            self.store, self.keys = old_store, {path: key for path, (key, _) in old.items()}
            self.metadata = {path: value for path, (_, value) in old.items()}

    def replace(self, path, record, key, value):
        """The object of before, under its key of before."""
        if key != self.keys[path] and key in self.keys.values():
            return
        mine, my_key = self.metadata[path], self.keys[path]
        self.file(my_key).unlink()
        put(self.store, key, *value)
        self.keys[path] = key
        lines = self.check()
        if value[1]["kmesh-sha256"] == record["sha256"]:
            self.assertEqual([], lines)
        else:
            self.assertTrue(lines)
            self.assertTrue(all(line.startswith('"%s" object\'s ' % show(path)) for line in lines), lines)
        self.file(key).unlink()
        put(self.store, my_key, *mine)
        self.keys[path] = my_key


class KeyTest(unittest.TestCase):
    """Vectors of the format pages."""

    def test_directoryStoreNames(self):
        x = "x" * 200
        for key, path in (
            ("a", "a%o"), ("a/b", "a/b%o"), ("a/", "a/%-%o"), ("/", "%-/%-%o"), ("a//b", "a/%-/b%o"), ("../x", "%2E./x%o"), (".hidden", "%2Ehidden%o"),
            ("v1.2/ä b%", "v1.2/%C3%A4%20b%25%o"), ("x" * 250, x + "%+/" + "x" * 50 + "%o"), (x, x + "%+/%-%o"), (x + "/y", x + "%+/%-/y%o"),
        ):  # fmt: skip
            self.assertEqual(path, "/".join(key_names(key.encode())))

    def test_mirrorKeys(self):
        for path, key in (
            (b"a/b.txt", "a/b.txt"), ("données/été".encode(), "données/été"), (b"bad\xff\xfename", "bad%FF%FEname"), (b"100%/x\ny", "100%25/x%0Ay"),
            (b"dots.../ lead", "dots..%2E/%20lead"), (b".kmesh/x", "%2Ekmesh/x"), (b"a/.kmesh", "a/.kmesh"), (b"back\\slash", "back%5Cslash"),
            (b"caf\xc3\xa9\xff", "café%FF"), (b" ", "%20"), (b"\xed\xa0\x80", "%ED%A0%80"), ("\u202e\ufffe".encode(), "%E2%80%AE%EF%BF%BE"),
        ):  # fmt: skip
            self.assertEqual(key, plain_key(path))
            self.assertEqual(path, path_of_key(key))

    def test_foreignKeysAreRefused(self):
        for key in ("a//b", "../x", "a/%2E%2E", "a%00", "a%2Fb", "%4", "%zz", "%ff"):
            with self.assertRaises(DamagedError):
                path_of_key(key)

    def test_logicalDigest(self):
        digest = LogicalDigest([[2, 3], [10, 1]], 12)
        digest.feed(b"ab")
        digest.feed(b"cd")
        self.assertEqual(hashlib.sha256(b"\0\0abc\0\0\0\0\0d\0").hexdigest(), digest.hexdigest())

    def test_trailerFuzz(self):
        trailer, _ = trailer_of(b"key", b"body", {"kmesh-a": "1", "kmesh-b": "2"})
        for cut in range(len(trailer)):
            with self.assertRaises(DamagedError):
                parse_trailer(trailer[:cut])
        with self.assertRaises(DamagedError):
            parse_trailer(trailer + b"\0")

    @unittest.skipUnless((GOLDEN / "expected.txt").exists(), "the golden store is not in this checkout")
    def test_goldenStore(self):
        roots = [path.parent for path in GOLDEN.rglob("kmesh-store")]
        self.assertEqual(1, len(roots))
        store = DirectoryStore(roots[0])
        text = (GOLDEN / "expected.txt").read_text().lower()
        keys = sorted(store.keys())
        self.assertEqual(4, len(keys))
        for key in keys:
            stored = store.read(key)
            self.assertIn(binascii.hexlify(key).decode(), text)
            # A CRC-32C is the ETag's beginning.
            self.assertIn(stored.digest, text)
            for value in stored.metadata.values():
                self.assertIn(value.lower(), text)
