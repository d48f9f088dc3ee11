#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a tree of everything that real trees hold and tools get wrong. Same seed and user, same tree (times included).

What this user or file system can't make is printed and left out, never an error.
"""

import argparse
import os
import random
import stat
import struct
import sys

from small_files import text_pool

GIB = 1 << 30
KIB = 1 << 10
NANOSECONDS = 10**9

NAMES = [
    b"plain", b"with space", b" leading space", b"trailing space ", b"trailing dot.", b"-rf", b"--help", b"~", b"#hash#", b"*", b"?", b"[a-z]",
    b"new\nline", b"\nleading newline", b"trailing newline\n", b"carriage\rreturn", b"tab\tname", b"bell\x07", b"escape\x1b[31mred", b"\x7f", b"\x01",
    b"quote'single", b'quote"double', b"back`tick", b"$(touch pwned)", b"a;b|c&d", b"<angle>", b"{brace}", b"comma,name", b"colon:name", b"equals=name",
    b"back\\slash", b"\\", b"\\n", b"\\x41", b"back\\\\slash", b"%2F", b"%00", b"%", b"%%", b"%41", b"A", b"a%2Fb", b"..%2F..%2Fetc", b"&#47;", b"&amp;", b"u002f",
    b"...", b".. ", b". ", b"..a", b".hidden", b"a..b", b"C:\\windows", b"CON", b"nul",
    "é".encode(), b"e\xcc\x81", "日本語".encode(), "🚀".encode(), "\u202edrow".encode(), "\ufeffbom".encode(), "İ".encode(), "ß".encode(), "SS".encode(), b"ss",
    b"\xff\xfe", b"latin1-\xe9", b"\x80", b"\xc3", b"cut-\xe2\x82", b"\xed\xa0\x80surrogate", b"\xc0\xafoverlong", b"\xf5\x80\x80\x80",
    b"README", b"readme", b"Readme", b"0", b"null", b"true", b"{}", b'{"path":"x"}', b"kmesh-mtime", b"file.kmesh", b".kmesh", b"file.part", b"file~", b".nfs000001",
    b"x" * 255, ("é" * 127 + "x").encode(), b"\xff" * 255, b"\n" * 255, b"%" * 255,
]  # fmt: skip

TIMES = [
    ("before-1970", -1), ("year-1901", -(2**31) * NANOSECONDS), ("year-1960", -315619200 * NANOSECONDS + 123456789), ("zero", 0),
    ("one-nanosecond", 1), ("almost-a-second", 999_999_999), ("last-32-bit", (2**31 - 1) * NANOSECONDS + 999_999_999),
    ("year-2038", 2**31 * NANOSECONDS), ("year-2106", 2**32 * NANOSECONDS + 1), ("year-2200", 7258118400 * NANOSECONDS + 5), ("year-2446", 15032385535 * NANOSECONDS + 7),
]  # fmt: skip


def acl(*entries):
    """A POSIX ACL as the kernel's xattr holds it: entries of (tag, permissions, id or None)."""
    packed = b"".join(struct.pack("<HHI", tag, bits, 0xFFFFFFFF if number is None else number) for tag, bits, number in entries)
    return struct.pack("<I", 2) + packed


ACCESS_ACL = acl((0x01, 6, None), (0x02, 4, 1234), (0x04, 4, None), (0x08, 6, 4321), (0x10, 6, None), (0x20, 0, None))
DEFAULT_ACL = acl((0x01, 7, None), (0x02, 5, 1234), (0x04, 5, None), (0x10, 5, None), (0x20, 0, None))
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)


