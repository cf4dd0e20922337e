"""Hosts of a network as network namespaces behind one bridge, and the programs that run on them.

`run` gives the tests namespaces of processes and mounts of their own. When the tests end, however they do, the kernel
ends what they started and removes what they made: so nothing here tidies up after a crash.
"""
import os
import pathlib
import subprocess
import sys
import time

SWITCH = "switch"
HERE = pathlib.Path(__file__).parent


def eventually(what, condition, seconds=60):
    """Waits until `condition` gives something; that."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, "not within %d s: %s" % (seconds, what() if callable(what) else what)
        time.sleep(0.02)


def ip(*lines):
    """Runs commands of ip(8), each a line."""
    for line in lines:
        done = subprocess.run(["ip", *line.split()], text=True, capture_output=True)
        assert done.returncode == 0, done.stderr


class Program:
    """A process whose output goes to a log."""

    def __init__(self, log, arguments, place=None, **more):
        self.log = pathlib.Path(log)
        self.arguments = [str(word) for word in (place.enter if place else []) + list(arguments)]
        self.more = more
        self.start()

    def start(self):
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                self.arguments, **{"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, **self.more})

    def check(self):
        """Complains if it has ended by itself."""
        assert self.process.poll() is None, "%s ended: %s" % (self.arguments, self.log.read_text())

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Network:
    """A bridge, and places behind it that reach each other by their addresses."""

    def __init__(self, directory):
        self.directory, self.count = pathlib.Path(directory), 0
        ip("netns add " + SWITCH)
        ip("-netns %s link add name bridge type bridge" % SWITCH)
        ip("-netns %s link set bridge up" % SWITCH)

    def place(self, name, milliseconds=0, percent=0):
        """A new place; its cable delays frames and loses some where one of the figures is not 0."""
        self.count += 1
        ip("netns add " + name)
        wire = None
        if milliseconds or percent:
            wire = Program(self.directory / (name + ".wire.log"),
                           [sys.executable, HERE / "wire.py", name, "eth0", SWITCH, name, milliseconds, percent])
            eventually("the wire is there", lambda: wire.check() or "ready" in wire.log.read_text())
        else:
            ip("link add name %s netns %s type veth peer name eth0 netns %s" % (name, SWITCH, name))
        address = "10.77.0.%d" % self.count
        ip("-netns %s link set dev %s master bridge up" % (SWITCH, name))
        ip("-netns %s addr add %s/24 dev eth0" % (name, address), "-netns %s link set eth0 up" % name,
           "-netns %s link set lo up" % name)
        return Place(name, address, wire)


class Here:
    """A place that is no namespace and has no address."""

    def __init__(self, name):
        self.name, self.address, self.enter = name, None, []


class Place:
    """A network namespace with an address."""

    def __init__(self, name, address, wire=None):
        self.name, self.address, self.wire = name, address, wire
        self.enter = ["nsenter", "--net=/run/netns/" + name, "--"]

    def cut(self):
        """Takes its cable out."""
        ip("-netns %s link set dev %s down" % (SWITCH, self.name))

    def mend(self):
        ip("-netns %s link set dev %s up" % (SWITCH, self.name))

    def deafen(self, other):
        """What the other place sends here is lost, and what is sent there arrives: a wrong address stands there."""
        ip("-netns %s neigh replace %s lladdr 02:00:00:00:00:01 dev eth0 nud permanent" % (other.name, self.address))

    def hear(self, other):
        ip("-netns %s neigh del %s dev eth0" % (other.name, self.address))
