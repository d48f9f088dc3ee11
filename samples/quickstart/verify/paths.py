# SPDX-License-Identifier: Apache-2.0
"""Paths as bytes: how they are ordered, printed, and reached without ever building a long absolute path."""

import binascii
import os
import re

_PLAIN = re.compile(rb"[ !#-\[\]-~]*")
_PLAIN_TEXT = re.compile(rb"[ -~]*")


def b64(data):
    """Base64 of bytes as text."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unb64(text):
    """Bytes of a base64 text; ValueError when it is not base64."""
    return binascii.a2b_base64(text, strict_mode=True)


def show(path):
    """A path for people: ASCII in every locale, one line, '.' for the root. Never parsed back."""
    if not path:
        return "."
    if _PLAIN.fullmatch(path):
        return path.decode("ascii")
    return escape(path)


def escape(data):
    """Bytes as printable ASCII, backslash escapes for the rest."""
    out = []
    for byte in data:
        char = chr(byte)
        if char in '\\"':
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\n")
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append("\\x%02x" % byte)
    return "".join(out)


def show_value(data, limit=60):
    """Bytes of an attribute for people: quoted text when printable, else hexadecimal; long ones are cut."""
    cut = data[:limit]
    text = '"%s"' % escape(cut) if _PLAIN_TEXT.fullmatch(cut) else "0x" + cut.hex()
    return text if len(data) <= limit else "%s... (%d bytes)" % (text, len(data))


def sort_key(path):
    """Key of the manifest order: depth first, names by bytes (a name never holds byte 0)."""
    return path.replace(b"/", b"\0")


def parent(path):
    """The directory above a relative path; the root is b''."""
    return path.rpartition(b"/")[0]


def open_parent(root, path):
    """Opens the directory that holds `path` below `root`, name by name, following no symlink.

    Returns (descriptor, last name); the caller closes the descriptor. OSError when a step fails.
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        names = path.split(b"/")
        for name in names[:-1]:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        return descriptor, names[-1]
    except OSError:
        os.close(descriptor)
        raise


def open_file(root, path):
    """Opens a regular file below `root` for reading; the caller closes the descriptor."""
    descriptor, name = open_parent(root, path)
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
    finally:
        os.close(descriptor)
