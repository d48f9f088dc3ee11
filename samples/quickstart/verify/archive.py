"""Checks what was archived: for every file of the expected tree one whole, right object in the store, and nothing else."""

from compare import Attributes, Findings, is_privileged, write_report
from dirstore import DamagedError, DirectoryStore
from manifest import VerifierError, check_header, parse_line
from mirror import (
    FORMAT, LogicalDigest, extents_of, is_key_of, path_of_key, plain_key, record_of, side_attributes,
)  # fmt: skip
from model import Base
from paths import show, unb64

_KEPT = ".kmesh/kept/"


class Claims:
    """An archived.jsonl: which key holds the content of which path. `prefix` stands before every key in the store.

    Most keys are the plain ones of their paths: None stands for these, since they are many.
    """

    def __init__(self, name):
        self.keys = {}
        ended = None
        with open(name, "rb") as lines:
            header = parse_line(lines.readline(), name, 1)
            check_header(header, "archived", name, "kmesh-quickstart")
            self.prefix = header.get("prefix", "")
            for number, line in enumerate(lines, 2):
                claim = parse_line(line, name, number)
                if "path" not in claim:
                    ended = claim
                    break
                path = unb64(claim["path"])
                if not isinstance(claim.get("key"), str):
                    raise VerifierError(f"Cannot read {name} line {number}: it has no key.")
                if path in self.keys:
                    raise VerifierError(f"Cannot read {name} line {number}: {show(path)} is there twice.")
                self.keys[path] = None if claim["key"] == plain_key(path) else claim["key"]
        if ended is None or ended.get("entries") != len(self.keys):
            raise VerifierError(f"Cannot read {name}: it ends after {len(self.keys)} entries without its trailer.")


class _Object:
    """Attributes and logical checksum of one object of the mirror form, gathered while it is read."""

    def __init__(self, store, prefix):
        self._store = store
        self._prefix = prefix
        self.attributes = None
        self.side = None
        self.logical = None

    def sink(self, metadata):
        """Takes the metadata before the body is read."""
        if metadata.get("kmesh-format") != FORMAT:
            raise DamagedError(f"kmesh-format is {metadata.get('kmesh-format')!a}, not {FORMAT}")
        self.attributes = dict(metadata)
        self.side = metadata.get("kmesh-side")
        if self.side is not None:
            self._add_side(metadata)
        extents = extents_of(self.attributes)
        if extents is None:
            return None
        self.logical = LogicalDigest(extents, int(self.attributes["kmesh-size"]))
        return self.logical.feed

    def _add_side(self, metadata):
        body = bytearray()
        side = self._store.read((self._prefix + self.side).encode(), lambda _: body.extend)
        if side is None:
            raise DamagedError(f"its side object {self.side!a} is missing")
        wanted = {"kmesh-format": FORMAT, "kmesh-type": "side", "kmesh-attempt": metadata.get("kmesh-attempt")}
        if side.metadata != wanted:
            raise DamagedError(f"its side object {self.side!a} has metadata {side.metadata!a}")
        more = side_attributes(bytes(body))
        if twice := sorted(set(more) & set(metadata)):
            raise DamagedError(f"{twice[0]} is in the object and in its side object")
        self.attributes.update(more)


