#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Object stores that the tests tagged `servers` run against, as processes on this machine.

By hand: `python3 config/servers.py [NAME ...]` gets and starts them, prints the -D arguments for the tests, and waits
for Ctrl-C. A server that is on a free port of 127.0.0.1 keeps nothing: its data is in memory or under target/servers.
Their output is in target/ci/server-NAME.log. Environment: KMESH_MAVEN_REPO as for config/run_tests.py.
"""

import argparse
import atexit
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "target" / "ci"
HOME = ROOT / "target" / "servers"
AZURITE = "azurite@3.37.0"
# Seconds that a server may take to answer; S3Mock took 18 beside load.
START_SECONDS = 120
# What S3Proxy asks for; nothing is behind it.
S3PROXY_KEY = ("kmesh-servers", "not-a-secret")
CEPH_PACKAGES = ("ceph-mon", "ceph-mgr", "ceph-osd", "ceph-common", "radosgw")
CEPH_PROGRAMS = ("ceph", "ceph-authtool", "monmaptool", "ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "radosgw-admin")


class CannotStart(Exception):
    """A server that could not be had or did not answer, and why."""


def free_ports(count):
    """Ports of the loopback that nobody listens on, all different."""
    with contextlib.ExitStack() as open_sockets:
        ports = []
        for _ in range(count):
            found = open_sockets.enter_context(socket.socket())
            found.bind(("127.0.0.1", 0))
            ports.append(found.getsockname()[1])
        return ports


def run(title, arguments, cwd=ROOT):
    """Runs a program to its end with its output in a log."""
    log = LOGS / ("server-get-%s.log" % title)
    with open(log, "wb") as output:
        code = subprocess.run([str(a) for a in arguments], cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT).returncode
    if code != 0:
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no output"]
        raise CannotStart("%s: %s ended with %d: %s (%s)" % (title, arguments[0], code, last[0][:200], log.relative_to(ROOT)))


def is_current(folder, wanted):
    """Whether a folder holds what was asked for; a mark is written last, so that half a download is none."""
    mark = folder / "complete"
    return mark.is_file() and mark.read_text() == wanted


def maven_libraries(name):
    """The jars of a server, as its small POM names them."""
    pom = ROOT / "config" / "servers" / (name + ".xml")
    folder = HOME / name
    if not is_current(folder, pom.read_text()):
        shutil.rmtree(folder, ignore_errors=True)
        repository = ["-Dmaven.repo.local=" + os.environ["KMESH_MAVEN_REPO"]] if os.environ.get("KMESH_MAVEN_REPO") else []
        goal = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies"
        run(name, ["mvn", "-q", "-B", "-ntp", *repository, "-f", pom, goal, "-DincludeScope=runtime", "-DoutputDirectory=%s" % (folder / "lib")])
        (folder / "complete").write_text(pom.read_text())
    return str(folder / "lib" / "*")


def azurite_program():
    """The folder with Azurite and what it needs."""
    folder = HOME / "azurite"
    if not is_current(folder, AZURITE):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        run("azurite", ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, AZURITE])
        (folder / "complete").write_text(AZURITE)
    return folder


def fetch():
    """Gets what the servers need, ahead of their start; what can't be had is told there."""
    LOGS.mkdir(parents=True, exist_ok=True)
    HOME.mkdir(parents=True, exist_ok=True)
    for get in (lambda: maven_libraries("s3mock"), lambda: maven_libraries("s3proxy"), azurite_program):
        with contextlib.suppress(CannotStart, OSError):
            get()


def java():
    home = os.environ.get("JAVA_HOME")
    return str(pathlib.Path(home) / "bin" / "java") if home else "java"


class Server:
    """One running process and the -D arguments by which tests find it."""

    def __init__(self, name, command, url, properties, cwd=None):
        self.name = name
        self.url = url
        self.properties = properties
        self.log = LOGS / ("server-%s.log" % name)
        self.output = open(self.log, "wb")
        # A group of its own: a Ctrl-C reaches it through stop(), once.
        self.process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True
        )

    def answers(self):
        """Whether it speaks HTTP; any status will do."""
        try:
            urllib.request.urlopen(self.url, timeout=5).close()
            return True
        except urllib.error.HTTPError as error:
            error.close()
            return True
        except OSError:
            return False

    def await_ready(self, deadline):
        while not self.answers():
            if self.process.poll() is not None:
                raise CannotStart("%s ended with %d at its start: see %s" % (self.name, self.process.returncode, self.log.relative_to(ROOT)))
            if time.monotonic() > deadline:
                raise CannotStart("%s did not answer at %s within %d s: see %s" % (self.name, self.url, START_SECONDS, self.log.relative_to(ROOT)))
            time.sleep(0.2)

    def cpu(self):
        """CPU-seconds so far, while it runs."""
        try:
            fields = pathlib.Path("/proc/%d/stat" % self.process.pid).read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()


def s3mock():
    libraries = maven_libraries("s3mock")
    https, http = free_ports(2)
    # Its connector for HTTP listens on every interface whatever it is told, and cannot be left out.
    command = [java(), "-Xmx256m", "-XX:+UseSerialGC", "-cp", libraries, "com.adobe.testing.s3mock.S3MockApplication",
               "--server.address=127.0.0.1", "--server.port=%d" % https, "--com.adobe.testing.s3mock.httpPort=%d" % http]  # fmt: skip
    url = "http://127.0.0.1:%d" % http
    server = Server("s3mock", command, url, {"kmesh.servers.s3mock": url})
    server.https = https
    return server


