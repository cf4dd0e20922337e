"""Hosts that share sessions: a usherd and a usher-link each."""
import base64
import os
import pathlib
import pwd
import signal
import socket

from places import HERE, Program, eventually
from service import Service
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
# Who may log in, on each host by the same password.
PERSON, WORD = "quince", "correct horse"
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
{limits}
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
    """A host with its daemon and its link; `where` says to the link where the store is, `limits` has lines of [limits]."""

    def __init__(self, place, directory, key, where, more=("--keep-sessions",), limits="", lease=LEASE):
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
            name=NAME, host=self.name, link=self.directory / "link.sock", realm=REALM, lease=lease, key=key,
            limits=limits, shared=SHARED, local=LOCAL, user=pwd.getpwuid(os.getuid()).pw_name))
        self.daemon = self.make_daemon(config, more)
        self.connection = None
        self.wait()

    def make_daemon(self, config, more):
        return Program(
            self.directory / "usherd.log",
            [BUILT / "usherd", "--dev", "--directory", self.own, "--config", config, "--user",
             "%s:%s" % (PERSON, WORD), *more], self.place)

    def wait(self):
        """Waits until the daemon answers."""
        eventually("%s answers" % self.name, self.answers)

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

    def log_in(self, **by):
        """A login, or by the token of a session one that proves it anew; its last step."""
        return self.patiently("auth.start", **(by or {"user": PERSON}), password=WORD)

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


class ServedHost(Host):
    """A host whose daemon is a service: a manager keeps its descriptors over a restart, as systemd does."""

    def make_daemon(self, config, more):
        return Service(self.directory, self.path, [BUILT / "usherd", "--config", config], self.place)

    def restart_daemon(self):
        """Ends the daemon in order, and starts it again."""
        self.daemon.signal(signal.SIGTERM)
        assert self.daemon.process.wait(30) == 0, self.daemon.log.read_text()
        self.connection = None
        self.start_daemon()


def stop(program):
    """Stops a process, and waits until the kernel has stopped it."""
    program.signal(signal.SIGSTOP)
    stat = pathlib.Path("/proc/%d/stat" % program.process.pid)
    eventually("it is stopped", lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T")


def go_on(program):
    program.signal(signal.SIGCONT)
