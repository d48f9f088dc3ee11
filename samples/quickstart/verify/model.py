# SPDX-License-Identifier: Apache-2.0
"""The expected tree while a plan of changes is drawn: a manifest on disk, and in memory only what was touched."""

import os
from array import array

from content import Content
from manifest import ManifestReader, ManifestWriter, VerifierError, parse_line
from paths import b64, open_parent, parent, show, sort_key, unb64
from walk import BLOCK, MAX_LISTED_EXTENTS

_INODE_FIELDS = ("type", "mode", "uid", "gid", "mtime", "size", "sha256", "allocated", "data", "dataTotal", "dataCount", "target", "rdev")


class Base:
    """Random access to a manifest file by index or path, in manifest order, without holding it in memory."""

    def __init__(self, name):
        self.name = name
        self.offsets = array("Q")
        self.of_type = {}
        self.groups = {}
        self.taboo = []
        reader = ManifestReader(name)
        self.header = reader.header
        with open(name, "rb") as lines:
            at = len(lines.readline())
            for index, (path, record) in enumerate(reader):
                self.offsets.append(at)
                at += len(lines.readline())
                self.of_type.setdefault(record["type"], array("I")).append(index)
                if "nlink" in record:
                    first = unb64(record.get("link", record["path"]))
                    self.groups.setdefault(first, []).append(path)
                if "error" in record or "unstable" in record:
                    self.taboo.append(path)
        self._file = open(name, "rb")

    def close(self):
        self._file.close()

    def __len__(self):
        return len(self.offsets)

    def __iter__(self):
        return iter(ManifestReader(self.name))

    def at(self, index):
        """(path, record) of the entry at an index."""
        self._file.seek(self.offsets[index])
        record = parse_line(self._file.readline(), self.name, index + 2)
        return unb64(record["path"]), record

    def index(self, path):
        """(index where the path is or would be, record or None)."""
        low, high = 0, len(self)
        wanted = sort_key(path)
        while low < high:
            middle = (low + high) // 2
            found, record = self.at(middle)
            key = sort_key(found)
            if key == wanted:
                return middle, record
            if key < wanted:
                low = middle + 1
            else:
                high = middle
        return low, None

    def below(self, path, limit):
        """The paths below a directory, or None when there are more than `limit`."""
        index, _ = self.index(path)
        prefix = path + b"/" if path else b""
        paths = []
        for at in range(index + 1, len(self)):
            found, _ = self.at(at)
            if not found.startswith(prefix):
                break
            if len(paths) == limit:
                return None
            paths.append(found)
        return paths


class Inode:
    """One file, directory, symlink or special file that was touched or made; several paths may name it."""

    def __init__(self, record):
        self.fields = {field: record[field] for field in _INODE_FIELDS if field in record}
        self.xattrs = {unb64(name): unb64(value) for name, value in record.get("xattrs", [])}
        self.names = set()
        self.former_names = set()
        self.outside_names = 0
        self.content = None
        self.content_fields = None
        self.taboo = "error" in record or "unstable" in record
        self.source = unb64(record["path"]) if record.get("ino") else None
        self.identity = record

    @property
    def kind(self):
        return self.fields["type"]

    @property
    def mode(self):
        return int(self.fields["mode"], 8)

    def changing_content(self):
        """The content, to be changed; from then on size, checksum and extents are computed from it."""
        if self.content is None:
            extents = self.fields.get("data")
            self.content = Content(self.fields["size"], extents, self.source)
        self.content_fields = None
        return self.content

    @property
    def size(self):
        return self.fields["size"] if self.content is None else self.content.size