def s3mock_certificate(server):
    """Its own certificate, which it makes no secret of, so that tests can trust this one alone."""
    path = HOME / "s3mock" / "certificate.pem"
    path.write_text(ssl.get_server_certificate(("127.0.0.1", server.https)))
    server.properties["kmesh.servers.s3mock.https"] = "https://localhost:%d" % server.https
    server.properties["kmesh.servers.s3mock.ca"] = str(path)


def s3proxy():
    libraries = maven_libraries("s3proxy")
    (port,) = free_ports(1)
    url = "http://127.0.0.1:%d" % port
    settings = HOME / "s3proxy" / "s3proxy.conf"
    settings.write_text(
        "s3proxy.endpoint=%s\ns3proxy.authorization=aws-v2-or-v4\ns3proxy.identity=%s\ns3proxy.credential=%s\n"
        "jclouds.provider=transient-nio2\njclouds.identity=local\njclouds.credential=local\n" % (url, *S3PROXY_KEY)
    )
    # Left alone it logs each step of each request, which takes longer than the requests.
    logging = HOME / "s3proxy" / "logback.xml"
    logging.write_text(
        '<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %-5level %logger %msg%n</pattern>'
        '</encoder></appender><root level="WARN"><appender-ref ref="out"/></root></configuration>'
    )
    command = [java(), "-Xmx512m", "-XX:+UseSerialGC", "-Dlogback.configurationFile=%s" % logging, "-cp", libraries,
               "org.gaul.s3proxy.Main", "--properties", str(settings)]  # fmt: skip
    properties = {"kmesh.servers.s3proxy": url, "kmesh.servers.s3proxy.key": S3PROXY_KEY[0], "kmesh.servers.s3proxy.secret": S3PROXY_KEY[1]}
    return Server("s3proxy", command, url, properties)


def azurite():
    folder = azurite_program()
    (port,) = free_ports(1)
    url = "http://127.0.0.1:%d" % port
    main = folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    command = ["node", str(main), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence",
               "--skipApiVersionCheck", "--disableTelemetry", "--silent"]  # fmt: skip
    return Server("azurite", command, url, {"kmesh.servers.azurite": url}, cwd=folder)


class Gateway(Server):
    """A Ceph gateway answers before it knows its user."""

    def __init__(self, folder, *arguments):
        super().__init__(*arguments)
        self.folder = folder

    def answers(self):
        return (self.folder / "ready").exists() and super().answers()


def ceph():
    """Of Debian's packages, which have to be installed."""
    missing = [name for name in CEPH_PROGRAMS if shutil.which(name) is None]
    if missing:
        raise CannotStart("%s is not installed: %s are the packages" % (", ".join(missing), " ".join(CEPH_PACKAGES)))
    folder = HOME / "ceph"
    shutil.rmtree(folder, ignore_errors=True)
    ports = free_ports(3)
    url = "http://127.0.0.1:%d" % ports[0]
    script = ROOT / "config" / "servers" / "radosgw.sh"
    command = ["bash", str(script), str(folder), *map(str, ports), *S3PROXY_KEY]
    properties = {"kmesh.servers.ceph": url, "kmesh.servers.ceph.key": S3PROXY_KEY[0], "kmesh.servers.ceph.secret": S3PROXY_KEY[1]}
    return Gateway(folder, "ceph", command, url, properties)


SERVERS = {"s3mock": s3mock, "s3proxy": s3proxy, "azurite": azurite}
# Those that run only when they are named.
MORE_SERVERS = {"ceph": ceph}


class Servers:
    """Several servers as one; a context. What could not start is in `failures`, by name."""

    def __init__(self, names=tuple(SERVERS)):
        self.names = names
        self.running = []
        self.failures = {}

    def __enter__(self):
        LOGS.mkdir(parents=True, exist_ok=True)
        HOME.mkdir(parents=True, exist_ok=True)
        atexit.register(self.stop)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def start(self):
        for name in self.names:
            try:
                self.running.append({**SERVERS, **MORE_SERVERS}[name]())
            except (CannotStart, OSError) as error:
                self.failures[name] = str(error)
        deadline = time.monotonic() + START_SECONDS
        for server in list(self.running):
            try:
                server.await_ready(deadline)
                if server.name == "s3mock":
                    s3mock_certificate(server)
            except (CannotStart, OSError) as error:
                self.failures[server.name] = str(error)
                server.stop()
                self.running.remove(server)

    def arguments(self):
        """The -D arguments for the tests."""
        return ["-D%s=%s" % pair for server in self.running for pair in server.properties.items()]

    def cpu(self):
        """CPU-seconds of those that run."""
        return sum(server.cpu() for server in self.running)

    def stop(self):
        for server in self.running:
            server.stop()
        self.running = []

    def __exit__(self, *_):
        self.stop()
        atexit.unregister(self.stop)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these (all but ceph)")
    names = parser.parse_args().names or list(SERVERS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Servers(names) as servers:
        for name, reason in servers.failures.items():
            print("Cannot start %s: %s" % (name, reason), file=sys.stderr)
        print(" ".join(servers.arguments()), flush=True)
        if servers.failures:
            return 1
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