class Tree:
    """Makes entries below one folder, by descriptors, so that paths may be longer than the kernel takes at once."""

    def __init__(self, root, seed):
        self.chooser = random.Random(seed)
        self.pool = text_pool(self.chooser, 256 * KIB)
        self.notes = []
        self._modes = []
        os.makedirs(root, exist_ok=True)
        self.top = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        if os.listdir(self.top):
            raise SystemExit(f"Cannot make a tree in {root}: it is not empty. Give a new folder.")
        self._open = [self.top]
        self.root_user = os.geteuid() == 0

    def directory(self, name, above=None):
        """Makes a directory and returns its descriptor, open until the end; its time is set then."""
        above = self.top if above is None else above
        os.mkdir(name, 0o755, dir_fd=above)
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
        self._open.append(descriptor)
        return descriptor

    def text(self, length):
        start = self.chooser.randrange(len(self.pool) - min(length, len(self.pool)) + 1)
        data = self.pool[start : start + length]
        while len(data) < length:
            data += self.pool[: length - len(data)]
        return data

    def file(self, directory, name, data=None, mode=0o644, extents=None, size=None):
        """Makes a file, of the given bytes or of [(offset, bytes)...] and a size."""
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=directory)
        try:
            if extents is None:
                extents = [(0, self.text(self.chooser.randrange(1, 3000)) if data is None else data)]
            for offset, part in extents:
                while part:
                    written = os.pwrite(descriptor, part, offset)
                    offset, part = offset + written, part[written:]
            if size is not None:
                os.ftruncate(descriptor, size)
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)
        self.time(directory, name)

    def time(self, directory, name, nanoseconds=None):
        """Sets the given or a seeded mtime, of a symlink itself too."""
        if nanoseconds is None:
            nanoseconds = self.chooser.randrange(1_000_000_000, 1_700_000_000) * NANOSECONDS + self.chooser.randrange(NANOSECONDS)
        os.utime(name, ns=(1_500_000_000 * NANOSECONDS, nanoseconds), dir_fd=directory, follow_symlinks=False)

    def symlink(self, directory, name, target):
        os.symlink(target, name, dir_fd=directory)
        self.time(directory, name)

    def later_mode(self, descriptor, mode):
        """The mode of a directory, set at the end: before that it must take entries."""
        self._modes.append((descriptor, mode))

    def attempt(self, what, action, *arguments):
        """Does what this user or file system may refuse; a refusal is noted."""
        try:
            action(*arguments)
        except OSError as error:
            self.notes.append(f"left out {what}: {error.strerror}")
            return False
        return True

    def close(self):
        """Sets modes and times of all directories and closes them."""
        for descriptor, mode in self._modes:
            self.attempt("a directory's mode", os.fchmod, descriptor, mode)
        for descriptor in reversed(self._open):
            nanoseconds = self.chooser.randrange(1_000_000_000, 1_700_000_000) * NANOSECONDS + self.chooser.randrange(NANOSECONDS)
            os.utime(descriptor, ns=(1_500_000_000 * NANOSECONDS, nanoseconds))
            os.close(descriptor)


def names(tree):
    """Every odd name, as a file and some as directories."""
    files = tree.directory("names")
    for name in NAMES:
        tree.attempt("the name %a" % name, tree.file, files, name)
    directories = tree.directory("named directories")
    for name in NAMES[::4]:
        tree.file(tree.directory(name, directories), b"inside " + name[:60], b"inside\n")
    order = tree.directory("order")
    tree.file(tree.directory(b"a", order), b"b")
    for name in (b"a-b", b"a.b", b"a b", b"a0", b"a\x01", b"a\xff"):
        tree.file(order, name)


def depth(tree):
    """Sixty levels, and a path of more than 4,096 bytes."""
    at = tree.directory("deep")
    for level in range(60):
        at = tree.directory("level %02d" % level, at)
        if level % 10 == 9:
            tree.file(at, "file at %d" % level)
    at = tree.directory("long")
    for level in range(18):
        at = tree.directory(b"%02d" % level + b"d" * 248, at)
    tree.file(at, b"f" * 255, b"at the end of a path of more than 4,096 bytes\n")
    tree.symlink(at, "link", b"../" + b"t" * 200)


def contents(tree):
    """Sizes around what buffers and blocks are, and bytes that look like something."""
    at = tree.directory("contents")
    for size in (0, 1, 63, 64, 511, 512, 4095, 4096, 4097, 65535, 65536, 65537, KIB * KIB - 1, KIB * KIB, KIB * KIB + 1, 3 * KIB * KIB + 17):
        tree.file(at, "size-%07d" % size, tree.text(size))
    tree.file(at, "zeros", bytes(100 * KIB))
    tree.file(at, "random", tree.chooser.randbytes(200 * KIB))
    tree.file(at, "all bytes", bytes(range(256)))
    empty = tree.directory("empty directory")
    tree.directory("empty in empty", empty)
    tree.directory(b"empty \xff", empty)


