#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command kmesh as its users run it: whole processes of bin/kmesh, which is built first where it is not.

What a process alone shows: the exit code, what comes on which stream, a signal, a user without rights, memory, names of
any bytes, a start by a link. The last line reads "N passed, N failed, N skipped".
"""

import ctypes.util
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile

BIN = pathlib.Path(__file__).resolve().parents[4] / "kmesh-cli" / "bin" / "kmesh"
NOBODY = 65534
RSS_MIB = 350


# Of the clouds' modules and what they bring; java.net.http is the JDK's.
CLOUD_CLASS = re.compile(
    r"^\S* *(io\.kmesh\.cloud|software\.amazon\.awssdk|com\.azure|reactor|io\.netty|okhttp3|okio|kotlin)[.\w$/]* source:(?: shared(?= objects))?",
    re.MULTILINE,
)
NO_BUCKET = {
    "s3": ("NoSuchBucket", "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>"),
    "az": ("ContainerNotFound", "<Error><Code>ContainerNotFound</Code><Message>none</Message></Error>"),
    "gs": ("notFound", json.dumps({"error": {"code": 404, "message": "The specified bucket does not exist.", "errors": [{"reason": "notFound"}]}})),
}


class NoBuckets(http.server.BaseHTTPRequestHandler):
    """A store without buckets: the first level of a path is the scheme of the store that is asked; else it is gs."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.asked += 1
        code, body = NO_BUCKET.get(self.path.strip("/").split("/")[0], NO_BUCKET["gs"])
        self.send_response(404)
        self.send_header("x-ms-error-code", code)
        self.send_header("content-type", "application/json" if body[0] == "{" else "application/xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

    def log_message(self, *arguments):
        pass


class ProcessTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # What a shell starts in the background ignores it, and so would what is started here.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        subprocess.run([BIN, "--version"], check=True, stdout=subprocess.DEVNULL)

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="kmesh-cli-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.home.chmod(0o755)
        password = self.home / "password"
        password.write_text("a throw-away repository\n")
        self.environment = {
            **os.environ,
            "KMESH_BUILT": "true",
            "KMESH_REPOSITORY": (self.home / "repository").as_uri(),
            "KMESH_PASSWORD_FILE": str(password),
            "KMESH_CACHE": str(self.home / "cache"),
            "KMESH_STATE": str(self.home / "state"),
        }

    def start(self, *arguments, program=BIN, **options):
        return subprocess.Popen(
            [str(program), *map(str, arguments)], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, text=True, **options,
        )  # fmt: skip

    def kmesh(self, *arguments, code=0, **options):
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, code, "%s: %s%s" % (arguments, out, err))
        return out, err

    @unittest.skipIf(ctypes.util.find_library("lustreapi"), "for a machine without Lustre")
    def test_doctor_needs_no_lustre(self):
        out, _ = self.kmesh("doctor", "--json", code=3)
        found = json.loads(out)
        self.assertFalse(found["works"])
        self.assertEqual(found["mounts"], [])
        self.assertTrue(all(problem["what"] and problem["why"] for problem in found["problems"]))
        _, err = self.kmesh("lustre", "fid", self.home, code=1)
        self.assertIn("kmesh doctor", err)

    def test_one_jar_runs_alone(self):
        jar = self.home / "elsewhere" / "kmesh.jar"
        jar.parent.mkdir()
        subprocess.run([BIN.parent / "onejar.sh", jar], check=True, stdout=subprocess.DEVNULL)
        java = [shutil.which("java"), "-jar", jar]
        version = subprocess.run([*java, "--version"], check=True, capture_output=True, text=True)
        self.assertRegex(version.stdout, r"^kmesh \d")
        doctor = subprocess.run([*java, "doctor", "--json"], capture_output=True, text=True)
        self.assertIn(doctor.returncode, (0, 3), doctor.stderr)
        # Its native library and its services are in the jar.
        self.assertEqual(json.loads(doctor.stdout)["java"]["libc"], "works")
        fid = subprocess.run([*java, "lustre", "fid", "/"], capture_output=True, text=True)
        self.assertNotIn("nothing that opens one is installed", fid.stderr)
        for arguments in (["repo", "init"], ["snapshot", "create", jar.parent], ["snapshot", "check"]):
            subprocess.run([*java, *arguments], check=True, env=self.environment, stdout=subprocess.DEVNULL)

    def cloud_classes(self, command, *arguments):
        log = self.home / "classes"
        environment = {**self.environment, "KMESH_JAVA_OPTIONS": "-Xlog:class+load:file=%s" % log}
        option = [] if command == [BIN] else ["-Xlog:class+load:file=%s" % log]
        line = [command[0], *option, *command[1:], *arguments]
        subprocess.run([str(a) for a in line], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        text = log.read_text()
        self.assertIn("io.kmesh.cli.Main source:", text)
        return [found.group() for found in CLOUD_CLASS.finditer(text)]

    def test_a_command_without_a_cloud_loads_no_class_of_one(self):
        jar = self.home / "kmesh.jar"
        subprocess.run([BIN.parent / "onejar.sh", jar], check=True, stdout=subprocess.DEVNULL)
        for command in ([BIN], [shutil.which("java"), "-jar", jar]):
            shutil.rmtree(self.home / "repository", ignore_errors=True)
            for arguments in (["--version"], ["repo", "init"], ["snapshot", "create", jar.parent], ["snapshot", "list"]):
                self.assertEqual(self.cloud_classes(command, *arguments), [], arguments)
            with_one = self.cloud_classes(command, "snapshot", "list", "--repo", "s3://bucket?no-such-option=1")
            self.assertTrue(any("io.kmesh.cloud.aws" in line for line in with_one))
            archived = [line for line in with_one if "io.kmesh.cloud.aws" in line and line.endswith("source: shared")]
            self.assertEqual(bool(archived), command == [BIN], with_one[:3])

    def test_stores_of_the_clouds_say_what_is_wrong_in_one_line(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), NoBuckets)
        server.asked = 0
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.environment.update(AZURE_STORAGE_ACCOUNT="account", AZURE_STORAGE_KEY="bm8gc2VjcmV0")
        endpoint = "?endpoint=http://127.0.0.1:%d/" % server.server_port
        for url in (
            "s3://bucket/lab%ss3&credentials=anonymous" % endpoint,
            "az://bucket/lab%saz" % endpoint,
            "gs://bucket/lab%s&credentials=none" % endpoint,
        ):
            asked = server.asked
            _, err = self.kmesh("repo", "init", "--repo", url, code=1)
            self.assertRegex(err, r"\Akmesh: Cannot [^\n]*bucket[^\n]*\n\Z")
            self.assertGreater(server.asked, asked)

    def test_a_check_of_a_store_that_is_stopped_removes_what_it_wrote(self):
        bucket = self.home / "bucket"
        bucket.mkdir()

        def objects():
            return [name for _, _, names in os.walk(bucket / "objects") for name in names]

        process = self.start("store", "check", bucket, "--soak", "10m")
        deadline = time.monotonic() + 60
        while not list((bucket / "objects").glob("*kmesh-check-*/soak/*/*")):
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, out + err)
        self.assertIn("it was cancelled. What it wrote is removed.", err)
        self.assertEqual(objects(), [])

    def test_one_jar_keeps_all_services_and_refuses_what_differs(self):
        for name, service, shared in (("a", "x.A", "same"), ("b", "# why\nx.B # b\nx.A", "same"), ("c", "", "other")):
            with zipfile.ZipFile(self.home / (name + ".jar"), "w") as jar:
                jar.writestr("META-INF/services/x.S", service)
                jar.writestr("shared", shared)
                jar.writestr("META-INF/LICENSE", name)
                jar.writestr("META-INF/X.RSA", name)
                jar.writestr("META-INF/versions/9/module-info.class", name)
        made = self.home / "made.jar"
        command = [sys.executable, BIN.parent / "onejar.py", made, "x.Main"]
        subprocess.run([*command, self.home / "a.jar", self.home / "b.jar"], check=True)
        with zipfile.ZipFile(made) as jar:
            self.assertEqual(jar.read("META-INF/services/x.S"), b"x.A\nx.B\n")
            self.assertEqual(
                jar.namelist(),
                [
                    "META-INF/MANIFEST.MF",
                    "META-INF/licenses/a/LICENSE",
                    "META-INF/licenses/b/LICENSE",
                    "META-INF/services/x.S",
                    "shared",
                ],
            )
            self.assertIn(b"Main-Class: x.Main\n", jar.read("META-INF/MANIFEST.MF"))
        first = made.read_bytes()
        subprocess.run([*command, self.home / "a.jar", self.home / "b.jar"], check=True)
        self.assertEqual(made.read_bytes(), first)
        refused = subprocess.run([*command, self.home / "a.jar", self.home / "c.jar"], capture_output=True, text=True)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("shared of", refused.stderr)
        self.assertEqual(made.read_bytes(), first)

    def test_a_backup_and_its_restore(self):
        tree = self.home / "tree"
        tree.mkdir()
        (tree / "file").write_text("content")
        with open(os.path.join(os.fsencode(tree), b"not utf-8 \xff"), "w") as file:
            file.write("x")
        link = self.home / "kmesh"
        link.symlink_to(BIN)
        self.kmesh("repo", "init", program=link)
        out, err = self.kmesh("snapshot", "create", "--json", tree)
        self.assertEqual(json.loads(out)["files"], 2)
        self.assertEqual(err, "")
        self.kmesh("snapshot", "check", "--read", "all")
        self.kmesh("snapshot", "restore", "latest", "--target", self.home / "out")
        restored = os.fsencode(self.home / "out")
        self.assertEqual(sorted(os.listdir(restored)), [b"file", b"not utf-8 \xff"])
        self.kmesh("snapshot", "list", "--repo", self.home / "elsewhere", code=10)
        (self.home / "password").write_text("wrong\n")
        self.kmesh("snapshot", "list", code=12)

    def test_a_signal_leaves_nothing_published(self):
        tree = self.home / "tree"
        tree.mkdir()
        chosen = random.Random(7)
        for number in range(40):
            (tree / str(number)).write_bytes(chosen.randbytes(8 << 20))
        self.kmesh("repo", "init")
        process = self.start("snapshot", "create", tree)
        packs = self.home / "repository"
        deadline = time.monotonic() + 60
        while sum(f.stat().st_size for f in packs.rglob("*") if f.is_file()) < 1 << 20 and time.monotonic() < deadline:
            self.assertIsNone(process.poll(), "it ended too early to be interrupted")
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, out + err)
        self.assertIn("Nothing was published", err)
        stats = json.loads(self.kmesh("repo", "stats", "--json")[0])
        self.assertEqual((stats["snapshots"], stats["sessions"]), (0, 0))
        process = self.start("snapshot", "create", "--quiet", tree)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out, err = process.communicate()
        self.assertEqual(process.returncode, 0, out + err)
        self.assertLess(usage.ru_maxrss >> 10, RSS_MIB)

    def test_a_mirror_goes_on_after_a_signal(self):
        tree = self.home / "tree"
        tree.mkdir()
        chosen = random.Random(8)
        for number in range(20):
            (tree / str(number)).write_bytes(chosen.randbytes(8 << 20))
        with open(os.path.join(os.fsencode(tree), b"not utf-8 \xff"), "w") as file:
            file.write("x")
        store, out, report = self.home / "store", self.home / "out", self.home / "report"
        process = self.start("mirror", "push", "--report", report, tree, store)
        deadline = time.monotonic() + 60
        while not (report.exists() and report.read_text().count("\n") > 3) and time.monotonic() < deadline:
            self.assertIsNone(process.poll(), "it ended too early to be interrupted")
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, said + err)
        self.assertIn("repeat the command to go on", err)
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        self.assertEqual(lines[-1]["state"], "interrupted")
        sent = {line["path"] for line in lines if line.get("what") == "sent"}
        process = self.start("mirror", "push", "--report", report, tree, store)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said, err = process.communicate()
        self.assertEqual(process.returncode, 0, said + err)
        self.assertLess(usage.ru_maxrss >> 10, RSS_MIB)
        again = [json.loads(line) for line in report.read_text().splitlines()]
        self.assertFalse(sent & {line["path"] for line in again if line.get("what") == "sent"})
        self.kmesh("mirror", "verify", tree, store)
        self.kmesh("mirror", "pull", store, out)
        self.kmesh("mirror", "verify", "--deep", out, store)
        self.assertEqual(sorted(os.listdir(os.fsencode(out))), sorted(os.listdir(os.fsencode(tree))))
        (out / "3").write_bytes(b"")
        self.kmesh("mirror", "verify", out, store, code=3)

    def test_what_may_not_be_read_is_named(self):
        if os.geteuid() == 0 and not shutil.which("setpriv"):
            self.skipTest("setpriv is missing")
        tree = self.home / "tree"
        tree.mkdir()
        (tree / "mine").write_text("x")
        (tree / "secret").write_text("x")
        (tree / "secret").chmod(0)
        user = []
        if os.geteuid() == 0:
            os.chown(self.home, NOBODY, NOBODY)
            os.chown(tree / "secret", NOBODY, NOBODY)
            user = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups", str(BIN)]
        program, words = (user[0], user[1:]) if user else (BIN, [])
        self.kmesh(*words, "repo", "init", program=program)
        out, err = self.kmesh(*words, "snapshot", "create", "--json", tree, program=program, code=3)
        taken = json.loads(out)
        self.assertEqual(taken["problems"], 1)
        self.assertEqual(taken["problemList"][0]["path"], "secret")
        self.assertIn("%s/secret is left out" % tree, err)


class Counting(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(ProcessTest)
    result = unittest.TextTestRunner(resultclass=Counting, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed, %d skipped" % (result.passed, failed, len(result.skipped)))
    sys.exit(0 if failed == 0 else 1)
