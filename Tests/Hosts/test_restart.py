"""A host whose daemon is restarted in order keeps what it knows; after a crash, or a power failure, it does not."""
from case import HostsCase
from judge import NO, UNAVAILABLE, YES, now
from places import eventually
from usher_login import Refused


class Restarts(HostsCase):
    served = "a"
    # A restart takes less, also on a machine that has much to do.
    lease = 8

    def known(self):
        """A session that all hosts hold and one that only the first one holds, and two that have ended as well."""
        kept, ended = self.sessions(self.a, 2)
        alone, gone = self.create(self.a), self.create(self.a)
        self.end(ended, self.b)
        self.wait_for(NO, [ended])
        self.court.ends([self.court.add(gone)], lambda: self.a.patiently("session.revoke", token=gone))
        eventually("the first host has a lease", lambda: self.a.verdict(alone))
        return kept, ended, alone, gone

    def verdicts(self, *sessions):
        """What the first host says now, by numbers and tokens."""
        return [self.a.verdict(self.court.tokens.get(session, session)) for session in sessions]

    def test_known_sessions_are_accepted_without_the_store_and_an_empty_store_loses_none(self):
        kept, ended, alone, gone = self.known()
        self.store.kill()
        self.a.restart_daemon()
        self.assertNotIn("snapshot", self.a.daemon.names())
        accepted = self.verdicts(kept, alone)
        self.assertEqual(accepted, [True, True], self.a.daemon.log.read_text())
        for verdict in self.verdicts(ended, gone):
            self.assertIsNot(verdict, True)
        self.store.start()
        self.assertTrue(self.c.patiently("session.validate", token=alone)["valid"])
        self.wait_for(YES, [kept, self.court.add(alone)])
        self.wait_for(NO, [ended, len(self.court.tokens) - 1])
        later = self.sessions(self.c, 1)
        self.end(*later, self.a)
        self.wait_for(NO, later)
        self.judge(YES, NO)

    def test_an_end_that_was_begun_without_the_store_goes_on_after_a_restart(self):
        session, = self.sessions(self.c, 1)
        # What usher-link still holds for the store must not reach the next one.
        self.store.kill()
        self.court.truth.ending(session, now())
        with self.assertRaisesRegex(Refused, "unavailable"):
            self.a.ask("session.revoke", token=self.token(session))
        self.a.restart_daemon()
        self.assertIsNot(self.verdicts(session)[0], True)
        self.store.start()
        self.wait_for(NO, [session])
        self.judge(NO)

    def test_a_crash_after_a_restart_keeps_nothing(self):
        kept, = self.sessions(self.b, 1)
        self.a.restart_daemon()
        eventually("the first host has a lease", lambda: self.a.verdict(self.token(kept)))
        self.store.place.cut()
        self.a.kill_daemon()
        self.a.start_daemon()
        self.assertEqual(self.verdicts(kept), [None])
        self.store.place.mend()
        self.wait_for(YES, [kept])
        self.judge(YES)


class PowerFailures(HostsCase):
    served = "abc"

    def test_sessions_of_the_store_are_unavailable_until_an_administrator_says_that_nobody_remembers_more(self):
        kept, ended = self.sessions(self.a, 2)
        self.end(ended, self.b)
        self.wait_for(NO, [ended])
        self.store.remember()
        for host in self.hosts.values():
            host.kill_daemon()
            host.daemon.lose()
        self.store.restart()
        for host in self.hosts.values():
            host.start_daemon()
        for host in self.hosts.values():
            # A new session needs no memory.
            self.wait_for_lease(host)
            self.assertIsNone(host.verdict(self.token(kept)))
            status = host.ask("cluster.status")
            self.assertEqual((status["whole"], status["awaited"]), (False, []))
        self.wait_for(UNAVAILABLE, [kept])
        self.assertEqual(self.b.patiently("cluster.forget", all=True), {})
        self.wait_for(YES, [kept])
        self.wait_for(NO, [ended])
        later, = self.sessions(self.c, 1)
        self.end(later, self.a)
        self.wait_for(NO, [later])
        self.judge(YES, NO, UNAVAILABLE)
