# SPDX-License-Identifier: Apache-2.0
"""The mirror form: keys and attributes of stored files, after docs/format/mirror.md alone."""

import hashlib
import json
import re
import struct

from dirstore import DamagedError
from paths import b64, unb64
from walk import update_zeros

FORMAT = "mirror/0"
MAX_KEY = 1024
_SPECIAL = [(0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x061C, 0x061C), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F)]
_SPECIAL += [(0xFDD0, 0xFDEF), (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFF), (0xE0000, 0xE007F)]
_PLAIN = re.compile(rb"(?! )[ -$&-\[\]-~]*(?<![. ])")
_DECIMAL = re.compile(r"0|[1-9][0-9]*")
_SIGNED = re.compile(r"0|-?[1-9][0-9]*")
_FID = re.compile(r"\[0x[0-9a-f]+:0x[0-9a-f]+:0x[0-9a-f]+\]")
_EXTENT = re.compile(r"([0-9]+)\+([0-9]+)")
_ATTEMPT = re.compile(r"[0-9a-f]{32}")
_BY_FID = re.compile(r"\.kmesh/by-fid/([0-9a-f]+-[0-9a-f]+-[0-9a-f]+)/([0-9a-f]{32})")
_LEFT_OUT = frozenset(
    (b"trusted.lov", b"trusted.lma", b"trusted.lmv", b"trusted.link", b"trusted.hsm", b"trusted.som", b"trusted.fid", b"trusted.version", b"trusted.dmv")
)


def _escaped(code):
    return code in (0x25, 0x5C) or code & 0xFFFE == 0xFFFE or any(low <= code <= high for low, high in _SPECIAL)


def escape_name(name):
    """One name of a path as it stands in a key."""
    if _PLAIN.fullmatch(name):
        return name.decode("ascii")
    out = []
    text = name.decode("utf-8", "surrogateescape")
    for number, char in enumerate(text):
        code = ord(char)
        edge = (char in ". " and number == len(text) - 1) or (char == " " and number == 0)
        if 0xDC80 <= code <= 0xDCFF:
            out.append("%%%02X" % (code - 0xDC00))
        elif edge or _escaped(code):
            out.extend("%%%02X" % byte for byte in char.encode())
        else:
            out.append(char)
    return "".join(out)


def plain_key(path):
    """The key of a path of bytes, without prefix, whatever its length."""
    key = "/".join(escape_name(name) for name in path.split(b"/"))
    return "%2E" + key[1:] if path.startswith(b".kmesh") else key


def long_key(path):
    """The key of a path whose plain key is too long."""
    return ".kmesh/long/" + hashlib.sha256(path).hexdigest()


def key_of(path, prefix):
    """The key that a file of a path has, unless another file holds it."""
    plain = plain_key(path)
    return plain if len((prefix + plain).encode()) <= MAX_KEY else long_key(path)


def is_key_of_fid(key, fid):
    """Whether an alternate key is one of a file with this FID."""
    match = _BY_FID.fullmatch(key)
    return bool(match) and match[1] == "-".join(part.removeprefix("0x") for part in fid[1:-1].split(":"))


def path_of_key(key):
    """The path that a plain key says; DamagedError when it is none."""
    names = []
    for name in key.removesuffix("/").split("/"):
        if re.search("%(?![0-9A-F]{2})", name):
            raise DamagedError("its key has a % that two hexadecimal digits do not follow")
        data = re.sub(rb"%([0-9A-F]{2})", lambda match: bytes((int(match[1], 16),)), name.encode())
        if data in (b"", b".", b"..") or b"/" in data or b"\0" in data:
            raise DamagedError("its key holds a name that no path can have")
        names.append(data)
    return b"/".join(names)


class LogicalDigest:
    """SHA-256 of a file whose body holds only its extents: holes are fed as zeros."""

    def __init__(self, extents, size):
        self._extents = extents
        self._size = size
        self._hasher = hashlib.sha256()
        self._at = 0
        self._next = 0
        self._left = 0

    def feed(self, part):
        """Takes some of the body."""
        part = memoryview(part)
        while part:
            if not self._left:
                if self._next == len(self._extents):
                    raise DamagedError("its body is longer than its extents")
                start, self._left = self._extents[self._next]
                self._next += 1
                update_zeros(self._hasher, start - self._at)
                self._at = start
            step = min(self._left, len(part))
            self._hasher.update(part[:step])
            self._at += step
            self._left -= step
            part = part[step:]

    def hexdigest(self):
        """The checksum; DamagedError when the body was too short."""
        if self._left or self._next != len(self._extents):
            raise DamagedError("its body is shorter than its extents")
        update_zeros(self._hasher, self._size - self._at)
        self._at = self._size
        return self._hasher.hexdigest()


