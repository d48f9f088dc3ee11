# SPDX-License-Identifier: Apache-2.0
"""Checks what was archived: for every file of the expected tree one whole, right object in the store, and nothing else."""

from compare import Attributes, Findings, is_privileged, write_report
from dirstore import DamagedError, DirectoryStore
from manifest import VerifierError, check_header, parse_line
from mirror import FORMAT, LogicalDigest, extents_of, is_key_of_fid, key_of, plain_key, record_of, side_attributes
from model import Base
from paths import b64, show, unb64

_KEPT = ".kmesh/kept/"
_BY_FID = ".kmesh/by-fid/"


class Claims:
    """An archived.jsonl: which key holds the content of which path, by the files' receipts.

    Most keys are the plain ones of their paths: None stands for these, since they are many.
    """

    def __init__(self, name, base):
        self._base = base
        self._keys = {}
        ended = None
        with open(name, "rb") as lines:
            header = parse_line(lines.readline(), name, 1)
            check_header(header, "archived", name, "kmesh-quickstart")
            for number, line in enumerate(lines, 2):
                claim = parse_line(line, name, number)
                if "path" not in claim:
                    ended = claim
                    break
                path = unb64(claim["path"])
                if not isinstance(claim.get("key"), str):
                    raise VerifierError(f"Cannot read {name} line {number}: it has no key.")
                if path in self._keys:
                    raise VerifierError(f"Cannot read {name} line {number}: {show(path)} is there twice.")
                self._keys[path] = None if claim["key"] == plain_key(base + path) else claim["key"]
        if ended is None or ended.get("entries") != len(self._keys):
            raise VerifierError(f"Cannot read {name}: it ends after {len(self._keys)} entries without its trailer.")

    def key(self, path):
        """The claimed key of a path, or None."""
        return (self._keys[path] or plain_key(self._base + path)) if path in self._keys else None

    def done(self, path):
        """Forgets a path that was checked."""
        self._keys.pop(path, None)

    def left(self):
        """The paths that were not checked."""
        return list(self._keys)


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
    """One check of a store against an expected manifest.

    `base` is where the tree lies in the Lustre (path bytes, empty or ending in `/`), `prefix` the mirror's; `claims` may be None.
    """

    def __init__(self, store, expected, source, base, prefix, claims, findings):
        self._store = store
        self._expected = expected
        self._source = source
        self._base = base
        self._claims = claims
        self._keys_of_groups = {}
        self._prefix = prefix
        self._findings = findings
        self._attributes = Attributes(is_privileged(expected.header))
        self._alternates = {}
        self._claimed = set()
        self._sides = set()
        self._fids = set()
        self.counts = {"files": 0, "objects": 0, "bytes": 0, "kept": 0, "foreign": 0}

    def run(self):
        self._find_alternates()
        unsettled = []
        for path, wanted in self._expected:
            # Of a file with several names the first one stands for all; what could not be read was not archived.
            if wanted["type"] != "file" or ("error" in wanted and "unstable" not in wanted):
                continue
            if "link" in wanted:
                self._check_claim(path, wanted, self._keys_of_groups.get(wanted["link"]))
                continue
            self.counts["files"] += 1
            if not self._settle(path, wanted):
                unsettled.append(path)
        for path in unsettled:
            self._explain(path, self._expected.index(path)[1])
        for path in self._claims.left() if self._claims else ():
            self._findings.differ(path, "receipt", "none, there is no such archived file", "%a" % self._claims.key(path))
        for key in self._store.keys():
            if key not in self._claimed and key not in self._sides and key.startswith(self._prefix.encode()):
                self._unclaimed(key)

    # Which objects may hold a file

    def _find_alternates(self):
        """{path: [keys below .kmesh/by-fid/]} by what these objects say themselves."""
        for key in self._store.keys((self._prefix + _BY_FID).encode()):
            try:
                stored = self._store.read(key)
                path = unb64(stored.metadata["kmesh-path"])
            except (DamagedError, KeyError, ValueError, AttributeError):
                continue
            self._alternates.setdefault(path, []).append(key.decode().removeprefix(self._prefix))

    def _names(self, path, wanted):
        """All paths in the Lustre that this file has or had, the present one first."""
        names = [path]
        if "nlink" in wanted:
            names += self._expected.groups[path]
        names += map(unb64, wanted.get("was", ()))
        return [self._base + name for name in dict.fromkeys(names)]

    def _candidates(self, path, wanted):
        """(key, path in the Lustre) of the objects that may be this file's."""
        found = []
        for name in self._names(path, wanted):
            for key in (key_of(name, self._prefix), *self._alternates.get(name, ())):
                if (self._prefix + key).encode() not in self._claimed:
                    found.append((key, name))
        if self._claims and len(found) > 1:
            # Of several that are right in everything the claimed one is meant.
            claimed = self._claims.key(path)
            found.sort(key=lambda candidate: candidate[0] != claimed)
        return found

    def _settle(self, path, wanted):
        """Claims the object that is right in everything; false when there is none (and one must be)."""
        for key, name in self._candidates(path, wanted):
            try:
                found = self._object(key, name)
            except DamagedError:
                continue
            if found is not None and ("unstable" in wanted or not self._differences(path, wanted, found[0])):
                self._claim(key, *found)
                self._check_claim(path, wanted, key)
                return True
        if "unstable" in wanted:
            self._check_claim(path, wanted, None)
        return "unstable" in wanted

    def _check_claim(self, path, wanted, key):
        """The receipt of a file names the object that was found for it. `key` None: none was, which is said elsewhere."""
        if "nlink" in wanted and "link" not in wanted:
            self._keys_of_groups[wanted["path"]] = key
        if self._claims is None:
            return
        claimed = self._claims.key(path)
        if key is not None and claimed != key and "unstable" not in wanted and claimed not in self._former_keys(path, wanted):
            self._findings.differ(path, "receipt", "%a" % key, "none" if claimed is None else "%a" % claimed)
        self._claims.done(path)

    def _former_keys(self, path, wanted):
        """Keys of paths that the file has or had: from there the object may have moved, to make place for another file's."""
        first = unb64(wanted["link"]) if "link" in wanted else path
        return {key_of(name, self._prefix) for name in self._names(first, wanted)}

    def _explain(self, path, wanted):
        """Says what is wrong with the best of the objects that nobody else claimed."""
        self._check_claim(path, wanted, None)
        best = None
        for key, name in self._candidates(path, wanted):
            try:
                found = self._object(key, name)
                if found is None:
                    continue
                differences = self._differences(path, wanted, found[0])
                rank = len(differences) + (10 if any(line[0] in ("size", "bytes") for line in differences) else 0)
            except DamagedError as error:
                found, differences, rank = None, [("", "a whole one at %a" % key, str(error))], 100
            if best is None or rank < best[0]:
                best = rank, key, found, differences
        if best is None:
            names = ", ".join(sorted({key for key, _ in self._candidates(path, wanted)})[:3])
            self._findings.differ(path, "object", "one at %s" % ascii(names), "nothing")
            return
        _, key, found, differences = best
        for attribute, expected, actual in differences:
            self._findings.differ(path, "object's " + attribute if attribute else "object", expected, actual)
        if found is None:
            self._claimed.add((self._prefix + key).encode())
        else:
            self._claim(key, *found)

    # One object

    def _object(self, key, name):
        """(record, stored, FID) of the object at a key; None when there is none or it says another path; DamagedError."""
        read = _Object(self._store, self._prefix)
        try:
            stored = self._store.read((self._prefix + key).encode(), read.sink)
        finally:
            if read.side is not None:
                self._sides.add((self._prefix + read.side).encode())
        if stored is None:
            return None
        attributes = read.attributes
        if attributes.get("kmesh-type") != "file":
            raise DamagedError(f"kmesh-type is {attributes.get('kmesh-type')!a}")
        found = record_of(attributes, stored.digest, read.logical)
        if read.logical is None and found["size"] != stored.size:
            raise DamagedError(f"kmesh-size is {found['size']}, its body has {stored.size} bytes")
        fid = attributes["kmesh-fid"]
        if key.startswith(".kmesh/") and "kmesh-path" not in attributes:
            raise DamagedError("kmesh-path is missing")
        if "kmesh-path" in attributes and attributes["kmesh-path"] != b64(name):
            raise DamagedError(f"kmesh-path is {attributes['kmesh-path']!a}, not {show(name)}")
        if key.startswith(_BY_FID) and not is_key_of_fid(key, fid):
            raise DamagedError(f"its key is not one of its FID {fid}")
        if fid in self._fids:
            raise DamagedError(f"another file's object has its FID {fid}")
        return found, stored, fid

    def _claim(self, key, found, stored, fid):
        self._claimed.add((self._prefix + key).encode())
        self._fids.add(fid)
        self.counts["objects"] += 1
        self.counts["bytes"] += stored.size

    def _differences(self, path, wanted, found):
        """An object's attributes are those of the moment of its archive: of the end, or with the same bytes of the source."""
        now = list(self._attributes.differences(wanted, found))
        if not now:
            return now
        origin = unb64(wanted["origin"] or "") if "origin" in wanted else path
        before = None if wanted.get("origin", "") is None else self._source.index(origin)[1]
        if before and "sha256" in before and before["sha256"] == wanted["sha256"]:
            if not any(self._attributes.differences(before, found)):
                return []
        return now

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
                self._findings.differ(key, "object", "none, no file of the tree has it", "type %(kmesh-type)s" % stored.metadata)
        except (DamagedError, KeyError) as error:
            self._findings.differ(key, "object", "none, no file of the tree has it", str(error))

    def report(self):
        return {"verdict": self._findings.verdict()} | self.counts | self._findings.report()


def check_store(store, expected, source, base=b"", prefix="", archived=None, report=None, emit=print):
    """Checks a store directory; returns (counts, Findings)."""
    base = base + b"/" if base else b""
    findings = Findings(emit)
    try:
        directory = DirectoryStore(store)
    except DamagedError as error:
        raise VerifierError(f"Cannot read the store {store}: {error}.") from error
    expected, source = Base(expected), Base(source)
    try:
        claims = Claims(archived, base) if archived else None
        check = ArchiveCheck(directory, expected, source, base, prefix, claims, findings)
        check.run()
    finally:
        expected.close()
        source.close()
    if report:
        write_report(report, check.report())
    return check.counts, findings
