#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the quickstart on several trees, sabotages each step, and kills it at seeded points; a table and counts at the end.

Groups: selftest (the verifier's own), trees, sabotage, kill. Every successful run is verified a second time here, from a plan
that is drawn again, so that a quickstart that asks the verifier the wrong question fails too.
"""

import argparse
import concurrent.futures
import filecmp
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
VERIFY = HERE / "verify" / "verify.py"
TREES = HERE / "trees"
GROUPS = ("selftest", "trees", "sabotage", "kill")
# Of a failed case's words in its first row; the end says them all.
SHORT = 160
NOBODY = 65534
RUN_SECONDS = 300
# Bytes of the hugest hole where it is not the point.
HUGE = 64 << 20
# Short runs: compile little, share classes, one collector thread.
FAST_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
# The big trees run with the whole compiler, whose SHA-256 is ten times as fast.
STEADY = "-XX:+UseSerialGC -Xshare:auto"
# What a run does before its first step.
START = "start"
# A second site costs as much as all else in a short run: it is there where it is the point. README's own run makes 20,000.
FLOW_CHANGES = 600
# Steps that a second site has to do with.
FLOW_STEPS = {"flow", "verify"}
NAMES = {"verified": bool, "input": dict, "steps": list, "hsm": dict, "tiering": dict, "snapshot": dict, "virtualCopy": dict, "flow": dict, "journalCommits": int, "fsyncs": int, "seconds": (int, float), "peakRssMiB": (int, float)}


class Failed(Exception):
    """A case that did not hold; the message says what was seen."""


class Skipped(Exception):
    """A case that can't run here; the message says why."""


class Run:
    """What one run of the quickstart gave."""

    def __init__(self, code, output, errors, seconds):
        self.code = code
        self.output = output
        self.errors = errors
        self.seconds = seconds

    def json(self):
        try:
            return json.loads(self.output)
        except ValueError as error:
            raise Failed(f"stdout is not one JSON object ({error}): {self.output[:200]!a}; exit {self.code}; {self.tail()}") from error

    def tail(self):
        return "stderr ends " + ascii(self.errors[-600:])


class Ci:
    """All cases and their results."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = pathlib.Path(folder)
        self.results = []
        self._lock = threading.Lock()
        self.steps = []
        self.seconds = None
        # Loaded classes as the first short run leaves them for the others: it saves a third of their start.
        self.classes = self.folder / "classes.jsa"
        # Seconds of each step of a short run; how much of a log is of earlier runs.
        self.durations = {}
        self.logged = {}
        self.plans = {}

    # Running

    def command(self, work, data, *more):
        return ["bash", str(self.options.quickstart), "--json", "--work", str(work), *more, str(data)]

    @staticmethod
    def flow(is_there):
        return ["--flow-changes", str(FLOW_CHANGES if is_there else 0)]

    def environment(self, locale, java):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LC_") and name != "LANG"}
        environment["LANG"] = locale
        environment["KMESH_QUICKSTART_BUILT"] = "true"
        if self.classes.exists() and "ArchiveClasses" not in java:
            java += " -XX:SharedArchiveFile=%s" % self.classes
        options = environment.get("JDK_JAVA_OPTIONS", "")
        environment["JDK_JAVA_OPTIONS"] = (options + " " + java).strip()
        return environment

    def start(self, work, data, *more, locale="C.UTF-8", user=None, java=FAST_START):
        log = work.with_suffix(".log")
        environment = self.environment(locale, java)
        identity = {}
        if user is not None:
            environment["HOME"] = str(work.parent)
            identity = {"user": user, "group": user, "extra_groups": []}
        with open(log, "ab") as errors:
            process = subprocess.Popen(
                self.command(work, data, *more), stdout=subprocess.PIPE, stderr=errors, env=environment, cwd=HERE,
                stdin=subprocess.DEVNULL, start_new_session=True, **identity,
            )  # fmt: skip
        return process, log

    def run(self, work, data, *more, **how):
        began = time.monotonic()
        process, log = self.start(work, data, *more, **how)
        try:
            output, _ = process.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise Failed(f"no end after {RUN_SECONDS} s; stderr ends {log.read_text(errors='replace')[-600:]!a}") from error
        return Run(process.returncode, output.decode("utf-8", "replace"), log.read_text(errors="replace"), time.monotonic() - began)

    def killed_run(self, work, data, step, share, flow):
        """Starts a run and kills all of it in a step, a share of the step's usual time after its begin; false when it was done before."""
        process, log = self.start(work, data, *self.few_changes(), *flow)
        begin = b"\n%s ...\n" % step.encode()
        deadline = time.monotonic() + RUN_SECONDS
        with open(log, "rb") as lines:
            lines.seek(self.logged.get(work, 0))
            text = b"\n"
            while step != START and begin not in text and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
                text += lines.read()
        try:
            process.wait(timeout=share * self.durations[step])
            return False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return True
        finally:
            process.communicate()
            self.logged[work] = log.stat().st_size

    def few_changes(self):
        """A small tree must have something left that no change names."""
        return ["--changes", str(self.options.tiny // 4)]

    # Checks

    def check_good(self, run, work, data, stable=True, restores=(1,)):
        """A run that must have held: its own word, then ours. `restores`: how many the concurrent readers may have caused."""
        if run.code != 0:
            raise Failed(f"exit {run.code}; {run.tail()}")
        result = run.json()
        for name, kind in NAMES.items():
            if not isinstance(result.get(name), kind):
                raise Failed(f"the JSON has no proper {name}: {ascii(result.get(name))}")
        if result["verified"] is not True:
            raise Failed("exit 0, but not verified")
        if result["flow"].get("changes") and result["flow"].get("site", {}).get("zone") != "burst":
            raise Failed(f"the second site is not in the zone burst: {ascii(result['flow'].get('site'))}")
        caused = result["hsm"].get("restoresForConcurrentReaders")
        if caused not in restores:
            raise Failed(f"the concurrent readers of one file caused {caused} restores, not 1")
        self.check_plan(work, data, stable)
        self.check_trees(work)
        return result

    def check_plan(self, work, data, stable):
        """The plan in WORK is the one that the verifier draws from DATA_DIR."""
        verify = work / "verify"
        if not stable:
            return
        with open(verify / "changes.jsonl", "rb") as lines:
            header = json.loads(lines.readline())
        own = self.drawn(data, header["seed"], header["count"])
        for name in ("changes.jsonl", "expected.jsonl", "copy.jsonl"):
            if not filecmp.cmp(own / name, verify / name, shallow=False):
                raise Failed(f"{name} is not what the verifier draws for this tree, seed and count")

    def drawn(self, data, seed, count):
        """The folder of our own plan for a tree; drawn once, for it is a function of its arguments."""
        key = (str(data), seed, count)
        with self._lock:
            future = self.plans.get(key)
            mine = future is None
            if mine:
                future = self.plans[key] = concurrent.futures.Future()
        if mine:
            try:
                future.set_result(self.draw(data, seed, count))
            except Exception as error:
                future.set_exception(error)
        return future.result()

    def draw(self, data, seed, count):
        own = pathlib.Path(tempfile.mkdtemp(prefix="plan-", dir=self.folder))
        self.verifier("manifest", data, "-o", own / "source.jsonl")
        self.verifier(
            "changes", "--source", data, "--manifest", own / "source.jsonl", "--seed", seed, "--count", count,
            "-o", own / "changes.jsonl", "--expected", own / "expected.jsonl", "--copy", own / "copy.jsonl",
        )  # fmt: skip
        return own

    def check_trees(self, work):
        verify = work / "verify"
        reported = ["--reported", work / "reported.jsonl"] if (work / "reported.jsonl").exists() else []
        self.verifier("tree", "--expected", verify / "expected.jsonl", "--actual", work / "final", *reported)
        self.verifier("tree", "--expected", verify / "copy.jsonl", "--actual", work / "copy", *reported)
        self.verifier("store", *self.store_arguments(work))

    @staticmethod
    def store_arguments(work):
        return ["--expected", work / "verify/expected.jsonl", "--base", "data", "--store", work / "store", "--archived", work / "archived.jsonl"]

    @staticmethod
    def verifier(*arguments):
        process = subprocess.run([sys.executable, str(VERIFY), *map(str, arguments)], capture_output=True, text=True, errors="replace")
        if process.returncode != 0:
            raise Failed(f"verify.py {arguments[0]} exits {process.returncode}: {ascii((process.stdout + process.stderr)[-800:])}")

    # Cases

    def case(self, group, name, action):
        """Runs one case, keeps its result and says whether it passed; never throws."""
        began = time.monotonic()
        try:
            detail = action() or ""
            verdict = "passed"
        except Skipped as skipped:
            verdict, detail = "skipped", str(skipped)
        except Failed as failed:
            verdict, detail = "FAILED", str(failed)
        except Exception as error:
            verdict, detail = "FAILED", f"{type(error).__name__}: {error!a}"
        result = (group, name, verdict, time.monotonic() - began, detail)
        with self._lock:
            self.results.append(result)
            print(self.row(result)[: SHORT + 60], flush=True)
        return verdict == "passed"

    @staticmethod
    def row(result):
        return "%-9s %-34s %-8s %6.1f s  %s" % result

    def selftest(self):
        process = subprocess.run([sys.executable, str(HERE / "verify" / "selftest.py")], capture_output=True, text=True, errors="replace")
        if process.returncode != 0:
            raise Failed(ascii(process.stderr[-800:]))
        return process.stderr.strip().splitlines()[-1]

    def build(self):
        """What is missing is built once, before runs come at the same time and under other users."""
        process = subprocess.run(["bash", str(self.options.quickstart), "--help"], capture_output=True, text=True, errors="replace", cwd=HERE)
        if process.returncode != 0:
            raise Failed(f"exit {process.returncode}; {ascii(process.stderr[-800:])}")

    def tree(self, name, data, locale, user=None):
        work = self.folder / name.replace("/", "-")
        if user is not None:
            work = data.parent / "work"
        run = self.run(work, data, *self.flow(name.startswith("small") and locale != "C"), locale=locale, user=user, java=STEADY)
        self.check_good(run, work, data)
        rss = run.json()["peakRssMiB"]
        self.drop(work)
        return "peak %.0f MiB" % rss

    def live(self):
        data = self.folder / "live-data"
        self.make("small_files.py", data, "--files", "100")
        self.make("mutate_live.py", data, "--seconds", "0")
        mutator = subprocess.Popen([sys.executable, str(TREES / "mutate_live.py"), str(data), "--seconds", "60"], stdout=subprocess.DEVNULL)
        try:
            work = self.folder / "live"
            run = self.run(work, data, *self.flow(False))
        finally:
            mutator.terminate()
            mutator.wait()
        self.check_good(run, work, data, stable=False)
        self.drop(work)

    def user_tree(self):
        if os.geteuid() != 0:
            raise Skipped("this run is by a user: the other hostile runs show it")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="kmesh-ci-user-"))
        try:
            os.chown(folder, NOBODY, NOBODY)
            as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            python = self.user_python(as_user)
            data = folder / "data"
            subprocess.run([python, str(TREES / "hostile.py"), "--huge", str(HUGE), str(data)], check=True, stdout=subprocess.DEVNULL, **as_user)
            work = folder / "work"
            run = self.run(work, data, *self.flow(True), locale="C", user=NOBODY, java=STEADY)
            if run.code != 0:
                raise Failed(f"exit {run.code}; {run.tail()}")
            if run.json()["verified"] is not True:
                raise Failed("exit 0, but not verified")
            reported = (work / "reported.jsonl").read_text().splitlines()
            trees = [["tree", "--expected", work / "verify" / expected, "--actual", work / actual, "--reported", work / "reported.jsonl"]
                     for expected, actual in (("expected.jsonl", "final"), ("copy.jsonl", "copy"))]  # fmt: skip
            for arguments in [*trees, ["store", *self.store_arguments(work)]]:
                process = subprocess.run([python, str(VERIFY), *map(str, arguments)], capture_output=True, text=True, **as_user)
                if process.returncode != 0:
                    raise Failed(ascii((process.stdout + process.stderr)[-800:]))
            return "%d entries reported" % len(reported)
        finally:
            subprocess.run(["rm", "-rf", str(folder)], check=False)

    @staticmethod
    def user_python(as_user):
        """A Python that the unprivileged user may run, with this folder readable to it."""
        for python in (sys.executable, "/usr/bin/python3"):
            try:
                if subprocess.run([python, str(VERIFY), "--help"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user).returncode == 0:
                    return python
            except OSError:
                continue
        raise Skipped("user 65534 may not read this folder or run a Python")

    def baseline(self, data):
        """A plain small run: gives the steps and the time; then the same command on finished work."""
        work = self.folder / "baseline"
        first = self.folder / "first"
        flow = self.flow(True)
        self.check_good(self.run(first, data, *self.few_changes(), *flow, java=FAST_START + " -Xlog:disable -XX:ArchiveClassesAtExit=%s" % self.classes), first, data)
        self.drop(first)
        run = self.run(work, data, *self.few_changes(), *flow)
        self.check_good(run, work, data)
        # Nothing comes after the verification that could notice what is spoiled there.
        self.steps = [step["name"] for step in run.json()["steps"] if step["name"] != "verify"]
        self.seconds = run.seconds
        self.durations = {step["name"]: step["seconds"] for step in run.json()["steps"]}
        self.durations[START] = max(0.1, run.seconds - sum(self.durations.values()))
        again = self.run(work, data, *self.few_changes(), *flow)
        self.check_good(again, work, data)
        self.drop(work)
        return "%d steps, %.1f s, again %.1f s" % (len(self.steps), run.seconds, again.seconds)

    def sabotage(self, step, data):
        work = self.folder / ("sabotage-" + step)
        run = self.run(work, data, *self.few_changes(), *self.flow(step in FLOW_STEPS), "--sabotage=" + step)
        if run.code != 1:
            raise Failed(f"exit {run.code}, not 1; {run.tail()}")
        if run.json().get("verified") is not False:
            raise Failed(f"verified is {run.json().get('verified')!a}, not false")
        self.drop(work)
        return self.why(run)

    @staticmethod
    def why(run):
        lines = [line for line in run.errors.splitlines() if ": expected " in line or "Cannot" in line]
        return ascii(lines[0])[1:100] if lines else ""

    def kill(self, number, points, data):
        work = self.folder / ("kill-%02d" % number)
        flow = self.flow(any(step in FLOW_STEPS for step, _ in points))
        hits = [self.killed_run(work, data, *point, flow) for point in points]
        run = self.run(work, data, *self.few_changes(), *flow)
        # Killed among the readers, a run finds their file restored.
        self.check_good(run, work, data, restores=(0, 1))
        self.drop(work)
        return ", ".join("%s at %.0f %%%s" % (step, 100 * share, "" if hit else " (was done)") for (step, share), hit in zip(points, hits))

    # Trees

    @staticmethod
    def make(script, data, *more):
        subprocess.run([sys.executable, str(TREES / script), str(data), *more], check=True, stdout=subprocess.DEVNULL)
        # What a file occupies can change until it is written back, and two manifests would differ.
        os.sync()

    def drop(self, work):
        """Work of what passed is removed at once; of what failed it stays until the end, or for good with --keep."""
        if not self.options.keep:
            subprocess.run(["rm", "-rf", str(work)], check=False)

    def all(self):
        options = self.options
        groups = options.groups
        if set(groups) == {"selftest"}:
            self.case("selftest", "verifier", self.selftest)
            return
        if not self.case("trees", "build", self.build):
            return
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            if "selftest" in groups:
                pool.submit(self.case, "selftest", "verifier", self.selftest)
            if "trees" in groups:
                self.submit_trees(pool)
            if "sabotage" in groups or "kill" in groups:
                pool.submit(self.short_runs, pool).result()

    def submit_trees(self, pool):
        options = self.options
        # Under C names have no text: there the hostile tree is whole. Elsewhere its holes are less huge: hashing them costs most.
        few, holes = options.files // 10, ["--huge", str(HUGE)]
        for locale, files, more in (("C", few, []), ("C.UTF-8", options.files, holes)):
            small, hostile = self.folder / ("small-%d-data" % files), self.folder / ("hostile-%s-data" % locale)
            self.make("small_files.py", small, "--files", str(files))
            self.make("hostile.py", hostile, *more)
            for name, data in (("small-%d" % files, small), ("hostile", hostile)):
                name = "%s/%s" % (name, locale)
                pool.submit(self.case, "trees", name, lambda n=name, d=data, c=locale: self.tree(n, d, c))
        pool.submit(self.case, "trees", "hostile/user", self.user_tree)
        pool.submit(self.case, "trees", "live", self.live)

    def short_runs(self, pool):
        """Measures a run of a tiny tree, then spoils and kills others like it."""
        data = self.folder / "tiny-data"
        self.make("small_files.py", data, "--files", str(self.options.tiny))
        self.case("trees", "baseline", lambda: self.baseline(data))
        if self.seconds is not None:
            self.spoilt_and_killed(pool, data)

    def spoilt_and_killed(self, pool, data):
        chooser = random.Random(self.options.seed)
        if "sabotage" in self.options.groups:
            for step in self.steps:
                pool.submit(self.case, "sabotage", step, lambda s=step: self.sabotage(s, data))
        if "kill" in self.options.groups:
            # Every step has its share of the points; every fourth run is killed again while it recovers.
            steps = self.options.kill_in or [START, *self.steps, "verify"]
            points = [(steps[i % len(steps)], chooser.random()) for i in range(self.options.kill_points)]
            again = [(chooser.choice(steps), chooser.random()) for _ in points]
            for number, point in enumerate(points, 1):
                both = [point, again[number - 1]] if number % 4 == 0 else [point]
                pool.submit(self.case, "kill", "point %d of seed %d" % (number, self.options.seed), lambda n=number, p=both: self.kill(n, p, data))

    def print_table(self, seconds):
        print()
        print("%-9s %8s %8s %8s %10s" % ("group", "passed", "failed", "skipped", "seconds"))
        for group in GROUPS:
            rows = [result for result in self.results if result[0] == group]
            if rows:
                counts = [sum(row[2] == verdict for row in rows) for verdict in ("passed", "FAILED", "skipped")]
                print("%-9s %8d %8d %8d %10.1f" % (group, *counts, sum(row[3] for row in rows)))
        failed = [result for result in self.results if result[2] == "FAILED"]
        for result in failed:
            print(self.row(result))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print("%.1f s in all, %.1f s of processor time" % (seconds, used.ru_utime + used.ru_stime))
        print("%d passed, %d failed" % (sum(result[2] == "passed" for result in self.results), len(failed)))
        return 1 if failed or not self.results else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=3000, help="files of the big tree (3000)")
    parser.add_argument("--tiny", type=int, default=80, help="files of the tree for sabotage and kill (80)")
    parser.add_argument("--kill-points", type=int, default=15, metavar="N", help="how many kills (15: one for each step, with start and verify)")
    parser.add_argument("--kill-in", type=lambda text: text.split(","), metavar="STEPS", help="kill in these steps only (start, every step, verify)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the kill points (1)")
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time (2)")
    parser.add_argument("--groups", type=lambda text: text.split(","), default=list(GROUPS), help="of " + ",".join(GROUPS))
    parser.add_argument("--keep", action="store_true", help="keep all work folders and print where")
    parser.add_argument("--quickstart", type=pathlib.Path, default=HERE / "run.sh", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"unknown groups {', '.join(sorted(unknown))}")
    began = time.monotonic()
    folder = tempfile.mkdtemp(prefix="kmesh-ci-")
    try:
        ci = Ci(options, folder)
        ci.all()
        return ci.print_table(time.monotonic() - began)
    finally:
        if options.keep:
            print("work folders: " + folder, file=sys.stderr)
        else:
            subprocess.run(["rm", "-rf", folder], check=False)


if __name__ == "__main__":
    sys.exit(main())