def number(attributes, name, pattern=_DECIMAL):
    """A decimal attribute; DamagedError when it is missing or no such number."""
    text = attributes.get(name)
    if text is None:
        raise DamagedError(f"{name} is missing")
    if not pattern.fullmatch(text):
        raise DamagedError(f"{name} is {text!a}, no decimal number")
    return int(text)


def extents_of(attributes):
    """[[offset, length], ...] of kmesh-extents, or None when it is absent."""
    text = attributes.get("kmesh-extents")
    if text is None:
        return None
    size = number(attributes, "kmesh-size")
    extents = []
    end = -1
    for part in text.split(",") if text else ():
        match = _EXTENT.fullmatch(part)
        if not match:
            raise DamagedError(f"kmesh-extents has {part!a}")
        start, length = int(match[1]), int(match[2])
        if start <= end or length == 0 or start + length > size:
            raise DamagedError(f"kmesh-extents {part} is out of order, empty, touching or beyond the size {size}")
        end = start + length
        extents.append([start, length])
    return extents


def unpack_xattrs(text):
    """[(name, value), ...] of packed extended attributes."""
    try:
        packed = unb64(text)
    except ValueError as error:
        raise DamagedError("kmesh-xattrs is no base64") from error
    pairs = []
    at = 0
    try:
        while at < len(packed):
            (length,) = struct.unpack_from(">H", packed, at)
            name = packed[at + 2 : at + 2 + length]
            at += 2 + length
            (size,) = struct.unpack_from(">I", packed, at)
            value = packed[at + 4 : at + 4 + size]
            at += 4 + size
            if at > len(packed) or not name:
                raise DamagedError("kmesh-xattrs is cut")
            if pairs and name <= pairs[-1][0]:
                raise DamagedError("kmesh-xattrs is out of order")
            pairs.append((name, value))
    except struct.error as error:
        raise DamagedError("kmesh-xattrs is cut") from error
    return pairs


def side_attributes(body):
    """The attributes in the body of a side object."""
    try:
        attributes = json.loads(body.decode())
    except ValueError as error:
        raise DamagedError("its side object is no JSON") from error
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        raise DamagedError("its side object is no JSON object of strings")
    return attributes


def is_stored_xattr(name):
    """Whether an xattr is one that the mirror form stores."""
    return not (name.startswith((b"lustre.", b"trusted.kmesh.")) or name in _LEFT_OUT)


def record_of(attributes, digest, logical):
    """A stored file's attributes in the words of a manifest; DamagedError when one is missing or malformed.

    `digest` is the SHA-256 of the body, `logical` a LogicalDigest that was fed it, or None.
    """
    if not _FID.fullmatch(attributes.get("kmesh-fid", "")):
        raise DamagedError(f"kmesh-fid is {attributes.get('kmesh-fid')!a}")
    number(attributes, "kmesh-data-version")
    if not _ATTEMPT.fullmatch(attributes.get("kmesh-attempt", "")):
        raise DamagedError(f"kmesh-attempt is {attributes.get('kmesh-attempt')!a}")
    if not re.fullmatch("[0-7]{4}", attributes.get("kmesh-mode", "")):
        raise DamagedError(f"kmesh-mode is {attributes.get('kmesh-mode')!a}")
    number(attributes, "kmesh-atime", _SIGNED)
    content = attributes.get("kmesh-sha256", "")
    if logical is None:
        found = digest
    else:
        found = logical.hexdigest()
        if attributes.get("kmesh-body-sha256") != digest:
            raise DamagedError(f"kmesh-body-sha256 is {attributes.get('kmesh-body-sha256')!a}, the body's is {digest}")
    if content != found:
        raise DamagedError(f"kmesh-sha256 is {content!a}, the content's is {found}")
    record = {
        "type": attributes["kmesh-type"],
        "mode": attributes["kmesh-mode"],
        "uid": number(attributes, "kmesh-uid"),
        "gid": number(attributes, "kmesh-gid"),
        "mtime": number(attributes, "kmesh-mtime", _SIGNED),
        "size": number(attributes, "kmesh-size"),
        "sha256": content,
        "allocated": 0,
    }
    if "kmesh-xattrs" in attributes:
        pairs = unpack_xattrs(attributes["kmesh-xattrs"])
        if any(not is_stored_xattr(name) for name, _ in pairs):
            raise DamagedError("kmesh-xattrs holds what belongs to the file system")
        record["xattrs"] = [[b64(name), b64(value)] for name, value in pairs]
    return record
