#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes one jar of many, which any Java 17 runs alone: onejar.py TARGET MAIN_CLASS JAR...

The files of META-INF/services, and those that name the versions of Netty's parts, are put together line by line. What
tells of one jar only is left out: its module, its index and its signatures. Licences and notices are kept below META-INF/licenses/JAR. Other files that two jars have in different
forms are an error.
"""

import os
import re
import sys
import zipfile

TIME = (2020, 1, 1, 0, 0, 0)
LEFT_OUT = re.compile(
    r"(.*/)?(module-info\.class|MANIFEST\.MF)|META-INF/(INDEX\.LIST|[^/]*\.(SF|RSA|DSA|EC)|maven/.*)", re.IGNORECASE
)
LINES = re.compile(r"META-INF/(services/.*|io\.netty\.versions\.properties)")
LEGAL = re.compile(r"(META-INF/)?([^/]*-)?(LICEN[SC]E|NOTICE|DEPENDENCIES|AL2\.0|LGPL2\.1)[^/]*", re.IGNORECASE)


def merged(jars):
    """The files of all jars: name to content; and the lines of those that are put together."""
    files, together = {}, {}
    for path in jars:
        with zipfile.ZipFile(path) as jar:
            for name in jar.namelist():
                if name.endswith("/") or LEFT_OUT.fullmatch(name):
                    continue
                content = jar.read(name)
                if LINES.fullmatch(name):
                    lines = (line.split("#")[0].strip() for line in content.decode().splitlines())
                    known = together.setdefault(name, [])
                    known.extend(line for line in lines if line and line not in known)
                    continue
                if LEGAL.fullmatch(name):
                    name = "META-INF/licenses/%s/%s" % (os.path.basename(path)[:-4], os.path.basename(name))
                if files.setdefault(name, content) != content:
                    sys.exit("Cannot make one jar: %s of %s is another one elsewhere." % (name, path))
    return files, together


def main(target, main_class, jars):
    files, together = merged(jars)
    files.update((name, ("\n".join(lines) + "\n").encode()) for name, lines in together.items())
    manifest = "Manifest-Version: 1.0\nMain-Class: %s\nMulti-Release: true\n" % main_class
    manifest += "Enable-Native-Access: ALL-UNNAMED\nImplementation-Version: %s\n\n" % version(jars)
    with zipfile.ZipFile(target + ".next", "w") as jar:
        # The manifest comes first, and the same jars make the same bytes.
        for name, content in [("META-INF/MANIFEST.MF", manifest.encode())] + sorted(files.items()):
            jar.writestr(zipfile.ZipInfo(name, TIME), content, zipfile.ZIP_DEFLATED)
    os.replace(target + ".next", target)


def version(jars):
    for path in jars:
        found = re.fullmatch(r"kmesh-cli-(\d.*)\.jar", os.path.basename(path))
        if found:
            return found.group(1)
    return "unknown"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
