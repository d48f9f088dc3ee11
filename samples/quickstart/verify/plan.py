# SPDX-License-Identifier: Apache-2.0
"""Draws a seeded plan of changes over a manifest and computes what the tree must be after it."""

import contextlib
import os
import random
import stat

from manifest import Output
from model import Base, Inode, Model
from paths import b64, parent, sort_key
from seeded import seeded_bytes

VERSION = 0
MAX_MOVED = 200
MAX_REMOVED = 150
MAX_XATTR_BYTES = 1000
_TRIES = 40
_CAPABILITY = b"security.capability"
_ACLS = (b"system.posix_acl_access", b"system.posix_acl_default")
_NAMES = (b"new-%d", b"new %d with space", b"new-%d-\xc3\xa9", b"new-%d-e\xcc\x81", b"new\n%d", b"new-%d-\xff\xfe", b'new-%d-"\\n\t', b"-new-%d")
_CONTENT_OPS = ("write", "append", "write-beyond-end", "truncate", "extend")
_KINDS = _CONTENT_OPS + (
    "rename", "rename-directory", "swap", "re-create", "relink", "link", "chmod", "chown", "mtime",
    "setxattr", "removexattr", "create", "unlink", "mkdir", "symlink",
)  # fmt: skip


class Plan:
    """Records of a plan, drawn one change at a time; each is applied to the model at once."""

    def __init__(self, base, source, seed, privileged):
        self._base = base
        self._model = Model(base, source)
        self._random = random.Random(seed)
        self._privileged = privileged
        self._records = []
        self._step = None
        self._what = None
        self._fresh = 0
        self._times = {}

    def draw_in_copy(self, count):
        """Draws changes that are made in a virtual copy; no later change touches what they touch."""
        self._step = "copy"
        for _ in range(count):
            self._what = self._random.choice(("write", "append", "truncate"))
            inode = self._content(self._what, self._is_plain)
            if inode:
                inode.taboo = True
        self._set_times()

    @staticmethod
    def _is_plain(inode):
        """Whether a program opens it under one name, which is text, and finds no holes, which a copy may fill."""
        try:
            one = len(inode.names) == 1 and not inode.outside_names and "data" not in inode.fields
            return one and bool(min(inode.names).decode())
        except UnicodeDecodeError:
            return False

    def draw(self, count):
        """Draws `count` changes; returns how many were drawn."""
        self._step = "changes"
        drawn = 0
        while drawn < count:
            before = drawn
            for kind in self._random.sample(_KINDS, len(_KINDS)):
                if drawn < count and self._change(kind):
                    drawn += 1
            if drawn == before:
                break
        self._set_times()
        return drawn

    def draw_removals(self, count):
        """Draws the removals, which come last."""
        self._step = "remove"
        for _ in range(max(3, count // 10)):
            self._what = "remove"
            self._unlink()
        self._what = "remove-directory"
        self._remove_directory()
        self._set_times()

    def records(self):
        return self._records

    def write_expected(self, output, privileged):
        return self._model.write(output, privileged)

    def write_copy(self, output, privileged):
        """Writes what a virtual copy is that was refreshed now: directories in which names came or went have a time of their own."""
        self._model.write(output, privileged, new_directory_times=False)

    def _change(self, kind):
        self._what = kind
        if kind in _CONTENT_OPS:
            return self._content(kind)
        return getattr(self, "_" + kind.replace("-", "_"))()

    # Choosing

    def _pick(self, kinds, fits):
        """A path and its inode of one of the kinds that fits, or None after some tries."""
        indexes = [self._base.of_type[kind] for kind in kinds if kind in self._base.of_type]
        total = sum(map(len, indexes))
        for _ in range(_TRIES if total else 0):
            at = self._random.randrange(total)
            for some in indexes:
                if at < len(some):
                    break
                at -= len(some)
            path = self._model.now(self._base.at(some[at])[0])
            inode = None if path is None else self._model.get(path)
            if inode is not None and not inode.taboo and self._reachable(path) and fits(path, inode):
                return path, inode
        return None

    def _allowed(self, inode, bits):
        return self._privileged or inode.mode & bits == bits

    def _reachable(self, path):
        while path:
            path = parent(path)
            if not self._allowed(self._model.get(path), 0o100):
                return False
        return True

    def _can_rename_in(self, path):
        """Whether the directory of a path can take and lose names, and nothing in it is unknown."""
        above = self._model.get(parent(path))
        return not above.taboo and self._allowed(above, 0o300)

    def _movable(self, path, inode):
        return path != b"" and self._can_rename_in(path)

    @staticmethod
    def _writable_content(inode):
        plain = not inode.mode & (stat.S_ISUID | stat.S_ISGID) and _CAPABILITY not in inode.xattrs
        return plain and "sha256" in inode.fields and "dataTotal" not in inode.fields

    def _directory(self):
        """A directory in which new names can be made, whose children don't inherit group or ACL from it."""

        def fits(path, inode):
            plain = not inode.mode & stat.S_ISGID and _ACLS[1] not in inode.xattrs
            return plain and self._allowed(inode, 0o300)

        picked = self._pick(("dir",), fits)
        return picked and picked[0]

    def _new_path(self, directory):
        while True:
            self._fresh += 1
            name = _NAMES[self._fresh % len(_NAMES)] % self._fresh
            path = directory + b"/" + name if directory else name
            if self._model.get(path) is None:
                return path

    def _seed(self):
        return self._random.randrange(1, 1 << 53)

    def _data(self, length):
        """(data field, bytes): short ones are given as they are."""
        if length <= 24:
            data = self._random.randbytes(length)
            return {"base64": b64(data)}, data
        seed = self._seed()
        return {"seed": seed, "length": length}, seeded_bytes(seed, length)

    def _length(self):
        return self._random.choice((1, 7, 24, 100, 4096, 5000, self._random.randrange(1, 20000), self._random.randrange(1, 100000)))

    # Recording

    def _record(self, op, path, **fields):
        self._records.append({"n": len(self._records) + 1, "step": self._step, "what": self._what, "op": op, "path": b64(path), **fields})
        return True

    def _touch(self, inode):
        """What has an mtime of its own making gets a known one at the end of the step."""
        self._times[id(inode)] = inode

    def _touch_parent(self, path):
        self._touch(self._model.get(parent(path)))

    def _set_times(self):
        self._what = "times"
        live = [(max(inode.names, key=sort_key), inode) for inode in self._times.values() if inode.names]
        for path, inode in sorted(live, key=lambda item: sort_key(item[0]), reverse=True):
            self._set_mtime(path, inode)
        self._times = {}

    def _set_mtime(self, path, inode):
        seconds = self._random.choice((self._random.randrange(0, 2_000_000_000), self._random.randrange(0, 4_000_000_000)))
        value = seconds * 10**9 + self._random.choice((0, 1, 999_999_999, self._random.randrange(10**9)))
        inode.fields["mtime"] = value
        self._record("mtime", path, mtime=value)

    # Changes of one record

    def _content(self, kind, fits=lambda inode: True):
        picked = self._pick(("file",), lambda path, inode: self._writable_content(inode) and self._allowed(inode, 0o200) and fits(inode))
        if not picked:
            return None
        path, inode = picked
        size = inode.size
        if kind in ("truncate", "extend"):
            new_size = self._random.randrange(size + 1) if kind == "truncate" else size + self._random.randrange(1, 1 << 20)
            inode.changing_content().truncate(new_size)
            self._record("truncate", path, size=new_size)
        else:
            field, data = self._data(self._length())
            offset = {
                "write": self._random.randrange(size + 1),
                "append": size,
                "write-beyond-end": size + self._random.randrange(1, 1 << 20),
            }[kind]
            inode.changing_content().write(offset, data)
            self._record("write", path, offset=offset, data=field)
        self._touch(inode)
        return inode

    def _chmod(self):
        def fits(path, inode):
            return path != b"" and not any(name in inode.xattrs for name in _ACLS)

        picked = self._pick(("file", "dir", "fifo", "socket"), fits)
        if not picked:
            return False
        path, inode = picked
        if inode.kind == "dir":
            modes = [0o755, 0o700, 0o750, 0o1777] + ([0o2755, 0o555] if self._privileged else [])
        else:
            modes = [0o600, 0o640, 0o644, 0o755, 0o444, 0o4755] + ([0o2755, 0o6711, 0o000] if self._privileged else [])
        inode.fields["mode"] = "%04o" % self._random.choice(modes)
        return self._record("chmod", path, mode=inode.fields["mode"])

    def _chown(self):
        def fits(path, inode):
            return path != b"" and not inode.mode & (stat.S_ISUID | stat.S_ISGID) and _CAPABILITY not in inode.xattrs

        picked = self._privileged and self._pick(("file", "dir", "symlink"), fits)
        if not picked:
            return False
        path, inode = picked
        inode.fields["uid"] = self._random.randrange(1000, 60000)
        inode.fields["gid"] = self._random.randrange(1000, 60000)
        return self._record("chown", path, uid=inode.fields["uid"], gid=inode.fields["gid"])

    def _mtime(self):
        picked = self._pick(("file", "dir", "symlink", "fifo"), lambda path, inode: True)
        if not picked:
            return False
        self._set_mtime(*picked)
        return True

    def _setxattr(self):
        kinds = ("file", "dir", "symlink") if self._privileged else ("file", "dir")

        def fits(path, inode):
            used = sum(len(name) + len(value) for name, value in inode.xattrs.items())
            fitting = used < MAX_XATTR_BYTES and _CAPABILITY not in inode.xattrs
            return path != b"" and fitting and self._allowed(inode, 0o200)

        picked = self._pick(kinds, fits)
        if not picked:
            return False
        path, inode = picked
        name = b"user.quickstart.%d" % self._random.randrange(4)
        if inode.kind == "symlink" or (self._privileged and self._random.random() < 0.3):
            name = b"trusted.quickstart.%d" % self._random.randrange(4)
        value = self._random.randbytes(self._random.choice((0, 1, 16, 200)))
        inode.xattrs[name] = value
        return self._record("setxattr", path, name=b64(name), value=b64(value))

    @staticmethod
    def _removable_xattrs(inode, privileged):
        return sorted(name for name in inode.xattrs if name.startswith((b"user.", b"trusted.") if privileged else b"user."))

    def _removexattr(self):
        def fits(path, inode):
            return path != b"" and self._allowed(inode, 0o200) and self._removable_xattrs(inode, self._privileged)

        picked = self._pick(("file", "dir", "symlink"), fits)
        if not picked:
            return False
        path, inode = picked
        name = self._random.choice(self._removable_xattrs(inode, self._privileged))
        del inode.xattrs[name]
        return self._record("removexattr", path, name=b64(name))

    def _rename(self):
        picked = self._pick(("file", "symlink", "fifo"), self._movable)
        directory = self._directory()
        if not picked or directory is None:
            return False
        self._move(picked[0], self._new_path(directory))
        return True

    def _rename_directory(self):
        def fits(path, inode):
            if not self._movable(path, inode) or not self._allowed(inode, 0o300):
                return False
            below = self._model.below(path, MAX_MOVED)
            return below is not None and not any(self._model.get(name).taboo for name in below)

        picked = self._pick(("dir",), fits)
        directory = self._directory()
        if not picked or directory is None:
            return False
        path, inode = picked
        if directory == path or directory.startswith(path + b"/"):
            directory = parent(path)
        self._move(path, self._new_path(directory))
        self._touch(inode)
        return True

    def _link(self):
        picked = self._pick(("file",), lambda path, inode: self._linkable(inode))
        directory = self._directory()
        if not picked or directory is None:
            return False
        self._name(picked[0], self._new_path(directory))
        return True

    def _create(self):
        directory = self._directory()
        if directory is None:
            return False
        self._make_file(self._new_path(directory))
        return True

    def _mkdir(self):
        return self._make("mkdir", "dir", self._random.choice((0o755, 0o700, 0o775)))

    def _symlink(self):
        target = self._random.choice((b"../elsewhere", b"dangling \xff", b"/absolute/target", b"a\nb", b"."))
        return self._make("symlink", "symlink", 0o777, target)

    def _unlink(self):
        picked = self._pick(("file", "file", "symlink", "fifo", "socket"), self._movable)
        if not picked:
            return False
        self._drop("unlink", picked[0])
        return True

    def _remove_directory(self):
        limit = min(MAX_REMOVED, len(self._base) // 2)

        def fits(path, inode):
            if not self._movable(path, inode) or not self._allowed(inode, 0o300):
                return False
            below = self._model.below(path, limit)
            return below is not None and all(
                not self._model.get(name).taboo and (self._model.get(name).kind != "dir" or self._allowed(self._model.get(name), 0o300))
                for name in below
            )

        picked = self._pick(("dir",), fits)
        if not picked:
            return
        for name in reversed(self._model.below(picked[0], limit)):
            self._drop("rmdir" if self._model.get(name).kind == "dir" else "unlink", name)
        self._drop("rmdir", picked[0])

    # Changes of several records

    def _swap(self):
        first = self._pick(("file",), self._movable)
        second = self._pick(("file",), self._movable)
        if not first or not second or first[0] == second[0]:
            return False
        directory = self._model.get(parent(first[0]))
        if directory is None:
            return False
        between = self._new_path(parent(first[0]))
        self._move(first[0], between)
        self._move(second[0], first[0])
        self._move(between, second[0])
        return True

    def _re_create(self):
        picked = self._pick(("file",), lambda path, inode: self._movable(path, inode) and self._makes_plain(parent(path)))
        directory = self._directory()
        if not picked or directory is None:
            return False
        self._move(picked[0], self._new_path(directory))
        self._make_file(picked[0])
        return True

    def _relink(self):
        picked = self._pick(("file",), lambda path, inode: self._movable(path, inode) and self._linkable(inode))
        directory = self._directory()
        if not picked or directory is None:
            return False
        self._name(picked[0], self._new_path(directory))
        self._drop("unlink", picked[0])
        return True

    # Single calls on the model

    def _linkable(self, inode):
        """Also what the kernel's protected_hardlinks asks of a user: readable, writable, no suid."""
        return self._privileged or (self._allowed(inode, 0o600) and not inode.mode & (stat.S_ISUID | stat.S_ISGID))

    def _makes_plain(self, directory):
        inode = self._model.get(directory)
        return not inode.mode & stat.S_ISGID and _ACLS[1] not in inode.xattrs

    def _move(self, path, to):
        self._record("rename", path, to=b64(to))
        self._touch_parent(path)
        self._model.rename(path, to)
        self._touch_parent(to)

    def _name(self, path, to):
        self._record("link", path, to=b64(to))
        self._model.add(to, self._model.get(path))
        self._touch_parent(to)

    def _drop(self, op, path):
        inode = self._model.get(path)
        if op == "unlink":
            self._record(op, path, kind=inode.kind, last=len(inode.names) == 1)
        else:
            self._record(op, path)
        self._model.remove(path)
        self._touch_parent(path)

    def _make(self, op, kind, mode, target=None):
        directory = self._directory()
        if directory is None:
            return False
        path = self._new_path(directory)
        inode = self._new_inode(kind, mode)
        if target is None:
            self._record(op, path, mode="%04o" % mode)
        else:
            inode.fields["target"] = b64(target)
            self._record(op, path, target=b64(target))
        self._add_new(path, inode)
        return True

    def _make_file(self, path):
        mode = self._random.choice((0o644, 0o600, 0o755))
        field, data = self._data(self._random.choice((0, self._length())))
        inode = self._new_inode("file", mode)
        inode.fields["size"] = 0
        inode.changing_content().write(0, data)
        self._record("create", path, mode="%04o" % mode, data=field)
        self._add_new(path, inode)

    @staticmethod
    def _new_inode(kind, mode):
        return Inode({"path": "", "type": kind, "mode": "%04o" % mode, "uid": os.geteuid(), "gid": os.getegid()})

    def _add_new(self, path, inode):
        self._model.add(path, inode)
        self._touch(inode)
        self._touch_parent(path)


def write_plan(manifest, source, seed, count, changes, expected, copy):
    """Draws the plan and writes all files; the changes last, so that they never stand alone."""
    privileged = os.geteuid() == 0
    with contextlib.closing(Base(manifest)) as base:
        plan = Plan(base, source, seed, privileged)
        plan.draw_in_copy(max(3, count // 20))
        drawn = plan.draw(count)
        privileged = privileged and bool(base.header.get("privileged"))
        if copy:
            with Output(copy) as output:
                plan.write_copy(output, privileged)
        plan.draw_removals(count)
        with Output(expected) as output:
            totals = plan.write_expected(output, privileged)
        records = plan.records()
    with Output(changes) as output:
        output.json({"changes": "kmesh-verify", "version": VERSION, "seed": seed, "count": count, "drawn": drawn})
        for record in records:
            output.json(record)
        output.json({"end": True, "records": len(records)})
    return drawn, len(records), totals