class Model:
    """The tree after the changes so far. Directories up to the root exist in it whenever an entry does."""

    def __init__(self, base, source):
        self.base = base
        self._source = os.fsencode(source)
        self._nodes = {}
        self._origins = {}

    def get(self, path):
        """The inode at a path, or None."""
        if path in self._nodes:
            return self._nodes[path]
        if any(self._nodes.get(above, self) is None for above in self._above(path)):
            return None
        _, record = self.base.index(path)
        if record is None:
            return None
        first = unb64(record.get("link", record["path"]))
        names = self.base.groups.get(first, [path])
        if first != path:
            record = self.base.index(first)[1]
        inode = Inode(record)
        inode.outside_names = record.get("nlink", len(names)) - len(names)
        for name in names:
            self._nodes[name] = inode
            self._origins[name] = inode
            inode.names.add(name)
        return inode

    def now(self, path):
        """Where what the manifest has at a path is now, or None."""
        inode = self._origins.get(path) or self.get(path)
        if inode is None or path in inode.names:
            return inode and path
        return min(inode.names, key=sort_key, default=None)

    @staticmethod
    def _above(path):
        while path:
            path = parent(path)
            yield path

    def below(self, path, limit):
        """All paths below a directory in manifest order, or None when there are more than `limit`."""
        if path in self._nodes and self._nodes[path].source is None:
            known = []
        else:
            known = self.base.below(path, limit + len(self._nodes)) if self.base.index(path)[1] else []
        if known is None:
            return None
        prefix = path + b"/" if path else b""
        paths = {found for found in known if self.get(found) is not None}
        paths.update(found for found, inode in self._nodes.items() if inode is not None and found.startswith(prefix))
        paths.discard(path)
        return None if len(paths) > limit else sorted(paths, key=sort_key)

    def unchanged_in_source(self, inode):
        """Refuses to go on when the source of a file isn't what the manifest describes."""
        descriptor, name = open_parent(self._source, inode.source)
        try:
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        finally:
            os.close(descriptor)
        recorded = inode.identity
        if (status.st_ino, status.st_ctime_ns, status.st_size) != (recorded["ino"], recorded["ctime"], recorded["size"]):
            raise VerifierError(
                f"Cannot compute the changes: {show(inode.source)} changed in the source since its manifest was made. "
                "Run recheck again first, or start with a new --work."
            )

    # Changes

    def add(self, path, inode):
        self._nodes[path] = inode
        inode.names.add(path)

    def remove(self, path):
        inode = self.get(path)
        self._nodes[path] = None
        self._forget_name(inode, path)

    @staticmethod
    def _forget_name(inode, path):
        inode.names.discard(path)
        inode.former_names.add(path)

    def rename(self, path, to):
        """Moves an entry; a directory with all that is below it."""
        moved = [path]
        if self.get(path).kind == "dir":
            moved += self.below(path, len(self.base) + len(self._nodes))
        inodes = [self.get(old) for old in moved]
        for old, inode in zip(moved, inodes):
            self._nodes[old] = None
            self._forget_name(inode, old)
        for old, inode in zip(moved, inodes):
            self.add(to + old[len(path):], inode)

    # Result

    def write(self, output, privileged, new_directory_times=True):
        """Writes the manifest of the model; without `new_directory_times` a directory that has another time than in the base has none."""
        writer = ManifestWriter(output, privileged)
        changed = sorted(((sort_key(path), path, inode) for path, inode in self._nodes.items()), key=lambda node: node[0])
        at = 0
        records = {}
        for path, record in ManifestReader(self.base.name):
            key = sort_key(path)
            while at < len(changed) and changed[at][0] < key:
                self._write_node(writer, changed[at], records, new_directory_times)
                at += 1
            if at < len(changed) and changed[at][0] == key:
                self._write_node(writer, changed[at], records, new_directory_times)
                at += 1
            else:
                writer.add(record)
        for node in changed[at:]:
            self._write_node(writer, node, records, new_directory_times)
        writer.end()
        return writer.totals

    def _write_node(self, writer, node, records, new_directory_times):
        _, path, inode = node
        if inode is None:
            return
        if id(inode) not in records:
            records[id(inode)] = self._fields(inode)
        record = {"path": b64(path), "show": show(path)}
        record.update(records[id(inode)])
        first = min(inode.names, key=sort_key)
        count = len(inode.names) + inode.outside_names
        if inode.kind != "dir" and count > 1:
            record["nlink"] = count
            if first != path:
                record["link"] = b64(first)
        if inode.kind == "dir" and not new_directory_times and record.get("mtime") != inode.identity.get("mtime"):
            del record["mtime"]
        record["origin"] = None if inode.source is None else b64(inode.source)
        if was := sorted(inode.former_names - inode.names):
            record["was"] = [b64(name) for name in was]
        writer.add(record)

    def _fields(self, inode):
        fields = dict(inode.fields)
        for flag in ("error", "unstable"):
            if flag in inode.identity:
                fields[flag] = inode.identity[flag]
        if inode.xattrs:
            fields["xattrs"] = [[b64(name), b64(value)] for name, value in sorted(inode.xattrs.items())]
        if inode.content is not None:
            for field in ("data", "dataTotal", "dataCount"):
                fields.pop(field, None)
            if inode.content_fields is None:
                inode.content_fields = self._content_fields(inode)
            fields.update(inode.content_fields)
        return fields

    def _content_fields(self, inode):
        if inode.source is not None:
            self.unchanged_in_source(inode)
        extents = inode.content.data_extents()
        total = sum(length for _, length in extents)
        fields = {"size": inode.content.size, "sha256": inode.content.sha256(self._source), "allocated": -(-total // BLOCK) * BLOCK}
        if total < inode.content.size:
            fields["data"] = extents[:MAX_LISTED_EXTENTS]
            if len(extents) > MAX_LISTED_EXTENTS:
                fields["dataTotal"] = total
                fields["dataCount"] = len(extents)
        return fields
