"""A store that loses its memory: what was acknowledged lives on, and what was ended stays dead."""
import base64
import contextlib
import hashlib
import threading

from case import HostsCase, took
from hosts import LEASE, REALM, SHARED, go_on, stop, unknown
from judge import NO, UNAVAILABLE, YES, now
from places import eventually
from stores import NAME, Monitor
from usher_login import Refused

ROOT, ACKS = ["usher:{%s}:%s" % (NAME, key) for key in ("root", "acks")]


def digest_of(token):
    return hashlib.sha256(base64.urlsafe_b64decode(token + "=")).digest()[:16]


def key_of(token):
    """The key of the session's record in the store."""
    return b"usher:{%s}:t:" % NAME.encode() + digest_of(token)


class Losses(HostsCase):
    def lose(self, act):
        """Ends one session, loses the store's memory, and looks at what is left; also where nobody had asked before."""
        ended, kept = self.sessions(self.a, 2)
        alone, gone = self.create(self.a), self.create(self.a)
        self.end(ended, self.b)
        self.court.ends([self.court.add(gone)], lambda: self.a.patiently("session.revoke", token=gone))
        act()
        self.wait_for(YES, [kept])
        self.wait_for(NO, [ended, len(self.court.tokens)])
        self.assertTrue(self.c.patiently("session.validate", token=alone)["valid"])
        later = self.sessions(self.c, 1)
        self.end(*later, self.b)
        self.wait_for(NO, later)
        self.judge(YES, NO)

    def test_a_crash_and_an_empty_restart_lose_no_session_and_bring_none_back(self):
        self.lose(self.store.restart)

    def test_a_flushed_store_loses_no_session_and_brings_none_back(self):
        self.lose(lambda: self.store.call("FLUSHALL"))

    def test_a_flushed_store_takes_no_code_of_before_for_a_free_one(self):
        codes, era = [unknown(), unknown()], self.a.ask("server.hello")["era"]
        self.assertTrue(self.claim(self.a, codes[0], era))
        self.store.call("FLUSHALL")
        for host in self.hosts.values():
            eventually("%s knows of the new era" % host.name, lambda: host.ask("server.hello")["era"] != era)
            self.assertEqual([self.claim(host, code, era) for code in codes], ["cancelled"] * 2)
        new = self.a.ask("server.hello")["era"]
        for host in self.hosts.values():
            eventually("%s claims" % host.name, lambda: self.claim(host, unknown(), new) is True)
        code = unknown()
        self.assertEqual([self.claim(host, code, new) for host in (self.b, self.c, self.a)], [True, False, False])

    def test_data_can_be_changed_while_a_flushed_store_is_filled_again(self):
        numbers = self.sessions(self.a, 6)
        self.store.call("FLUSHALL")
        for number in numbers * 4:
            host = list(self.hosts.values())[number % 3]
            version = host.patiently("session.update", token=self.token(number), data={"at": str(now())})["version"]
            self.court.truth.updated(number, version, now())
        self.wait_for(YES, numbers)
        self.judge(YES)

    def test_a_store_of_an_older_time_brings_nothing_back_to_a_host_that_lost_its_memory(self):
        ended, kept = self.sessions(self.a, 2)
        self.store.remember()
        self.end(ended, self.b)
        late, = self.sessions(self.a, 1)
        self.c.kill_daemon()
        self.store.restart()
        self.c.start_daemon()
        self.wait_for(YES, [kept, late])
        self.wait_for(NO, [ended])
        self.judge(YES, NO)

    def test_a_change_whose_answer_is_lost_with_the_store_loses_no_session(self):
        # All hosts hear of the change, and only the one that has sent it has the record.
        token = self.create(self.a)
        self.assertTrue(self.b.verdict(token))
        before, number = self.store.call("GET", key_of(token)), int(self.store.call("HGET", ROOT, "n"))
        self.b.place.deafen(self.store.place)
        try:
            update = threading.Thread(target=self.update, args=(self.b, token))
            update.start()
            eventually("the store has the change", lambda: self.store.call("GET", key_of(token)) != before)
            eventually("two hosts have heard of it",
                       lambda: int(self.store.call("ZCOUNT", ACKS, number + 1, "+inf")) == 2)
            self.store.restart()
        finally:
            self.b.place.hear(self.store.place)
        update.join()
        for host in self.hosts.values():
            self.assertTrue(host.patiently("session.validate", token=token)["valid"], host.name)

    @staticmethod
    def update(host, token):
        """Changes the data of a session; nobody may be able to say whether that was done."""
        with contextlib.suppress(Refused):
            host.ask("session.update", token=token, data={"theme": "dark"})

    def test_a_store_that_stands_still_for_a_moment_delays_ends_alone(self):
        ended, kept = self.sessions(self.a, 2)
        stop(self.store.program)
        threading.Timer(LEASE / 4, go_on, [self.store.program]).start()
        with took(least=LEASE / 8):
            self.end(ended, self.b)
        self.wait_for(NO, [ended])
        self.assertEqual(self.count(UNAVAILABLE, numbers=[kept]), 0)
        self.judge(YES, NO)

    def test_a_full_store_takes_no_session_and_every_end(self):
        ended, kept = self.sessions(self.a, 2)
        self.store.call("CONFIG", "SET", "maxmemory", 1)
        try:
            with self.assertRaisesRegex(Refused, "unavailable"):
                self.a.ask("session.create", user="tamarind", service=SHARED, methods=["pwd"])
            self.end(ended, self.b)
            self.wait_for(NO, [ended])
            self.wait_for(YES, [kept])
        finally:
            self.store.call("CONFIG", "SET", "maxmemory", 0)
        self.sessions(self.a, 1)
        self.judge(YES, NO)

    def test_the_store_is_told_no_token_no_name_and_no_realm(self):
        texts = {"user": "tamarind-of-the-store", "context": "jackfruit-of-the-store", "data": "durian-of-the-store"}
        with Monitor(self.store) as monitor:
            token = self.a.patiently(
                "session.create", user=texts["user"], service=SHARED, methods=["pwd"],
                context={"note": texts["context"]})["token"]
            self.assertTrue(self.b.verdict(token))
            self.b.patiently("session.update", token=token, data={"note": texts["data"]})
            ended = self.create(self.a, user=texts["user"])
            self.a.patiently("session.revoke", token=ended)
            token = self.c.patiently("session.rotate", token=token)["token"]
            dump = self.store.dump().read_bytes()
        self.assertIn(key_of(token), dump)
        secrets = [text.encode() for text in texts.values()] + [REALM.encode(), SHARED.encode()]
        for one in (token, ended):
            secrets += [one.encode(), base64.urlsafe_b64decode(one + "=")]
        said = monitor.said()
        self.assertIn(digest_of(token), said)
        self.assertGreater(monitor.calls("put"), 1)
        for secret in secrets:
            self.assertFalse(secret in dump, "%r stands in the store" % secret)
            self.assertFalse(secret in said, "%r was said to the store" % secret)

    def test_the_record_of_a_session_stands_for_no_other_one(self):
        # Who holds the store's password has a session, and puts the record of another user's in the place of its own.
        own, other = self.create(self.a, user="tamarind"), self.create(self.a, user="rambutan")
        record = self.store.call("GET", key_of(other))
        self.assertTrue(self.b.verdict(other))
        self.store.call("SET", key_of(own), record, "KEEPTTL")
        self.assertEqual([host.verdict(own) for host in (self.b, self.c)], [False, False])
        self.assertEqual(self.a.ask("session.validate", token=own)["session"]["user"], "tamarind")

    def test_an_end_after_an_empty_restart_waits_for_the_lease_of_a_host_that_has_not_come_back(self):
        ended, kept = self.sessions(self.c, 2)
        self.c.place.cut()
        try:
            self.store.restart()
            self.end(ended, self.a)
            self.wait_for(NO, [ended], hosts="ab")
        finally:
            self.c.place.mend()
        self.wait_for(NO, [ended], hosts="c")
        self.wait_for(YES, [kept])
        self.judge(YES, NO, UNAVAILABLE)

    def test_hosts_wait_for_one_that_may_know_of_ends_until_an_administrator_says_that_it_is_gone(self):
        number, = self.sessions(self.a, 1)
        gone = eventually("a shows c", lambda: self.shown(self.a, "members").get("c"))
        with self.assertRaisesRegex(Refused, "conflict"):
            self.a.patiently("cluster.forget", member=gone)
        for host in (self.a, self.b):
            host.place.cut()
        try:
            self.c.kill_daemon()
            self.wait_for(UNAVAILABLE, [number], hosts="ab")
            self.store.restart()
        finally:
            for host in (self.a, self.b):
                host.place.mend()
        for host in (self.a, self.b):
            eventually("%s waits for c" % host.name, lambda: "c" in self.shown(host, "awaited"))
            self.assertIsNone(host.verdict(self.token(number)))
        self.assertEqual(self.a.patiently("cluster.forget", member=gone), {})
        self.wait_for(YES, [number], hosts="ab")
        self.c.start_daemon()
        self.wait_for(YES, [number])
        self.judge(YES, UNAVAILABLE)

    @staticmethod
    def shown(host, what):
        """What a host shows of others, by their names: the members, or those that are waited for."""
        return {member["host"]: member["member"] for member in host.ask("cluster.status")[what]}