def sparse(tree, huge):
    """Holes at the start, in the middle, at the end, everywhere."""
    at = tree.directory("sparse")
    block = tree.text(64 * KIB)
    mib = KIB * KIB
    tree.file(at, "hole at start", extents=[(mib, block)])
    tree.file(at, "hole in the middle", extents=[(0, block), (2 * mib, block)])
    tree.file(at, "hole at end", extents=[(0, block)], size=2 * mib + 123)
    tree.file(at, "only a hole", extents=[], size=mib + 1)
    tree.file(at, "many holes", extents=[(number * 32 * KIB, block[: 4 * KIB]) for number in range(64)])
    tree.file(at, "one byte far out", extents=[(5 * mib, b"x")])
    tree.file(at, "logically huge", extents=[(0, b"start"), (huge // 2, block), (huge - 3, b"end")])


def large(tree, size):
    """A file of really that many bytes."""
    descriptor = os.open("large", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=tree.top)
    part = tree.chooser.randbytes(4 * KIB * KIB)
    try:
        for number in range(-(-size // len(part))):
            os.write(descriptor, number.to_bytes(8, "little") + part[8:])
    finally:
        os.close(descriptor)
    tree.time(tree.top, "large")


def symlinks(tree):
    """Loops, dangling ones, ones that point out, odd texts."""
    at = tree.directory("symlinks")
    tree.file(at, "target")
    for name, target in (
        (b"good", b"target"), (b"loop to itself", b"loop to itself"), (b"loop a", b"loop b"), (b"loop b", b"loop a"), (b"to above", b".."),
        (b"loop by directory", b"../symlinks"), (b"dangling", b"nowhere"), (b"absolute", b"/etc/passwd"), (b"absolute dangling", b"/nonexistent/\xff"),
        (b"out", b"../../../../../../../../etc"), (b"newline", b"a\nb"), (b"invalid \xff", b"\xfe\xff"), (b"spaces", b" "), (b"slashes", b"////"),
        (b"trailing slash", b"target/"), (b"long text", b"/".join([b"n" * 200] * 20)), (b"\xc3\xa9", b"e\xcc\x81"),
    ):  # fmt: skip
        tree.symlink(at, name, target)


def hard_links(tree):
    """Groups across directories, in every order of names."""
    one, two = tree.directory("hard a"), tree.directory("hard b")
    for group, places in enumerate((((one, "first"), (two, "second")), ((two, "z"), (one, "z"), (one, "y")), ((one, "same dir 1"), (one, "same dir 2")))):
        directory, name = places[0]
        tree.file(directory, "%s %d" % (name, group))
        for other, other_name in places[1:]:
            os.link("%s %d" % (name, group), "%s %d" % (other_name, group), src_dir_fd=directory, dst_dir_fd=other)
    tree.file(one, "empty", b"")
    os.link("empty", b"empty \xff", src_dir_fd=one, dst_dir_fd=two)
    tree.symlink(one, "link", "first 0")
    os.link("link", "link too", src_dir_fd=one, dst_dir_fd=two, follow_symlinks=False)


def modes(tree):
    """All odd modes, directories that nobody may write, owners that nobody knows."""
    at = tree.directory("modes")
    for mode in (0o600, 0o644, 0o755, 0o444, 0o777, 0o400, 0o4755, 0o2755, 0o6755, 0o1644, 0o4644, 0o7777):
        tree.file(at, "file %04o" % mode, mode=mode)
    for mode in (0o1777, 0o2775, 0o3777, 0o700, 0o555):
        directory = tree.directory("dir %04o" % mode, at)
        tree.file(directory, "inside", mode=0o444 if mode == 0o555 else 0o644)
        tree.later_mode(directory, mode)
    if tree.root_user:
        for uid, gid in ((1, 1), (1001, 1002), (65534, 65534), (2**32 - 2, 2**32 - 2)):
            name = "owner %d %d" % (uid, gid)
            tree.file(at, name)
            os.chown(name, uid, gid, dir_fd=at)
        tree.symlink(at, "owned link", "x")
        os.chown("owned link", 1001, 1002, dir_fd=at, follow_symlinks=False)
        tree.time(at, "owned link")
    else:
        tree.notes.append("left out foreign owners: not root")


def xattrs(tree):
    """Empty, binary, big and many attributes, of every namespace that is allowed."""
    at = tree.directory("xattrs")

    def put(name, attributes, directory=None):
        if directory is None:
            tree.file(at, name)
        target = os.open(name, os.O_RDONLY, dir_fd=at) if directory is None else os.dup(directory)
        try:
            for attribute, value in attributes:
                tree.attempt("xattr %a of %s" % (attribute, name), os.setxattr, target, attribute, value)
        finally:
            os.close(target)

    put("one", [(b"user.one", b"value")])
    put("empty value", [(b"user.empty", b"")])
    put("binary", [(b"user.binary", bytes(range(256)))])
    put("big", [(b"user.big", tree.chooser.randbytes(3 * KIB))])
    put("many", [(b"user.n%02d" % number, b"v%d" % number) for number in range(40)])
    put("odd names", [(b"user.sp ace", b"1"), ("user.é".encode(), b"2"), (b"user.\xff", b"3"), (b"user.new\nline", b"4"), (b"user.=", b"5"), (b"user." + b"n" * 250, b"6")])
    put("directory", [(b"user.dir", b"value")], tree.directory("directory", at))
    put("access ACL", [(b"system.posix_acl_access", ACCESS_ACL)])
    put("default ACL", [(b"system.posix_acl_default", DEFAULT_ACL), (b"system.posix_acl_access", ACCESS_ACL)], tree.directory("default ACL", at))
    if tree.root_user:
        put("trusted", [(b"trusted.test", b"root only"), (b"trusted.binary", b"\0\1")])
        put("capability", [(b"security.capability", CAPABILITY)])
        tree.symlink(at, "symlink", "one")
        path = b"/proc/self/fd/%d/symlink" % at
        tree.attempt("xattr of a symlink", lambda: os.setxattr(path, b"trusted.onlink", b"of the link", follow_symlinks=False))
        tree.time(at, "symlink")
    else:
        tree.notes.append("left out trusted.* and security.capability: not root")


def specials(tree):
    """FIFO, socket, device nodes."""
    at = tree.directory("special")
    for name, kind, device in (
        ("fifo", stat.S_IFIFO, 0), ("socket", stat.S_IFSOCK, 0), ("char device", stat.S_IFCHR, os.makedev(1, 3)), ("block device", stat.S_IFBLK, os.makedev(7, 200)),
    ):  # fmt: skip
        if device and not tree.root_user:
            tree.notes.append("left out the %s: not root" % name)
        elif tree.attempt("the " + name, lambda: os.mknod(name, kind | 0o640, device, dir_fd=at)):
            os.chmod(b"/proc/self/fd/%d/%s" % (at, name.encode()), 0o640)
            tree.time(at, name)


def unreadable(tree):
    """What a user can't read. Root reads all of it: no file system call makes a regular file unreadable to root."""
    at = tree.directory("unreadable")
    tree.file(at, "file 000", mode=0)
    tree.file(at, b"file 000 \xff\n", mode=0)
    tree.file(at, "file 0200", mode=0o200)
    tree.file(at, "file readable")
    for name, mode in (("dir 000", 0), ("dir 0311", 0o311), ("dir 0444", 0o444)):
        directory = tree.directory(name, at)
        tree.file(directory, "inside")
        tree.later_mode(directory, mode)
    if tree.root_user:
        tree.notes.append("unreadable/ is readable to root: run the job as a user to meet it")


def times(tree):
    """Before 1970, beyond 2038, single nanoseconds, on files, directories and symlinks."""
    at = tree.directory("times")
    for name, nanoseconds in TIMES:
        tree.file(at, name)
        tree.attempt("the time " + name, tree.time, at, name, nanoseconds)
        os.symlink(name, "link " + name, dir_fd=at)
        tree.attempt("the time " + name, tree.time, at, "link " + name, nanoseconds)
        os.mkdir("dir " + name, dir_fd=at)
        tree.attempt("the time " + name, tree.time, at, "dir " + name, nanoseconds)


def make(root, seed=1, huge=3 * GIB, large_bytes=0):
    """Makes the tree below `root` and returns the notes on what was left out."""
    # Each directory stays open until its time is set at the end.
    old_umask = os.umask(0)
    tree = Tree(root, seed)
    try:
        for part in (names, depth, contents, symlinks, hard_links, modes, xattrs, specials, unreadable, times):
            part(tree)
        sparse(tree, huge)
        if large_bytes:
            large(tree, large_bytes)
    finally:
        tree.close()
        os.umask(old_umask)
    return tree.notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--huge", type=int, default=3 * GIB, metavar="BYTES", help="logical size of the hugest sparse file")
    parser.add_argument("--large", action="store_true", help="add a file of really 2.5 GiB")
    arguments = parser.parse_args()
    for note in make(arguments.directory, arguments.seed, arguments.huge, 5 * GIB // 2 if arguments.large else 0):
        print(note)
    return 0


if __name__ == "__main__":
    sys.exit(main())
