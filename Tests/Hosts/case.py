"""What the tests of several hosts begin with: three hosts, one store, and a court that hears them."""
import contextlib
import os
import pathlib
import shutil
import tempfile
import time
import unittest

from court import Court
from hosts import LEASE, ROOT, SHARED, Host, ServedHost, new_key
from judge import YES, count, now
from places import Network, eventually
from stores import Store
from usher_login import Refused

LOGS = ROOT / ".build/hosts-logs"


class NetworkCase(unittest.TestCase):
    """A network for the tests of a class, and what runs in it."""

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(dir="/run"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        # Names of networks are those of the class before.
        cls.addClassCleanup(lambda: [os.system("ip netns delete " + name) for name in os.listdir("/run/netns")])
        cls.programs = []
        cls.addClassCleanup(lambda: [program.kill() for program in reversed(cls.programs)])
        try:
            cls.build()
        except BaseException:
            cls.keep_logs(cls.__name__)
            raise

    @classmethod
    def build(cls):
        cls.network = Network(cls.directory)

    @classmethod
    def add(cls, thing):
        """Something with a program, which ends with the tests of the class."""
        cls.programs.append(thing.program)
        return thing

    @classmethod
    def keep_logs(cls, name):
        shutil.rmtree(LOGS / name, ignore_errors=True)
        for path in cls.directory.rglob("*"):
            if path.suffix in (".log", ".answers"):
                kept = LOGS / name / path.relative_to(cls.directory)
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, kept)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            self.keep_logs(self.id())


class HostsCase(NetworkCase):
    """The hosts of a class, `a`, `b` and `c`, and their court; each test brings its own sessions."""

    names = "abc"
    # Delay in milliseconds and loss in percent of the cable of a host.
    wires = {}
    # Lines of [limits].
    limits = ""
    lease = LEASE
    # Hosts whose daemon is a service.
    served = ""

    @classmethod
    def build(cls):
        super().build()
        cls.make_stores()
        cls.key = new_key(cls.directory / "key")
        cls.hosts = {name: cls.add_host(name) for name in cls.names}
        for host in cls.hosts.values():
            cls.wait_for_lease(host)
        cls.court = Court(cls.hosts.values())
        cls.addClassCleanup(cls.court.close)

    @classmethod
    def make_stores(cls):
        cls.store = cls.add(Store(cls.network.place("store"), cls.directory))
        cls.where = cls.store.where

    @classmethod
    def add_host(cls, name):
        place = cls.network.place(name, *cls.wires.get(name, ()))
        make = ServedHost if name in cls.served else Host
        host = make(place, cls.directory, cls.key, cls.where, limits=cls.limits, lease=cls.lease)
        cls.programs += [host.link, host.daemon]
        setattr(cls, name, host)
        return host

    @classmethod
    def wait_for_lease(cls, host):
        """A host takes part once it accepts a session of the shared realm."""
        token = cls.create(host)
        eventually(host.name + " has a lease", lambda: host.verdict(token))

    def setUp(self):
        self.began = now()

    # MARK: Sessions

    @staticmethod
    def create(host, user="tamarind", service=SHARED):
        return host.patiently("session.create", user=user, service=service, methods=["pwd"])["token"]

    @staticmethod
    def claim(host, code, era):
        """Whether a code that was given out in that era was free on a host, or why it is refused. It is asked once."""
        try:
            return host.ask("code.claim", code=code, era=era, until=int(time.time()) + 60)["claimed"]
        except Refused as refusal:
            return str(refusal)

    def sessions(self, host, size, **more):
        """New sessions, by their numbers, which every witness has accepted."""
        numbers = [self.court.add(self.create(host, **more)) for _ in range(size)]
        self.wait_for(YES, numbers)
        return numbers

    def token(self, number):
        return self.court.tokens[number]

    def end(self, number, host, method="session.revoke", **params):
        """Ends a session by its token at a host; what it was answered."""
        return self.court.ends(
            [number], lambda: host.patiently(method, token=self.token(number), **params))

    # MARK: What witnesses say

    def wait_for(self, verdict, numbers, hosts=None, ways=("socket", "board"), since=None):
        """Waits until each of these witnesses has said so of each of the sessions."""
        # What is asked from now on comes behind what has been heard.
        place = len(self.court.answers) if since is None else 0
        since = now() if since is None else since
        missing = {(host, way, number) for host in (hosts or self.names) for way in ways for number in numbers}

        def heard():
            nonlocal place
            answers = self.court.hear()
            for answer in answers[place:]:
                if answer.asked >= since and answer.verdict == verdict:
                    missing.discard((answer.host, answer.way, answer.number))
            place = len(answers)
            return not missing
        try:
            eventually(lambda: "witnesses say %s: %s" % (verdict, sorted(missing)[:8]), heard)
        except AssertionError as late:
            raise AssertionError("%s; %s" % (late, self.court.faults()[:5])) from None

    def count(self, *arguments, **more):
        return count(self.court.hear(), *arguments, **{"since": self.began, **more})

    def judge(self, *verdicts):
        """Nothing that was said is wrong, and each of these verdicts was given since the test began."""
        faults = self.court.faults()
        self.assertEqual(faults[:10], [], "%d of %d answers" % (len(faults), len(self.court.answers)))
        for verdict in verdicts:
            self.assertGreater(self.count(verdict), 0, "nobody said " + verdict)


@contextlib.contextmanager
def took(least=0, most=60):
    """What is done takes at least and at most so many seconds."""
    began = time.monotonic()
    yield
    spent = time.monotonic() - began
    assert least <= spent <= most, "took %.2f s, not %.2f to %.2f s" % (spent, least, most)
