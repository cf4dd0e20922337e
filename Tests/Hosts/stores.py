"""Stores that hosts reach over the network: Debian's redis-server with the rights of the contract, and a Sentinel."""
import re
import shutil
import threading

from places import Program, eventually
from store import CONTRACT, LIBRARY, SERVER, Connection, Refused

NAME = "corp"
USER, PASSWORD = "usher-link", "a-word-for-the-store"
PRIMARY = "shared"
PORT, SENTINEL_PORT = 6379, 26379


def rights():
    """The line `user` of a configuration: the contract's rights, and that to load the library after a restart."""
    text = re.search(r"ACL SETUSER (usher-link .*?)\n(?:\n|$)", CONTRACT.read_text(), re.S)[1]
    text = text.replace(">PASSWORD", ">" + PASSWORD).replace("{NAME}", "{%s}" % NAME)
    return " ".join(["user", *text.split(), "+function|load"])


class Store:
    """A server without persistence; without an address on its Unix socket alone.

    The tests' commands to it go over that socket, whatever its network does.
    """

    def __init__(self, place, directory, replica_of=None):
        self.place, self.directory = place, directory / place.name
        self.directory.mkdir()
        self.socket = str(self.directory / "socket")
        self.replica_of = replica_of
        self.configuration = self.directory / "redis.conf"
        network = ["port %d" % PORT, "bind " + place.address, "protected-mode no"] if place.address else ["port 0"]
        # Without compression a text is to be seen in a dump. Without the delays a replica follows at once.
        self.lines = network + [
            "unixsocket " + self.socket, "unixsocketperm 700", 'save ""', "appendonly no", "rdbcompression no",
            "dir %s" % self.directory, "repl-diskless-sync-delay 0", "repl-ping-replica-period 1", rights()]
        self.where = ["--store", "%s:%d" % (place.address, PORT) if place.address else self.socket]
        self.start()

    def start(self):
        more = ["replicaof %s %d" % (self.replica_of.place.address, PORT)] if self.replica_of else []
        # A server that becomes a primary or a replica writes that into its configuration: each start begins anew.
        self.configuration.write_text("\n".join(self.lines + more) + "\n")
        self.program = Program(
            self.directory.with_suffix(".log"), [SERVER, self.configuration], self.place)
        self.connection = eventually("the store answers", self.connect)

    def connect(self):
        self.program.check()
        try:
            connection = Connection(self.socket)
            return connection if connection("PING") == b"PONG" else None
        except (OSError, Refused):
            return None

    def call(self, *words):
        """What it answers. A Sentinel ends the connections of the replica that it makes the primary."""
        try:
            return self.connection(*words)
        except OSError:
            self.connection = eventually("the store answers", self.connect)
            return self.connection(*words)

    def kill(self):
        self.connection.close()
        self.program.kill()

    def remember(self):
        """What a replica has that hears of nothing any more."""
        self.dump().replace(self.directory / "then")

    def restart(self):
        """Ends it as a crash does, and starts it with what was remembered, or else empty and without the library."""
        self.kill()
        then, dump = self.directory / "then", self.directory / "dump.rdb"
        dump.unlink(missing_ok=True)
        if then.exists():
            then.replace(dump)
        self.start()

    def is_primary(self):
        return self.call("ROLE")[0] == b"master"

    def follows(self):
        """Whether this replica has all that the primary had."""
        role = self.call("ROLE")
        return role[0] == b"slave" and role[3] == b"connected" and role[4] >= self.replica_of.call("ROLE")[1]

    def dump(self):
        """A file of all that it has."""
        self.call("SAVE")
        return self.directory / "dump.rdb"

    def load(self, change=lambda text: text):
        """Loads the library before a host does; `change` makes another text of it."""
        self.call("FUNCTION", "LOAD", "REPLACE", change(LIBRARY.read_text()))


class Monitor:
    """What a server is told while this is open (MONITOR)."""

    def __init__(self, store):
        self.connection, self.lines = Connection(store.socket), []
        self.connection("MONITOR")
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        try:
            self.lines.extend(iter(self.connection.file.readline, b""))
        except OSError:
            pass

    def calls(self, function):
        """How often hosts called a function of the library."""
        return sum(b'"FCALL" "usher_%s"' % function.encode() in line.replace(b"fcall", b"FCALL") for line in self.lines)

    def said(self):
        """All that it was told, as it was sent: a monitor shows bytes that are no text by their numbers."""
        return b"".join(self.lines).decode("unicode_escape").encode("latin-1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.socket.shutdown(2)
        self.thread.join()
        self.connection.close()


class Sentinel:
    """One Sentinel, which decides alone."""

    def __init__(self, place, directory, primary):
        self.place, self.directory = place, directory / place.name
        self.directory.mkdir()
        configuration = self.directory / "sentinel.conf"
        socket = str(self.directory / "socket")
        configuration.write_text("\n".join([
            "port %d" % SENTINEL_PORT, "bind " + place.address, "protected-mode no", "unixsocket " + socket,
            "dir %s" % self.directory, "sentinel monitor %s %s %d 1" % (PRIMARY, primary.place.address, PORT),
            "sentinel down-after-milliseconds %s 1000" % PRIMARY,
            "sentinel failover-timeout %s 5000" % PRIMARY]) + "\n")
        self.program = Program(
            self.directory.with_suffix(".log"), [shutil.which(SERVER), configuration, "--sentinel"], place)
        self.where = ["--sentinel", "%s:%d" % (place.address, SENTINEL_PORT), "--primary", PRIMARY, "--fenced"]
        self.call = eventually("the Sentinel answers", lambda: self.connect(socket))

    def connect(self, socket):
        self.program.check()
        try:
            return Connection(socket)
        except OSError:
            return None

    def knows(self, replica):
        """Whether it has found a replica, and heard of it that it follows."""
        return any(replica.place.address.encode() in found and found[found.index(b"master-link-status") + 1] == b"ok"
                   for found in self.call("SENTINEL", "REPLICAS", PRIMARY))
