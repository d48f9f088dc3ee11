"""Checks what was archived: for every file of the expected tree one whole, right object in the store, and nothing else."""

from compare import Attributes, Findings, is_privileged, write_report
from dirstore import DamagedError, DirectoryStore
from manifest import VerifierError
from mirror import FORMAT, LogicalDigest, extents_of, is_key_of_fid, key_of, record_of, side_attributes
from model import Base
from paths import b64, show, unb64

_KEPT = ".kmesh/kept/"
_BY_FID = ".kmesh/by-fid/"


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

    `base` is where the tree lies in the Lustre (path bytes, may be empty), `prefix` the mirror's.
    """

    def __init__(self, store, expected, source, base, prefix, findings):
        self._store = store
        self._expected = expected
        self._source = source
        self._base = base + b"/" if base else b""
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
            if wanted["type"] != "file" or "link" in wanted or ("error" in wanted and "unstable" not in wanted):
                continue
            self.counts["files"] += 1
            if not self._settle(path, wanted):
                unsettled.append(path)
        for path in unsettled:
            self._explain(path, self._expected.index(path)[1])
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
        for name in self._names(path, wanted):
            for key in (key_of(name, self._prefix), *self._alternates.get(name, ())):
                if (self._prefix + key).encode() not in self._claimed:
                    yield key, name

    def _settle(self, path, wanted):
        """Claims the object that is right in everything; false when there is none (and one must be)."""
        for key, name in self._candidates(path, wanted):
            try:
                found = self._object(key, name)
            except DamagedError:
                continue
            if found is not None and ("unstable" in wanted or not self._differences(path, wanted, found[0])):
                self._claim(key, *found)
                return True
        return "unstable" in wanted

    def _explain(self, path, wanted):
        """Says what is wrong with the best of the objects that nobody else claimed."""
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


def check_store(store, expected, source, base=b"", prefix="", report=None, emit=print):
    """Checks a store directory; returns (counts, Findings)."""
    findings = Findings(emit)
    try:
        directory = DirectoryStore(store)
    except DamagedError as error:
        raise VerifierError(f"Cannot read the store {store}: {error}.") from error
    expected, source = Base(expected), Base(source)
    try:
        check = ArchiveCheck(directory, expected, source, base, prefix, findings)
        check.run()
    finally:
        expected.close()
        source.close()
    if report:
        write_report(report, check.report())
    return check.counts, findings
