"""What the tests of hosts stand on: cables, stores with the rights of the contract, a fail-over to an older time."""
import json
import subprocess
import sys

from case import NetworkCase, took
from hosts import link
from places import SWITCH, eventually
from stores import NAME, PORT, Sentinel, Store

# Sends a server PING a number of times.
PINGS = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as server:
    for _ in range(int(sys.argv[3])):
        server.sendall(b"PING\\r\\n")
        assert server.recv(64) == b"+PONG\\r\\n"
"""


class Networks(NetworkCase):
    @classmethod
    def build(cls):
        super().build()
        cls.near, cls.far = cls.network.place("near"), cls.network.place("far", 20)
        cls.store = cls.add(Store(cls.network.place("store"), cls.directory))

    def ping(self, place, count=1):
        words = [sys.executable, "-c", PINGS, self.store.place.address, str(PORT), str(count)]
        return subprocess.run(place.enter + words, capture_output=True, text=True)

    def reaches(self, place, count=1):
        return self.ping(place, count).returncode == 0

    def check(self, place, where):
        """What a link says of a store."""
        words = link(self.directory, where) + ["--check", NAME]
        found = subprocess.run(place.enter + words, capture_output=True, text=True)
        return found.stdout if found.returncode == 0 else found.stderr

    def test_a_slow_cable_takes_its_time_there_and_back(self):
        with took(least=20 * 0.04):
            done = self.ping(self.far, 20)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_cable_that_loses_frames_carries_the_others(self):
        lossy = self.network.place("lossy", 0, 10)

        def frames(namespace, port, way):
            words = ["ip", "-netns", namespace, "-statistics", "-json", "link", "show", port]
            return json.loads(subprocess.check_output(words))[0]["stats64"][way]["packets"]

        def some_are_lost():
            sent = frames("lossy", "eth0", "tx")
            # One or two may be on their way yet.
            return sent // 2 < frames(SWITCH, "lossy", "rx") < sent - 3

        eventually("frames are lost while others arrive", lambda: self.reaches(lossy, 10) and some_are_lost())

    def test_a_cable_that_is_out_carries_nothing(self):
        self.assertTrue(self.reaches(self.near))
        self.near.cut()
        try:
            self.assertFalse(self.reaches(self.near))
        finally:
            self.near.mend()
        eventually("the cable is in again", lambda: self.reaches(self.near))

    def test_a_link_finds_nothing_wrong_with_the_store(self):
        self.assertIn("maxmemory-policy noeviction", self.check(self.near, self.store.where))

    def test_a_replica_that_was_cut_off_takes_over_with_what_it_had(self):
        primary = self.add(Store(self.network.place("primary"), self.directory))
        replica = self.add(Store(self.network.place("replica"), self.directory, primary))
        eventually("the replica follows", replica.follows)
        sentinel = self.add(Sentinel(self.network.place("sentinel"), self.directory, primary))
        eventually("the Sentinel knows the replica", lambda: sentinel.knows(replica))
        self.assertIn(primary.place.address, self.check(self.near, sentinel.where))
        primary.call("SET", "time", "old")
        eventually("the replica has all", replica.follows)
        replica.place.cut()
        primary.call("SET", "time", "new")
        primary.place.cut()
        primary.kill()
        replica.place.mend()
        eventually("the replica is the primary", replica.is_primary)
        self.assertEqual(replica.call("GET", "time"), b"old")
        eventually("the Sentinel names it", lambda: replica.place.address in self.check(self.near, sentinel.where))
