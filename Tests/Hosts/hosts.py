"""Hosts that share sessions, a usherd and a usher-link each, and the processes that ask them."""
import base64
import getpass
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

from judge import Truth, now, parse
from places import HERE, Program, eventually
from store import LIBRARY
from stores import NAME, PASSWORD, USER
from usher_login import Refused, Usher

ROOT = HERE.parents[1]
BUILT = pathlib.Path(os.environ.get("USHER_PROGRAMS", ROOT / ".build/debug")).resolve()
# Short, so that tests are; the least that [cluster] takes. Then what the contract makes of it, in seconds.
LEASE = 2
MARGIN = 1
EXPULSION = 1.03 * (LEASE + MARGIN)
SHARED, LOCAL = "service-of-all-hosts", "local"
REALM = "realm-of-all-hosts"
CONFIGURATION = """
[cluster]
name = "{name}"
host = "{host}"
link = "{link}"
realms = ["{realm}"]
lease = "{lease}s"
key_file = "{key}"
[limits]
logins_per_source = 64
[[service]]
name = "{shared}"
realm = "{realm}"
pam = "default"
allow_no_account = true
floor = "50ms"
[[service]]
name = "{local}"
realm = "local"
pam = "default"
allow_no_account = true
floor = "50ms"
[[client]]
user = "{user}"
roles = ["login", "validate", "issue", "watch", "admin", "metrics"]
services = ["{shared}", "{local}"]
"""


def private(path, text):
    """Writes a file that nobody else may read; its path."""
    path.write_text(text)
    path.chmod(0o600)
    return path


def unknown():
    """A token that no session has."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


def new_key(path):
    """A file with a new key of a cluster."""
    return private(path, "1 %s\n" % unknown())


def link(directory, where):
    """The command of a link to the store that is there, without what it listens to."""
    password = private(directory / "password", PASSWORD + "\n")
    return [BUILT / "usher-link", *where, "--user", USER, "--password-file", password, "--library", LIBRARY]


class Connection(Usher):
    """The example's client, which ends its program where the daemon closes."""

    def __init__(self, path):
        super().__init__(path)
        self.socket.settimeout(60)

    def read(self):
        try:
            return super().read()
        except SystemExit as end:
            raise ConnectionError(str(end)) from None


class Host:
    """A host with its daemon and its link; `where` says to the link where the store is."""

    def __init__(self, place, directory, key, where, more=("--keep-sessions",)):
        self.name, self.place, self.directory = place.name, place, directory / place.name
        self.own = self.directory / "d"
        self.own.mkdir(parents=True, mode=0o700)
        self.path = str(self.own / "usher.sock")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.directory / "link.sock"))
        self.listener.listen()
        self.link = Program(
            self.directory / "link.log", link(self.directory, where) + ["--listen-fd", self.listener.fileno()], place,
            pass_fds=[self.listener.fileno()])
        config = private(self.own / "usherd.toml", CONFIGURATION.format(
            name=NAME, host=self.name, link=self.directory / "link.sock", realm=REALM, lease=LEASE, key=key,
            shared=SHARED, local=LOCAL, user=getpass.getuser()))
        self.daemon = Program(
            self.directory / "usherd.log",
            [BUILT / "usherd", "--dev", "--directory", self.own, "--config", config, *more], place)
        self.connection = None
        self.wait()

    def wait(self):
        """Waits until the daemon answers."""
        eventually("%s answers" % self.name, self.answers)
        login = json.loads((self.own / "login.json").read_text())
        self.user, self.word = login["user"], login["password"]

    def answers(self):
        self.daemon.check()
        try:
            return self.ask("server.ping") == {}
        except OSError:
            return False

    def ask(self, method, **params):
        """One request on a connection that is kept."""
        try:
            if self.connection is None:
                self.connection = Connection(self.path)
            return self.connection.ask(method, **params)
        except OSError:
            self.connection = None
            raise

    def patiently(self, method, seconds=40, **params):
        """Asks again as long as the answer is `unavailable`, as a client does."""
        def answer():
            try:
                return [self.ask(method, **params)]
            except Refused as refusal:
                if str(refusal) != "unavailable":
                    raise
            return None
        return eventually("%s answers %s" % (self.name, method), answer, seconds)[0]

    def verdict(self, token):
        """Whether it accepts the token; None where it cannot tell."""
        try:
            return self.ask("session.validate", token=token)["valid"]
        except Refused as refusal:
            if str(refusal) != "unavailable":
                raise
            return None

    def stats(self):
        return self.ask("server.stats")

    def kill_daemon(self):
        """Ends the daemon as a crash does; what keeps its memory lives on."""
        self.daemon.kill()
        self.connection = None

    def start_daemon(self):
        self.daemon.start()
        self.wait()


class Witness:
    """A process that asks one host in a loop, and what it was answered."""

    def __init__(self, host, way):
        self.host, self.way = host, way
        self.log = host.directory / (way + ".answers")
        self.log.touch()
        self.place = 0
        environment = {"USHER_LIBRARY": str(BUILT / "libusher.so"), "PYTHONDONTWRITEBYTECODE": "1", **os.environ}
        self.program = Program(
            host.directory / (way + ".log"), [sys.executable, HERE / "validator.py", way, host.own, self.log],
            host.place, stdin=subprocess.PIPE, env=environment)

    def tell(self, number, token):
        self.program.process.stdin.write(b"%d %s\n" % (number, token.encode()))
        self.program.process.stdin.flush()

    def answers(self):
        """What it has logged since this was last asked for."""
        self.program.check()
        return self.rest()

    def rest(self):
        with open(self.log) as file:
            file.seek(self.place)
            lines = file.read()
        whole = lines[:lines.rfind("\n") + 1]
        self.place += len(whole)
        return [parse(line, self.host.name, self.way) for line in whole.splitlines()]

    def close(self):
        """Lets it end; what was left to be read."""
        self.program.process.stdin.close()
        self.program.process.wait(30)
        return self.rest()


class Court:
    """Witnesses of hosts, the truth, and all that was answered."""

    def __init__(self, hosts, ways=("socket", "board")):
        self.witnesses = [Witness(host, way) for host in hosts for way in ways]
        self.truth, self.answers, self.tokens = Truth(), [], {}

    def add(self, token):
        """A token that was acknowledged just now; its number."""
        number = len(self.tokens) + 1
        self.truth.born(number, now())
        self.tokens[number] = token
        for witness in self.witnesses:
            witness.tell(number, token)
        return number

    def hear(self):
        for witness in self.witnesses:
            self.answers += witness.answers()
        return self.answers

    def ends(self, numbers, act):
        """Does what ends sessions, and notes when it was asked for and answered; what `act` gives."""
        for number in numbers:
            self.truth.ending(number, now())
        result = act()
        for number in numbers:
            self.truth.ended(number, now())
        return result

    def faults(self):
        self.hear()
        return self.truth.faults(self.answers)

    def close(self):
        for witness in self.witnesses:
            self.answers += witness.close()


def stop(program):
    """Stops a process, and waits until the kernel has stopped it."""
    program.signal(signal.SIGSTOP)
    stat = pathlib.Path("/proc/%d/stat" % program.process.pid)
    eventually("it is stopped", lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T")


def go_on(program):
    program.signal(signal.SIGCONT)