class ArchiveCheck:
    """One check of a store against an expected manifest."""

    def __init__(self, store, expected, source, claims, findings):
        self._store = store
        self._expected = expected
        self._source = source
        self._claims = claims.keys
        self._prefix = claims.prefix
        self._findings = findings
        self._attributes = Attributes(is_privileged(expected.header))
        self._keys_of_groups = {}
        self._claimed = set()
        self._sides = set()
        self._fids = set()
        self.counts = {"files": 0, "objects": 0, "bytes": 0, "kept": 0, "foreign": 0}

    def run(self):
        for path, wanted in self._expected:
            if wanted["type"] == "file":
                self._file(path, wanted, self._claim(path))
        for path in self._claims:
            self._findings.differ(path, "archived", "no, there is no such file", "a claim")
        for key in self._store.keys():
            if key not in self._claimed and key not in self._sides and key.startswith(self._prefix.encode()):
                self._unclaimed(key)

    def _claim(self, path):
        """The claimed key of a path, or None."""
        if path not in self._claims:
            return None
        return self._claims.pop(path) or plain_key(path)

    def _file(self, path, wanted, key):
        differ = self._findings.differ
        if "error" in wanted and "unstable" not in wanted:
            if key is not None:
                differ(path, "archived", "no (unreadable in the source)", key.encode().decode("ascii", "backslashreplace"))
            return
        if key is None:
            if "unstable" not in wanted:
                differ(path, "archived", "an object", "no claim")
            return
        self.counts["files"] += 1
        names = {path, *map(unb64, wanted.get("was", ()))}
        if "nlink" in wanted:
            first = unb64(wanted.get("link", wanted["path"]))
            names.update(self._expected.groups[first])
            known = self._keys_of_groups.setdefault(first, key)
            if known != key:
                differ(path, "archived", "the object of its other names, %a" % known, "%a" % key)
                return
            if first != path:
                return
        try:
            self._object(path, wanted, key, names)
        except DamagedError as error:
            differ(path, "object", "a whole one at %a" % key, str(error))

    def _object(self, path, wanted, key, names):
        whole_key = (self._prefix + key).encode()
        if whole_key in self._claimed:
            raise DamagedError("it is claimed by another file too")
        self._claimed.add(whole_key)
        read = _Object(self._store, self._prefix)
        try:
            stored = self._store.read(whole_key, read.sink)
        finally:
            if read.side is not None:
                self._sides.add((self._prefix + read.side).encode())
        if stored is None:
            raise DamagedError("no object")
        self.counts["objects"] += 1
        self.counts["bytes"] += stored.size
        attributes = read.attributes
        if attributes.get("kmesh-type") != "file":
            raise DamagedError(f"kmesh-type is {attributes.get('kmesh-type')!a}")
        found = record_of(attributes, stored.digest, read.logical)
        if read.logical is None and found["size"] != stored.size:
            raise DamagedError(f"kmesh-size is {found['size']}, its body has {stored.size} bytes")
        fid = attributes["kmesh-fid"]
        if fid in self._fids:
            raise DamagedError(f"another object has its FID {fid} too")
        self._fids.add(fid)
        if "unstable" in wanted:
            return
        self._path(key, attributes, names, fid)
        self._compare(path, wanted, found)

    def _path(self, key, attributes, names, fid):
        if "kmesh-path" in attributes:
            stored_path = unb64(attributes["kmesh-path"])
        elif key.startswith(".kmesh/"):
            raise DamagedError("kmesh-path is missing")
        else:
            stored_path = path_of_key(key)
        if stored_path not in names:
            raise DamagedError(f"it is of the path {show(stored_path)}, which never named this file")
        is_key_of(key, stored_path, self._prefix, fid)

    def _compare(self, path, wanted, found):
        """The object's attributes are those of the moment of its archive: of the end, or with the same bytes of the source."""
        now = list(self._attributes.differences(wanted, found))
        if not now:
            return
        origin = unb64(wanted["origin"] or "") if "origin" in wanted else path
        before = None if wanted.get("origin", "") is None else self._source.index(origin)[1]
        if before and "sha256" in before and before["sha256"] == wanted["sha256"]:
            if not any(self._attributes.differences(before, found)):
                return
        for attribute, expected, actual in now:
            self._findings.differ(path, "object's " + attribute, expected, actual)

    def _unclaimed(self, key):
        """Kept versions may be there, and objects of others; anything else should have been removed."""
        text = key.decode("utf-8", "replace").removeprefix(self._prefix)
        try:
            stored = self._store.read(key)
            if stored is None:
                raise DamagedError("its file has a name that no key has")
            if "kmesh-format" not in stored.metadata:
                self.counts["foreign"] += 1
            elif text.startswith(_KEPT) and stored.metadata.get("kmesh-fid") in self._fids:
                self.counts["kept"] += 1
            else:
                self._findings.differ(key, "object", "none, no file of the tree claims it", "type %(kmesh-type)s" % stored.metadata)
        except (DamagedError, KeyError) as error:
            self._findings.differ(key, "object", "none, no file of the tree claims it", str(error))

    def report(self):
        return {"verdict": self._findings.verdict()} | self.counts | self._findings.report()


def check_store(store, expected, source, archived, report=None, emit=print):
    """Checks a store directory; returns (counts, Findings)."""
    findings = Findings(emit)
    try:
        directory = DirectoryStore(store)
    except DamagedError as error:
        raise VerifierError(f"Cannot read the store {store}: {error}.") from error
    expected, source = Base(expected), Base(source)
    try:
        check = ArchiveCheck(directory, expected, source, Claims(archived), findings)
        check.run()
    finally:
        expected.close()
        source.close()
    if report:
        write_report(report, check.report())
    return check.counts, findings
