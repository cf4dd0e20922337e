"""A store of its own for each test of the function library, and what a host says to it.

Nothing but Python's standard library: a server on a Unix socket below a directory of this run, a client of the few
replies that the functions give, and the records of the library, whose sealed part is any bytes here.
"""

import itertools
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import unittest

CONTRACT = pathlib.Path(__file__).parents[2] / "protocol/CLUSTER.md"
LIBRARY = CONTRACT.parent / "cluster/usher.lua"
SERVER = os.environ.get("USHER_STORE", "redis-server")
PREFIX = b"usher:{test}:"
RECORD = ">cBHIIIQQQQII8s"
NONE = bytes(8)
ids = itertools.count(1)


class Refused(Exception):
    """An error that the server answered; its first word is `code`."""

    @property
    def code(self):
        return str(self).split(" ")[0]


class Connection:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def __call__(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise Refused(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest
        if kind == b"$":
            return None if int(rest) < 0 else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            # An error inside an answer is part of it: the rest must still be read.
            return None if int(rest) < 0 else [self.reply() for _ in range(int(rest))]
        raise ConnectionError(f"no reply: {line!r}")


class Server:
    """A server without persistence of its own; a restart with its memory is another run of it."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="usher-store-")
        self.start()

    def start(self):
        path = self.directory + "/socket"
        self.process = subprocess.Popen(
            [SERVER, "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", self.directory],
            stdout=subprocess.DEVNULL)
        for _ in range(400):
            try:
                self.call = Connection(path)
                if self.call("PING") == b"PONG":
                    return
            except (OSError, Refused):
                time.sleep(0.05)
        raise RuntimeError("the server does not start")

    def kill(self):
        self.call.close()
        self.process.kill()
        self.process.wait()

    def remember(self):
        """What a replica may have: the state as it is now."""
        self.call("SAVE")
        shutil.copy(self.directory + "/dump.rdb", self.directory + "/then")

    def restart(self, state):
        """Another run: with the memory it has ("now"), with what was remembered ("then"), or empty."""
        dump = self.directory + "/dump.rdb"
        if state == "now":
            self.call("SAVE")
        self.kill()
        if state == "then":
            shutil.copy(self.directory + "/then", dump)
        if state == "empty":
            pathlib.Path(dump).unlink(missing_ok=True)
        self.start()

    def close(self):
        self.kill()
        shutil.rmtree(self.directory)


def record(tag=None, bucket=7, realm=1, version=1, idle=3600, lasts=36000, seen=0, era=0, stamp=(0, 0), sealed=None):
    """A record as a host seals it: `seen` seconds ago it was used, and it has `lasts` seconds to live."""
    now = int(time.time())
    head = struct.pack(RECORD, b"L", 1, 0, now - seen, idle, now + lasts, version, era, *stamp, bucket, realm, tag or name(8))
    return head + (sealed or name(16) + bytes(120))


def name(size):
    """A digest, a member, a tag or a nonce that no other one equals, in its first eight bytes either."""
    return struct.pack(">Q", next(ids)).ljust(size, b"n")


def pseudo(tag):
    return NONE + tag


class Head:
    def __init__(self, raw):
        (self.state, self.key, _, self.seen, self.idle, self.absolute, self.version, self.era, self.ordinal,
         self.n, self.bucket,
         self.realm, self.tag) = struct.unpack(RECORD, raw[:64])


class StoreCase(unittest.TestCase):
    """One server for the tests of a class, emptied for each; two hosts that are members of a first epoch."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.raw("FLUSHALL")
        self.load()
        self.epoch = b"0000000a"
        self.ordinal, _ = self.bare("open", b"", 0, self.epoch, 10000, b"key")
        self.numbers = {}
        self.a, self.b = name(16), name(16)
        self.join(self.a)
        self.join(self.b)
        self.settle()

    def load(self):
        self.raw("FUNCTION", "LOAD", "REPLACE", LIBRARY.read_bytes())

    def raw(self, *words):
        return self.server.call(*words)

    def bare(self, function, *arguments):
        return self.raw("FCALL", "usher_" + function, 1, PREFIX, *arguments)

    def call(self, function, *arguments):
        return self.bare(function, self.epoch, *arguments)

    def refused(self, code, function, *arguments):
        with self.assertRaises(Refused) as caught:
            self.call(function, *arguments)
        self.assertEqual(caught.exception.code, code, caught.exception)

    def n(self):
        return int(self.raw("HGET", PREFIX + b"root", "n") or 0)

    def number(self, member):
        self.numbers[member] = self.numbers.get(member, 0) + 1
        return self.numbers[member]

    def join(self, member, old=b"", ordinal=0, sure=0, view=()):
        return self.call("join", member, self.number(member), self.n(), b"host", old, ordinal, sure, *view)

    def joined(self, member):
        """The number of a member's last join."""
        return struct.unpack(">QQ", self.raw("HGET", PREFIX + b"members", member)[:16])[1]

    def end(self, member, *arguments, joined=0, acked=0):
        """Ends a session. The call acknowledges nothing unless it says so."""
        return self.call("end", member, joined, acked, *arguments)

    def beat(self, member, acked=None, *out, listing=0):
        return self.call("beat", member, self.number(member), self.n() if acked is None else acked, listing, 0, *out)

    def settle(self):
        for member in (self.a, self.b):
            self.beat(member)

    def put(self, digest=None, rec=None, limit=0, evict=0, begun=None):
        digest, rec = digest or name(16), rec or record()
        begun = begun or (self.ordinal, self.n())
        return digest, rec, self.call("put", digest, rec, limit, evict, *begun, b"note")

    def get(self, digest):
        return self.call("get", digest)[1]

    def entries(self):
        return [fields[1] for _, fields in self.raw("XRANGE", PREFIX + b"s", "-", "+")]

    def reopen(self, state, epoch=b"0000000b"):
        """The server restarts with some memory, and a host opens it: the epoch and ordinal from before."""
        self.server.restart(state)
        self.load()
        before = self.epoch, self.ordinal
        found = self.bare("hello")[1]
        self.epoch = epoch
        self.ordinal, _ = self.bare("open", found, before[1], epoch, 10000, b"key")
        return before
