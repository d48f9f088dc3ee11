#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes the signatures out of jars, in place: unsign.py JAR...

Java verifies each class of a signed jar when it loads it (0.2 s of each start of kmesh) and keeps none in an archive of
classes. OpenJDK asks for no signature. Where the jars come from was checked by Maven.
"""

import os
import sys
import zipfile

SIGNATURES = (".SF", ".RSA", ".DSA", ".EC")


def is_signature(name):
    return name.upper().startswith("META-INF/") and name.count("/") == 1 and name.upper().endswith(SIGNATURES)


def unsigned_manifest(content):
    """The main section: the others are digests of entries."""
    return content.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0] + b"\n\n"


def unsign(path):
    with zipfile.ZipFile(path) as jar:
        if not any(is_signature(name) for name in jar.namelist()):
            return
        with zipfile.ZipFile(path + ".next", "w", zipfile.ZIP_DEFLATED) as target:
            for entry in jar.infolist():
                content = jar.read(entry)
                if is_signature(entry.filename):
                    continue
                if entry.filename.upper() == "META-INF/MANIFEST.MF":
                    content = unsigned_manifest(content)
                target.writestr(entry, content, entry.compress_type)
    os.replace(path + ".next", path)


for argument in sys.argv[1:]:
    unsign(argument)
