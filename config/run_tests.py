#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All tests of Kmesh, in groups, each with a budget of time.

A group over its budget is a warning, over twice its budget a failure. A skipped test is a failure unless
config/allowed-skips.txt lists it with its reason. The last line reads "N passed, N failed, N skipped".

Environment: KMESH_MAVEN_REPO, the local repository; MAVEN_ARGS, more arguments for Maven; JAVA_25_HOME, a JDK 25;
KMESH_TEST_FOLDER, where tests put their files, in place of one in memory.
Logs are in target/ci.
"""

import argparse
import ast
import atexit
import concurrent.futures
import fnmatch
import glob
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree

import servers

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "target" / "ci"
ALLOWED = ROOT / "config" / "allowed-skips.txt"
# Minutes.
BUDGETS = {"static": 6, "units": 6, "crash": 5, "fuzz": 2, "servers": 4, "quickstart": 5, "jdk25": 1}
# These wait much, so they run beside each other.
BESIDE = ("servers", "quickstart")
TITLES = {
    "static": "build and static checks",
    "units": "units and models",
    "crash": "crash enumeration",
    "fuzz": "fuzzing of decoders",
    "servers": "real servers",
    "quickstart": "quickstart",
    "jdk25": "JDK 25 smoke",
}
# Folders of scripts that have to parse.
SOURCES = (".ci", "config", "samples", "docs", "kmesh-bench", "kmesh-core/src/test/python", "kmesh-cli/bin", "kmesh-cli/src/test/python")
PROFILES = ("scale", "soak", "fuzz", "peers", "ceph")
FUZZ_SECONDS = 2
LONG_FUZZ_SECONDS = 600
SOAK_MINUTES = 15
# A file system in memory, and what it and the machine must have left: tests kept 140 MB there, and JVMs need the rest.
MEMORY = pathlib.Path("/dev/shm")
MEMORY_FREE = 2 << 30
MEMORY_AVAILABLE = 6 << 30
# What runs long, and the other JDK, have the JVM's own choice of compiler and collector.
OPTIMISED = "-Dkmesh.test.jit=-XX:+TieredCompilation"


class Results:
    """What passed, failed and was skipped."""

    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = []

    def case(self, name, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failures.append((name, detail))

    def add(self, other):
        self.passed += other.passed
        self.failures += other.failures
        self.skips += other.skips

    def counts(self):
        return "%d passed, %d failed, %d skipped" % (self.passed, len(self.failures), len(self.skips))


def cpu(usage):
    return usage.ru_utime + usage.ru_stime


def wait_for(process):
    """The exit code of a process, and the CPU-seconds of it and of all that it waited for."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, cpu(usage)


def test_folder():
    """Where tests put their files, or None for Java's own choice; made once, and removed at the end.

    In memory where that can be: tests ask for a durable write all the time, and waited for the disk half of their time.
    """
    global chosen_folder
    if chosen_folder is None:
        chosen_folder = os.environ.get("KMESH_TEST_FOLDER") or (memory_folder() if memory_will_do() else "")
    return chosen_folder or None


chosen_folder = None


