"""What shared sessions cost, beside a GET of the same store over the same network and beside a daemon without [cluster].

Tests/Benchmarks/cluster builds the programs and runs this. All figures are of one run; a ratio is the median of pairs
that were measured in turns. The daemons, the links and the store share the machine's processors.
"""
import contextlib
import ctypes
import os
import pathlib
import random
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time

from case import HostsCase
from hosts import BUILT, CONFIGURATION, LEASE, MARGIN, SHARED, go_on, private, stop
from places import HERE, Program, eventually
from usher_login import Usher

CLONE_NEWNET = 0x40000000
# A record of the plain kind: a key as long as a token, and a hundred bytes.
PLAIN_KEY, PLAIN_RECORD = 43, 100


def show(name, value, aim=None, holds=None):
    verdict = "" if holds is None else ("reached" if holds else "NOT REACHED")
    print("%-62s %-26s %-14s %s" % (name, value, aim or "", verdict), flush=True)


def quantile(times, share):
    return sorted(times)[int(share * (len(times) - 1))]


def timed(act):
    """How many microseconds it takes."""
    began = time.perf_counter_ns()
    act()
    return (time.perf_counter_ns() - began) / 1000


@contextlib.contextmanager
def inside(place):
    """Sockets that are made in here belong to a place's network."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as home, open("/run/netns/" + place.name) as there:
        assert libc.setns(there.fileno(), CLONE_NEWNET) == 0
        try:
            yield
        finally:
            assert libc.setns(home.fileno(), CLONE_NEWNET) == 0


class Plain:
    """A connection to the store as a tool makes it that keeps its sessions there."""

    def __init__(self, place, address):
        with inside(place):
            self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")

    def __call__(self, *words):
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
        self.socket.sendall(b"".join(parts))
        line = self.answers.readline()
        assert line[:1] in b"+$:", line
        return self.answers.read(int(line[1:]) + 2)[:-2] if line[:1] == b"$" and line != b"$-1\r\n" else line[1:-2]


class Alone:
    """A daemon without [cluster]."""

    def __init__(self, directory):
        self.own = directory / "alone"
        self.own.mkdir(mode=0o700)
        limits = "[limits]" + CONFIGURATION.partition("[limits]")[2]
        user = subprocess.run(["id", "-un"], text=True, capture_output=True).stdout.strip()
        config = private(self.own / "usherd.toml", limits.format(
            realm="home", shared=SHARED, local="local", user=user, limits=""))
        self.path = str(self.own / "usher.sock")
        self.program = self.daemon = Program(
            directory / "alone.log", [BUILT / "usherd", "--dev", "--directory", self.own, "--config", config])
        eventually("it answers", self.answers)
        self.ask = Usher(self.path).ask

    def answers(self):
        self.daemon.check()
        try:
            return Usher(self.path).ask("server.ping") == {}
        except OSError:
            return False


def spent(program):
    """Nanoseconds of CPU that all threads of a process have had (proc(5), schedstat)."""
    tasks = pathlib.Path("/proc/%d/task" % program.process.pid).iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


def woken(program):
    """How often threads of a process have waited and gone on."""
    tasks = pathlib.Path("/proc/%d/task" % program.process.pid).iterdir()
    return sum(int(line.split()[1]) for task in tasks for line in (task / "status").read_text().splitlines()
               if line.startswith("voluntary_ctxt_switches"))


class Batches:
    """Sixteen validations at once, again and again, of one session."""

    depth = 16

    def __init__(self, path, token):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        body = b'{"jsonrpc":"2.0","id":1,"method":"session.validate","params":{"token":"%s"}}' % token.encode()
        self.batch = (struct.pack(">I", len(body)) + body) * self.depth
        self.size = 0
        self.size = self.depth * len(self.one())

    def one(self):
        self.socket.sendall(self.batch[:len(self.batch) // self.depth])
        header = self.socket.recv(4, socket.MSG_WAITALL)
        answer = self.socket.recv(struct.unpack(">I", header)[0], socket.MSG_WAITALL)
        assert b'"valid":true' in answer, answer
        return header + answer

    def run(self, seconds):
        """How many requests were answered."""
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.sendall(self.batch)
            assert len(self.socket.recv(self.size, socket.MSG_WAITALL)) == self.size
            count += self.depth
        return count


class MeasuredHosts(HostsCase):
    limits = "sessions_per_user = 100000"
    over = ""

    @classmethod
    def build(cls):
        super().build()
        # Witnesses would be load.
        cls.court.close()
        cls.alone = cls.add(Alone(cls.directory))
        # The rights of a tool that keeps sessions of its own.
        cls.store.call("ACL", "SETUSER", "default", "on", "nopass", "~*", "+@all")
        cls.address = cls.store.place.address, 6379
        cls.plain = {name: Plain(host.place, cls.address) for name, host in cls.hosts.items()}
        for host in cls.hosts.values():
            host.patiently("session.revoke", token=cls.create(host))

    def known(self, count, user="tamarind"):
        """Sessions of `a` that all hosts have."""
        tokens = [self.a.ask("session.create", user=user, service=SHARED, methods=["pwd"])["token"] for _ in range(count)]
        for token in tokens:
            for host in self.hosts.values():
                assert host.patiently("session.validate", token=token)["valid"]
        return tokens

    def first_question(self, count):
        plain, times, gets = self.plain["b"], [], []
        key, record = b"k" * PLAIN_KEY, b"r" * PLAIN_RECORD
        plain(b"SET", key, record)
        for _ in range(count):
            token = self.a.ask("session.create", user="user-%d" % random.randrange(99), service=SHARED, methods=["pwd"])["token"]
            times.append(timed(lambda: self.b.ask("session.validate", token=token)))
            gets.append(timed(lambda: plain(b"GET", key)))
        p50, get = statistics.median(times), statistics.median(gets)
        show("first validate on another host, p50 (GET: %.0f us)%s" % (get, self.over), "%.0f us" % p50,
             "<= 1.6 GET + 60", p50 <= 1.6 * get + 60)

    def an_end(self, count):
        plain, times, pairs = self.plain["a"], [], []
        key, record = b"k" * PLAIN_KEY, b"r" * PLAIN_RECORD
        for token in self.known(count, "user-%d" % random.randrange(99)):
            times.append(timed(lambda: self.a.ask("session.revoke", token=token)))
            pairs.append(timed(lambda: (plain(b"SET", key, record), plain(b"GET", key))))
        p50, pair = statistics.median(times), statistics.median(pairs)
        show("revoke on three hosts, p50 / SET and GET (%.0f us)%s" % (pair, self.over), "%.2f (%.0f us)" % (p50 / pair, p50),
             "<= 4", p50 <= 4 * pair)


class Figures(MeasuredHosts):
    def test_1_a_known_session_on_the_socket(self):
        token, = self.known(1)
        other = self.alone.ask("session.create", user="tamarind", service=SHARED, methods=["pwd"])["token"]
        pair = [(self.b.daemon, Batches(self.b.path, token)), (self.alone.daemon, Batches(self.alone.path, other))]
        ratios, costs = [], []
        for number in range(21):
            cost = []
            for daemon, load in pair:
                before = spent(daemon)
                count = load.run(0.3)
                cost.append((spent(daemon) - before) / count / 1000)
            if number:
                ratios.append(cost[0] / cost[1])
                costs.append(cost[0])
        ratio = statistics.median(ratios)
        show("validate of a known session, CPU of usherd / without [cluster]",
             "%.3f (%.2f us)" % (ratio, statistics.median(costs)), "<= 1.03", ratio <= 1.03)

    def test_2_a_known_session_from_the_clients_memory(self):
        times = {"cluster": [], "alone": []}
        for _ in range(7):
            for name, host in (("cluster", self.b), ("alone", self.alone)):
                done = subprocess.run([BUILT / "ClientBenchmark", "remembered", host.own, SHARED], text=True,
                                      capture_output=True, check=True)
                times[name].append(float(done.stdout))
        ratio = statistics.median([one / other for one, other in zip(*times.values())])
        p50 = statistics.median(times["cluster"])
        show("cached validate, p50 / without [cluster]", "%.3f (%.0f ns)" % (ratio, p50), "<= 1.05, 155 ns",
             ratio <= 1.05 and p50 <= 155)

    def test_3_the_first_question_on_another_host(self):
        self.first_question(1000)

    def test_4_an_end(self):
        self.an_end(1000)

    def test_5_an_end_under_load(self):
        tokens = self.known(2000)
        loads = [subprocess.Popen([sys.executable, "-B", HERE / "figures.py", host.path, tokens[-1]])
                 for host in self.hosts.values()]
        self.addCleanup(lambda: [load.kill() for load in loads])
        time.sleep(1)
        times = [timed(lambda: self.a.ask("session.revoke", token=token)) / 1000 for token in tokens[:-1]]
        self.assertEqual([load.poll() for load in loads], [None] * 3)
        p999 = quantile(times, 0.999)
        show("revoke under 1000 validates/s on each host, p99.9", "%.1f ms (p50 %.2f)" % (p999, statistics.median(times)),
             "<= 10 ms", p999 <= 10)

    def test_6_an_end_while_a_host_is_stopped(self):
        ratios = []
        for token in self.known(3):
            stop(self.b.daemon)
            ratios.append(timed(lambda: self.a.patiently("session.revoke", token=token)) / 1e6 / (LEASE + MARGIN))
            go_on(self.b.daemon)
            self.wait_for_lease(self.b)
        show("revoke while a host is stopped / (lease + margin)", "%.3f" % max(ratios), "<= 1.05", max(ratios) <= 1.05)

    def test_7_all_sessions_of_a_user(self):
        times = []
        for number in range(3):
            user = "user-of-many-%d" % number
            self.known(10_000, user)
            times.append(timed(lambda: self.a.ask("session.revoke_all", user=user)) / 1000)
        show("revoke_all of 10,000 sessions, on three hosts", "%.1f ms" % statistics.median(times), "<= 30 ms",
             statistics.median(times) <= 30)

    def test_8_bytes_in_the_store(self):
        def used():
            return int(next(line.split(b":")[1] for line in self.store.call("INFO", "memory").splitlines()
                            if line.startswith(b"used_memory:")))
        count, before = 20_000, used()
        for number in range(count):
            self.a.ask("session.create", user="user-%d" % (number // 4), service=SHARED, methods=["pwd"])
        ours, before = (used() - before) / count, used()
        for number in range(count):
            self.plain["a"](b"SET", b"%043d" % number, b"r" * PLAIN_RECORD, b"EX", b"28800")
        plain = (used() - before) / count
        show("bytes of a session in the store / the plain record (%.0f B)" % plain, "%.2f (%.0f B)" % (ours / plain, ours),
             "<= 1.6", ours <= 1.6 * plain)

    def test_9_a_daemon_that_nobody_asks(self):
        wakes, seconds = woken(self.b.daemon), 20
        time.sleep(seconds)
        rate = (woken(self.b.daemon) - wakes) / seconds
        show("wake-ups of an idle daemon a second, at %.1f beats a second" % (4 / LEASE), "%.1f" % rate)


class FiguresOverCables(MeasuredHosts):
    """A millisecond from each host to the store, and one back: what the network costs, beside the processors."""

    wires = {name: (1, 0) for name in MeasuredHosts.names}
    over = ", cables of 1 ms"

    def test_1_the_first_question_on_another_host(self):
        self.first_question(200)

    def test_2_an_end(self):
        self.an_end(200)


def load(path, token):
    """A thousand questions a second, ten at a time, until the process is killed."""
    batches = Batches(path, token)
    batches.batch = batches.batch[:len(batches.batch) // batches.depth * 10]
    size, due = batches.size // batches.depth * 10, time.monotonic()
    while True:
        batches.socket.sendall(batches.batch)
        assert len(batches.socket.recv(size, socket.MSG_WAITALL)) == size
        due += 0.01
        time.sleep(max(0, due - time.monotonic()))


if __name__ == "__main__":
    load(*sys.argv[1:])
