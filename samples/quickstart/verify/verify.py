#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The quickstart's independent verifier. README.md beside it says what it reads, writes and compares.

Exit codes: 0 all held, 1 differences (one line each), 2 the verifier could not do its work.
"""

import argparse
import os
import resource
import sys
import traceback

from archive import check_store
from compare import compare_tree
from manifest import ManifestReader, ManifestWriter, Output, VerifierError, merge
from paths import show
from plan import write_plan
from walk import TreeMovedError, Walk

_RECHECKED = ("type", "mode", "uid", "gid", "mtime", "ctime", "ino", "size", "target")


def manifest(arguments):
    """Writes the manifest of a tree."""
    with Output(arguments.output) as output:
        writer = ManifestWriter(output, os.geteuid() == 0)
        for path, record in Walk(arguments.tree):
            writer.add(record)
            if "error" in record:
                print('"%s" unreadable: %s (%s)' % (record["show"], record["error"]["name"], record["error"]["call"]))
            elif "unstable" in record:
                print('"%s" unstable: changed while it was read' % record["show"])
        writer.end()
    print(summary(writer.totals))
    return 0


def recheck(arguments):
    """Marks the entries of a manifest that changed since it was made."""
    reader = ManifestReader(arguments.manifest)
    changed = 0
    with Output(arguments.output) as output:
        writer = ManifestWriter(output, reader.header["privileged"])
        for path, record, now in merge(reader, Walk(arguments.source, content=False)):
            if record is None:
                record, how = now, "new"
            elif now is None:
                how = "gone"
            elif any(field in record and field in now and record[field] != now[field] for field in _RECHECKED):
                how = "changed"
            else:
                how = None
            if how:
                changed += 1
                record["unstable"] = True
                if how != "changed":
                    record["fleeting"] = True
                print('"%s" unstable: %s since its manifest was made' % (show(path), how))
            writer.add(record)
        writer.end()
    print("%d of %d entries changed" % (changed, writer.totals.counts["entries"]))
    return 0


def changes(arguments):
    """Draws the plan of changes and computes the expected manifest."""
    drawn, records, totals = write_plan(
        arguments.manifest, arguments.source, arguments.seed, arguments.count, arguments.output, arguments.expected, arguments.copy
    )
    print("%d changes in %d records; expected: %s" % (drawn, records, summary(totals)))
    return 0


def tree(arguments):
    """Compares a tree with what is expected."""
    totals, findings = compare_tree(arguments.expected, arguments.actual, arguments.reported, arguments.report, lustre=arguments.lustre, mounted=arguments.mounted)
    print("%s; %d differences" % (summary(totals), findings.count))
    return 1 if findings.count else 0


def store(arguments):
    """Checks the archived objects of a tree."""
    source = arguments.source_manifest or os.path.join(os.path.dirname(arguments.expected), "stable.jsonl")
    base = os.fsencode(arguments.base)
    counts, findings = check_store(arguments.store, arguments.expected, source, base, arguments.prefix, arguments.archived, arguments.report)
    counts = "%(files)d archived files, %(objects)d objects, %(bytes)d bytes, %(kept)d kept, %(foreign)d foreign" % counts
    print("%s; %d differences" % (counts, findings.count))
    return 1 if findings.count else 0


def summary(totals):
    return "%(files)d files, %(dirs)d directories, %(symlinks)d symlinks, %(others)d others, %(bytes)d bytes, %(unreadable)d unreadable, %(unstable)d unstable" % totals.counts


def parser():
    top = argparse.ArgumentParser(description="Verifies trees and stores that the quickstart leaves behind.")
    commands = top.add_subparsers(dest="command", required=True)

    command = commands.add_parser("manifest", help="write the manifest of a tree")
    command.add_argument("tree", metavar="DIR")
    command.add_argument("-o", "--output", required=True)
    command.add_argument("--keep", action="store_true", help="do nothing when the output exists")
    command.set_defaults(run=manifest, outputs=("output",))

    command = commands.add_parser("recheck", help="mark what changed since the manifest was made")
    command.add_argument("--source", required=True)
    command.add_argument("--manifest", required=True)
    command.add_argument("-o", "--output", required=True)
    command.add_argument("--keep", action="store_true", help="do nothing when the output exists")
    command.set_defaults(run=recheck, outputs=("output",))

    command = commands.add_parser("changes", help="draw a plan of changes and compute the tree after it")
    command.add_argument("--source", required=True)
    command.add_argument("--manifest", required=True)
    command.add_argument("--seed", type=int, required=True)
    command.add_argument("--count", type=int, required=True)
    command.add_argument("-o", "--output", required=True)
    command.add_argument("--expected", required=True)
    command.add_argument("--copy", help="what the virtual copy must be that was refreshed after step changes")
    command.add_argument("--keep", action="store_true", help="do nothing when all outputs exist")
    command.set_defaults(run=changes, outputs=("output", "expected", "copy"))

    command = commands.add_parser("tree", help="compare a tree with what is expected")
    command.add_argument("--expected", required=True)
    command.add_argument("--actual", required=True)
    command.add_argument("--lustre", metavar="PATH", help="ACTUAL is the folder of a simulated Lustre that nobody has open, and the tree is at PATH in it")
    command.add_argument("--mounted", action="store_true", help="ACTUAL lies on a mounted Lustre: its own attributes are left aside, and times may be whole seconds")
    command.add_argument("--reported")
    command.add_argument("--report")
    command.set_defaults(run=tree, outputs=())

    command = commands.add_parser("store", help="check the archived objects of a tree")
    command.add_argument("--expected", required=True)
    command.add_argument("--source-manifest", help="the manifest that the changes were drawn from (stable.jsonl beside EXPECTED)")
    command.add_argument("--store", required=True)
    command.add_argument("--archived", help="which key holds which file by the files' receipts, to be compared with what is found")
    command.add_argument("--base", default="", help="path of the tree in the Lustre (its root)")
    command.add_argument("--prefix", default="", help="the mirror's prefix in the store (none)")
    command.add_argument("--report")
    command.set_defaults(run=store, outputs=())
    return top


def main():
    arguments = parser().parse_args()
    outputs = [getattr(arguments, name) for name in arguments.outputs if getattr(arguments, name)]
    if outputs and arguments.keep and all(map(os.path.exists, outputs)):
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else soft, hard))
    try:
        return arguments.run(arguments)
    except (VerifierError, TreeMovedError, OSError, ValueError) as error:
        print("Cannot verify: %s" % ascii(str(error))[1:-1], file=sys.stderr)
        return 2
    except Exception:
        # A fault of the verifier itself must not read as a verdict.
        traceback.print_exc()
        return 2


if __name__ == "__main__":
    sys.exit(main())