def memory_will_do():
    """Whether tests may be in memory: it is there, it is large enough, what is unpacked there runs, and a group after them is on a disk."""
    try:
        there = os.statvfs(MEMORY)
        available = re.search(r"^MemAvailable: *(\d+) kB", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:
        return False
    fine = os.access(MEMORY, os.W_OK) and not there.f_flag & os.ST_NOEXEC and find_jdk_25() is not None
    return fine and there.f_bavail * there.f_frsize >= MEMORY_FREE and available and int(available[1]) * 1024 >= MEMORY_AVAILABLE


def memory_folder():
    folder = tempfile.mkdtemp(prefix="kmesh-tests-", dir=MEMORY)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # As /tmp: some tests run as another user.
    os.chmod(folder, 0o1777)
    return folder


def parse_report(text):
    """Results of one JUnit XML report."""
    results = Results()
    for case in xml.etree.ElementTree.fromstring(text).iter("testcase"):
        name = "%s.%s" % (case.get("classname"), case.get("name"))
        failure = case.find("failure") if case.find("failure") is not None else case.find("error")
        skipped = case.find("skipped")
        if failure is not None:
            results.failures.append((name, (failure.get("message") or failure.text or "").strip()[:400]))
        elif skipped is not None:
            results.skips.append((name, (skipped.get("message") or skipped.text or "").strip()))
        else:
            results.passed += 1
    return results


def reports(pattern):
    """Results of all reports that match; an unreadable one is a failure."""
    results = Results()
    for path in sorted(glob.glob(str(ROOT / pattern))):
        try:
            results.add(parse_report(pathlib.Path(path).read_bytes()))
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            results.case(path, False, "unreadable report: %s" % error)
    return results


def allowed_skips():
    """Pairs of patterns: a test's name, its reason."""
    pairs = []
    for line in ALLOWED.read_text().splitlines():
        line = line.split("#", 1)[0].strip()
        if line:
            name, _, reason = line.partition("|")
            pairs.append((name.strip(), reason.strip()))
    return pairs


def unlisted(skips, allowed):
    """The skips that no pair allows."""
    return [
        (name, reason)
        for name, reason in skips
        if not any(fnmatch.fnmatchcase(name, a) and fnmatch.fnmatchcase(reason, b) for a, b in allowed)
    ]


class Group:
    """One group's work; `run` is given the command line."""

    def __init__(self, name, compiled):
        self.name = name
        self.compiled = compiled
        self.results = Results()
        self.cpu = 0.0

    def command(self, title, arguments, **environment):
        """Runs a program with its output in a log; shows the log's end when it fails. Returns the exit code."""
        LOGS.mkdir(parents=True, exist_ok=True)
        log = LOGS / ("%s-%s.log" % (self.name, re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")))
        began = time.monotonic()
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [str(a) for a in arguments], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
            )  # fmt: skip
            code, used = wait_for(process)
        self.cpu += used
        spent = (time.monotonic() - began, used, "" if code == 0 else "  exit %d" % code)
        print("  %-44s %7.1f s %7.1f CPU-s%s" % (title, *spent), flush=True)
        if code != 0:
            lines = log.read_text(errors="replace").splitlines()
            wanted = [line for line in lines if "ERROR" in line or "FAIL" in line][:40] or lines[-25:]
            for line in wanted:
                print("    " + line[:240])
            print("    (all of it: %s)" % log.relative_to(ROOT), flush=True)
        self.output = log
        return code

    def check(self, title, arguments, **environment):
        """A program that is one case."""
        code = self.command(title, arguments, **environment)
        self.results.case(title, code == 0, "exit %d" % code)
        return code == 0

    def maven(self, title, arguments, folder="surefire-reports", modules="kmesh-*", **environment):
        """A run of Maven whose cases are in its reports."""
        pattern = "%s/target/%s/TEST-*.xml" % (modules, folder)
        for old in glob.glob(str(ROOT / pattern)):
            os.remove(old)
        code = self.command(title, ["bash", "-c", 'source config/lib.sh; kmesh_mvn "$@"', "mvn", *arguments], **environment)
        results = reports(pattern)
        self.results.add(results)
        # Failed tests are counted one by one; anything else that ends a build is one case.
        if code != 0 and not results.failures:
            self.results.case(title, False, "exit %d" % code)
        return code == 0

    def compile_option(self):
        return "-Dkmesh.compile.skip=%s" % ("true" if self.compiled else "false")

    def tests(self, tags="", reports="surefire-reports"):
        """What Maven is told when it runs tests, of some tags or of none."""
        folder = test_folder()
        chosen = ["-Dkmesh.test.groups=" + tags, "-Dkmesh.test.excludedGroups=none"] if tags else []
        where = ["-Dkmesh.test.jvm=-Djava.io.tmpdir=" + folder] if folder else []
        return [self.compile_option(), "-Dmaven.test.failure.ignore=true", "-Dkmesh.test.reports=" + reports, *chosen, *where]

    # Groups

    def static(self):
        self.check("staged artifacts", ["bash", "config/stage.sh"])
        # What is staged is a copy, and its users have repositories of their own: both go on at the same time.
        staged = Group(self.name, self.compiled)
        with concurrent.futures.ThreadPoolExecutor(1) as beside:
            others = beside.submit(staged.staged)
            ok = self.maven(
                "compile, format, Javadoc, rules",
                ["verify", "-T", "2", "-DskipTests", "-Dkmesh.rules.skip=false", "-Dmaven.test.failure.ignore=true"],
            )  # fmt: skip
            others.result()
        self.results.add(staged.results)
        self.cpu += staged.cpu
        self.check("reproducible jars", ["bash", "config/reproducible.sh"])
        return ok

    def staged(self):
        self.results.case("scripts parse", self.scripts_parse())
        self.check("run_tests.py on itself", [sys.executable, __file__, "--self-test"])
        self.check("backup_peers.py on itself", [sys.executable, "kmesh-bench/backup_peers.py", "--self-test"])
        self.samples()
        self.repository_reader()

    def repository_reader(self):
        """The reader of repositories that is not Kmesh's, with Debian's own Python, which has the libraries that it needs."""
        python = "/usr/bin/python3"
        has_all = [python, "-c", "import argon2, cryptography, zstandard"]
        packages = ["python3-argon2", "python3-cryptography", "python3-zstandard"]

        def missing():
            return not os.path.exists(python) or subprocess.run(has_all, stderr=subprocess.DEVNULL).returncode != 0

        self.install("the reader of repositories", packages, missing)
        if missing():
            reason = "%s is not installed and no package of this system has it" % ", ".join(packages)
            self.results.skips.append(("independent reader of repositories", reason))
            return
        script = "kmesh-core/src/test/python/kmesh_repository_reader_test.py"
        self.check("independent reader of repositories", [python, script])

    def install(self, what, packages, missing):
        """Debian's packages, where they are missing and this may be done."""
        if missing() and os.geteuid() == 0 and shutil.which("apt-get"):
            install = "apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "
            self.command("packages for " + what, ["bash", "-c", install + " ".join(packages)])

    def scripts_parse(self):
        fine = True
        for path in sorted(self.sources()):
            if path.suffix == ".py":
                try:
                    ast.parse(path.read_bytes(), str(path))
                except SyntaxError as error:
                    print("    %s" % error)
                    fine = False
            elif path.suffix == ".sh" or path == ROOT / ".ci" / "run":
                fine &= subprocess.run(["bash", "-n", str(path)]).returncode == 0
        return fine

    @staticmethod
    def sources():
        for folder in (ROOT, *(ROOT / name for name in SOURCES)):
            walk = folder.glob("*") if folder == ROOT else folder.rglob("*")
            yield from (path for path in walk if path.is_file() and "target" not in path.relative_to(ROOT).parts)

    def samples(self):
        pattern = "samples/*/target/surefire-reports/TEST-*.xml"
        for old in glob.glob(str(ROOT / pattern)):
            os.remove(old)
        code = self.command(
            "samples from staged artifacts",
            ["bash", "-c", "config/stage.sh && config/consumer-mvn.sh -f samples/pom.xml verify"],
        )  # fmt: skip
        results = reports(pattern)
        self.results.add(results)
        if code != 0 and not results.failures:
            self.results.case("samples", False, "exit %d" % code)

    def units(self):
        self.maven(
            "units and models",
            ["test", "-Dkmesh.rules.skip=true", *self.tests()],
        )  # fmt: skip

    def crash(self):
        self.maven(
            "crash before and after each operation",
            ["test", "-Dkmesh.rules.skip=true", *self.tests("crash", "crash-reports")],
            folder="crash-reports",
        )  # fmt: skip

    def fuzz(self, seconds=FUZZ_SECONDS):
        self.maven(
            "%d s for each decoder" % seconds,
            ["test", self.compile_option(), "-Pfuzz", "-DskipTests", "-Dkmesh.fuzz.seconds=%d" % seconds,
             "-Dmaven.test.failure.ignore=true", *([] if seconds == FUZZ_SECONDS else [OPTIMISED])],
            folder="fuzz-reports",
        )  # fmt: skip

    def fetch_servers(self):
        """What the group `servers` downloads, before its turn."""
        self.install("rclone", ["rclone"], lambda: shutil.which("rclone") is None)
        servers.fetch()

    def servers(self):
        """Tests against processes that are not ours; one that does not start is a failure, not a skip."""
        self.fetch_servers()
        with servers.Servers() as running:
            for name in running.names:
                self.results.case("server " + name, name not in running.failures, running.failures.get(name, ""))
            self.maven(
                "stores on real servers",
                ["test", *self.tests("servers", "servers-reports"), *running.arguments()],
                folder="servers-reports",
            )  # fmt: skip
            self.cpu += running.cpu()

    def quickstart(self):
        script = ROOT / "samples" / "quickstart" / "ci.sh"
        self.command("quickstart on trees, sabotaged, killed", ["bash", script])
        text = self.output.read_text(errors="replace")
        for line in text.splitlines():
            row = re.match(r"(\S+) +(.+?) +(passed|FAILED|skipped) +[0-9.]+ s(?:  (.*))?$", line)
            if row:
                name = "quickstart %s %s" % (row[1], row[2])
                if row[3] == "skipped":
                    self.results.skips.append((name, row[4] or ""))
                elif not any(name == known for known, _ in self.results.failures):
                    self.results.case(name, row[3] == "passed", row[4] or "")
        if not re.search(r"^\d+ passed, 0 failed", text, re.MULTILINE) and not self.results.failures:
            self.results.case("quickstart", False, "it did not come to its end")
        self.check("the command kmesh as a process", [sys.executable, "kmesh-cli/src/test/python/kmesh_process_test.py"])

    def jdk25(self):
        home = find_jdk_25()
        if home is None:
            self.results.skips.append(("JDK 25 smoke", "no JDK 25: JAVA_25_HOME is not set, none in /usr/lib/jvm"))
            return
        self.check("jars as modules", ["bash", "config/smoke.sh", home])
        self.maven(
            "tests on JDK 25",
            ["test", "-Dkmesh.compile.skip=true", "-Djvm=%s/bin/java" % home, "-Dmaven.test.failure.ignore=true",
             "-Dkmesh.native.access=--enable-native-access=ALL-UNNAMED", OPTIMISED, "-Dkmesh.test.reports=jdk25-reports",
             "-pl", "kmesh-core,kmesh-lustre-jna", "-am",
             # The contracts of trees, states and stores: this run is on a disk, whatever the others have.
             "-Dtest=Sqlite*Test,JnaPosixTreeTest,NioPosixTreeTest,DirectoryStoreContractTest,WorkerPoolQueueTest,Policy*Test"],
            folder="jdk25-reports",
        )  # fmt: skip
        tree = LOGS / "jdk25-data"
        shutil.rmtree(tree, ignore_errors=True)
        work = LOGS / "jdk25-work"
        shutil.rmtree(work, ignore_errors=True)
        made = [sys.executable, "samples/quickstart/trees/small_files.py", tree, "--files", "200"]
        if self.check("a tree for the quickstart", made):
            self.check(
                "quickstart on JDK 25",
                ["bash", "samples/quickstart/run.sh", "--json", "--work", work, "--flow-changes", "600", tree],
                JAVA_HOME=home, PATH="%s/bin:%s" % (home, os.environ["PATH"]),
            )  # fmt: skip

    def profile(self, name, minutes):
        if name == "fuzz":
            self.fuzz(LONG_FUZZ_SECONDS)
            return
        if name == "peers":
            self.peers()
            return
        if name == "ceph":
            self.ceph()
            return
        self.maven(
            "tests tagged " + name,
            ["test", "-P" + name, OPTIMISED, "-Dkmesh.soak.minutes=%g" % minutes, "-Dmaven.test.failure.ignore=true"],
            folder=name + "-reports",
        )  # fmt: skip
        if name == "scale":
            tree = LOGS / "scale-data"
            shutil.rmtree(tree, ignore_errors=True)
            made = [sys.executable, "samples/quickstart/trees/small_files.py", tree, "--files", "200000"]
            work = LOGS / "scale-work"
            shutil.rmtree(work, ignore_errors=True)
            if self.check("a tree of 200,000 files", made):
                self.check("quickstart with 200,000 files", ["bash", "samples/quickstart/run.sh", "--json", "--work", work, tree])
            shutil.rmtree(tree, ignore_errors=True)
            shutil.rmtree(work, ignore_errors=True)


    def ceph(self):
        """The contract on Ceph's object gateway, of Debian's packages."""
        self.install("Ceph's gateway", servers.CEPH_PACKAGES, lambda: any(shutil.which(p) is None for p in servers.CEPH_PROGRAMS))
        if any(shutil.which(program) is None for program in servers.CEPH_PROGRAMS):
            self.results.skips.append(("Ceph's gateway", "radosgw is not installed and no package of this system has it"))
            return
        with servers.Servers(("ceph",)) as running:
            self.results.case("server ceph", not running.failures, running.failures.get("ceph", ""))
            self.maven(
                "the store of S3 on Ceph's gateway",
                ["test", "-pl", "kmesh-cloud-aws,kmesh-bench", "-am", self.compile_option(), "-Dmaven.test.failure.ignore=true",
                 "-Dkmesh.test.groups=ceph", "-Dkmesh.test.excludedGroups=none", "-Dkmesh.test.reports=ceph-reports",
                 *running.arguments()],
                folder="ceph-reports",
            )  # fmt: skip

    def peers(self):
        self.compare("Kmesh and other tools on the same trees", ["bash", "kmesh-bench/peers.sh"])
        self.compare("snapshots and other backup tools", ["bash", "kmesh-bench/peers.sh", "backup", "--scale", "0.1"])
        self.compare("data flows and tools that copy", ["bash", "kmesh-bench/peers.sh", "flow", "--files", "20000", "--mib", "400"])

    def compare(self, title, arguments):
        """A comparison, which prints tables, and what it skipped and what failed on lines of their own."""
        self.command(title, arguments)
        text = self.output.read_text(errors="replace")
        print("".join("    %s\n" % line for line in text.splitlines() if line.startswith("|")), end="", flush=True)
        # A skip is said when it begins, too.
        skips = dict.fromkeys(line for line in text.splitlines() if line.startswith("skipped: "))
        for line in skips:
            name, _, reason = line[len("skipped: ") :].partition(": ")
            self.results.skips.append(("peers " + name, reason))
        for line in text.splitlines():
            if line.startswith("FAILED: "):
                self.results.case(line[len("FAILED: ") :].partition(": ")[0], False, line)
        ended = re.search(r"^(\d+) passed, \d+ failed, \d+ skipped$", text, re.MULTILINE)
        self.results.passed += int(ended[1]) if ended else 0
        if not ended:
            self.results.case(title, False, "it did not come to its end")


def find_jdk_25():
    """The home of a JDK 25, or None."""
    for home in [os.environ.get("JAVA_25_HOME", ""), *sorted(glob.glob("/usr/lib/jvm/*25*"))]:
        java = pathlib.Path(home or "/nowhere") / "bin" / "java"
        if java.exists():
            version = subprocess.run([str(java), "--version"], capture_output=True, text=True).stdout
            if re.match(r"\S+ 25[ .\-+]", version + " "):
                return home
    return None


def self_test():
    """This script's own decisions, on known reports."""
    text = b"""<testsuite><testcase classname="A" name="a"/><testcase classname="A" name="b"><failure message="no"/></testcase>
      <testcase classname="A" name="c"><error>broken</error></testcase>
      <testcase classname="A" name="d"><skipped message="no setpriv here"/></testcase></testsuite>"""
    results = parse_report(text)
    assert results.counts() == "1 passed, 2 failed, 1 skipped", results.counts()
    assert results.failures == [("A.b", "no"), ("A.c", "broken")], results.failures
    assert unlisted(results.skips, []) == [("A.d", "no setpriv here")]
    assert unlisted(results.skips, [("A.*", "no setpriv*")]) == []
    assert unlisted(results.skips, [("A.d", "something else")]) != []
    assert verdict(1.0, 2) == "" and "over" in verdict(150.0, 2) and verdict(250.0, 2).startswith("FAILED")
    assert list(steps(BUDGETS)) == [["static"], ["units"], ["crash"], ["fuzz"], ["servers", "quickstart"], ["jdk25"]]
    assert list(steps(["fuzz", "quickstart"])) == [["fuzz"], ["quickstart"]]
    code, used = wait_for(subprocess.Popen([sys.executable, "-c", "sum(range(10**6)); raise SystemExit(3)"]))
    assert code == 3 and used > 0, (code, used)
    allowed_skips()
    print("self-test passed")


def verdict(seconds, minutes):
    """What is said of a group's time."""
    if seconds > 2 * 60 * minutes:
        return "FAILED: more than twice its budget"
    if seconds > 60 * minutes:
        return "warning: over its budget"
    return ""


def print_table(rows, seconds):
    """Groups with their times; the share is of what all cores could have done in that time."""
    print("\n%-28s %-36s %8s %8s %8s %6s" % ("group", "cases", "seconds", "budget", "CPU-s", "share"))
    budgets = [minutes for _, _, _, minutes, _, _ in rows if minutes is not None]
    whole = ("all", None, seconds, sum(budgets) if budgets else None, sum(row[4] for row in rows), "")
    for title, results, spent, minutes, used, said in [*rows, whole]:
        budget = "" if minutes is None else "%d" % (60 * minutes)
        share = 100 * used / (spent * (os.cpu_count() or 1))
        line = "%-28s %-36s %8.1f %8s %8.1f %4.0f %%  %s"
        print((line % (title, results.counts() if results else "", spent, budget, used, share, said)).rstrip())


def run_group(name, compiled, minutes):
    """Runs a group or a profile; its row of the table, and whether all is compiled now."""
    group = Group(name.replace(" ", "-"), compiled)
    title = TITLES.get(name, name)
    print("%s ..." % title, flush=True)
    began = time.monotonic()
    if name.startswith("profile "):
        group.profile(name.split()[1], minutes)
    else:
        done = getattr(group, name)()
        compiled = compiled or (name == "static" and bool(done)) or (name == "units" and not group.results.failures)
    seconds = time.monotonic() - began
    said = verdict(seconds, BUDGETS[name]) if name in BUDGETS else ""
    if said.startswith("FAILED"):
        group.results.case("time of " + title, False, "%.0f s of %d s" % (seconds, 60 * BUDGETS[name]))
    return (title, group.results, seconds, BUDGETS.get(name), group.cpu, said), compiled


def steps(names):
    """Groups in their order; those of one step run beside each other."""
    left = list(names)
    while left:
        step = [name for name in left if name in BESIDE] if left[0] in BESIDE else left[:1]
        left = [name for name in left if name not in step]
        yield step


def run(names, profiles, minutes):
    total = Results()
    rows = []
    compiled = False
    fetched = None
    began = time.monotonic()
    for step in steps([*names, *("profile " + p for p in profiles)]):
        if "servers" in step and fetched is not None:
            fetched.join()
        with concurrent.futures.ThreadPoolExecutor(len(step)) as beside:
            for row, done in beside.map(lambda name: run_group(name, compiled, minutes), step):
                rows.append(row)
                total.add(row[1])
                compiled = compiled or done
        # Maven knows no lock on its repository: what the servers need comes when the others have all.
        if "static" in step and "servers" in names:
            fetched = threading.Thread(target=Group("servers", compiled).fetch_servers, daemon=True)
            fetched.start()
    seconds = time.monotonic() - began
    for name, reason in unlisted(total.skips, allowed_skips()):
        total.failures.append((name, "skipped (%s), and config/allowed-skips.txt does not list it" % reason))
    print_table(rows, seconds)
    for name, reason in total.skips:
        print("skipped: %s: %s" % (name, reason))
    for name, detail in total.failures:
        print("FAILED: %s: %s" % (name, detail.replace("\n", " ")[:300]))
    print(total.counts())
    return 0 if total.passed and not total.failures else 1


def main():
    parser = argparse.ArgumentParser(
        prog="test.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Groups: " + "; ".join("%s (%s, %d min)" % (n, TITLES[n], m) for n, m in BUDGETS.items()),
    )  # fmt: skip
    parser.add_argument("--group", action="append", choices=list(BUDGETS), help="only this group; may be repeated")
    parser.add_argument("--profile", action="append", choices=PROFILES, default=[], help="only this opt-in profile; may be repeated")
    parser.add_argument("--minutes", type=float, default=SOAK_MINUTES, help="how long the profile soak lasts (%(default)s)")
    parser.add_argument("--self-test", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.self_test:
        self_test()
        return 0
    # An end from outside is one that cleans up, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    groups = options.group or ([] if options.profile else list(BUDGETS))
    return run([name for name in BUDGETS if name in groups], options.profile, options.minutes)


if __name__ == "__main__":
    sys.exit(main())
