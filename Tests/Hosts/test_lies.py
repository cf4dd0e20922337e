"""A harness that sees nothing passes everything: here the promise is broken on purpose, and the judge must say so."""
import time

from case import HostsCase
from hosts import go_on, stop
from judge import NO, YES, now


class LiesCase(HostsCase):
    """Hosts with a store whose library has another line in the place of one."""

    @classmethod
    def make_stores(cls):
        super().make_stores()
        cls.store.load(cls.lie)

    @classmethod
    def lie(cls, text):
        assert text.count(cls.line) == 1, cls.line
        return text.replace(cls.line, cls.instead)

    def setUp(self):
        super().setUp()
        # The first end after a store has begun waits until leases of before must be over, as that of a stopped host is.
        self.end(*self.sessions(self.a, 1), self.a)

    def accuse(self, *texts):
        """The judge finds faults, all of this kind; those."""
        faults = self.court.faults()
        self.assertGreater(len(faults), 0)
        for fault in faults:
            for text in texts:
                self.assertIn(text, fault)
        return faults


class Acknowledgements(LiesCase):
    """The store says of each end that all members have acknowledged it."""

    line = "return {waits(p, root, member, n), lived, root.min, counted}"
    instead = "return {waits(p, root, member, n), lived, n, counted}"

    def test_a_revocation_that_waits_for_nobody_is_found_out(self):
        ended, = self.sessions(self.a, 1)
        stop(self.c.daemon)
        try:
            self.end(ended, self.a)
            # A client that asks the stopped daemon about another session waits for 0.3 s before it looks again.
            time.sleep(0.7)
        finally:
            go_on(self.c.daemon)
        self.wait_for(NO, [ended])
        # Where the daemon goes on within its lease, it says so too.
        self.assertTrue(any("by board" in fault for fault in self.accuse("host c", "yes, asked")))


class Changes(LiesCase):
    """The store says of each change of data that all members have acknowledged it."""

    line = "tellChange(p, root, digest, h, a[5])), root.min}\nend"
    instead = line.replace("root.min", "root.n")

    def test_old_data_of_a_host_that_was_not_waited_for_is_found_out(self):
        number, = self.sessions(self.a, 1)
        stop(self.c.daemon)
        try:
            version = self.a.patiently(
                "session.update", token=self.token(number), data={"theme": "dark"})["version"]
            self.court.truth.updated(number, version, now())
            time.sleep(0.7)
        finally:
            go_on(self.c.daemon)
        self.wait_for(YES, [number])
        self.accuse("host c", "old data, asked")


class Amnesia(LiesCase):
    """The store forgets what hosts tell it of ends that it has lost."""

    line = "local function restoreEnds(p, root, a)\n"
    instead = line + "    if true then return 0 end\n"

    def test_a_session_that_comes_back_from_an_older_time_is_found_out(self):
        ended, = self.sessions(self.a, 1)
        self.store.remember()
        self.end(ended, self.b)
        self.wait_for(NO, [ended])
        self.c.kill_daemon()
        self.store.restart()
        self.c.start_daemon()
        self.wait_for(YES, [ended], hosts="c")
        self.accuse("host c", "yes, asked")

