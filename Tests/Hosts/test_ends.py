"""What was ended on one host is accepted on none once that was answered, whatever stops or dies meanwhile."""
import time

from case import HostsCase, took
from hosts import EXPULSION, LEASE, LOCAL, Connection, go_on, stop
from judge import NO, UNAVAILABLE, YES, now
from usher_login import Refused

# A loaded machine may take so much longer than the contract's times.
SLACK = 8


class Ends(HostsCase):
    def test_a_revocation_holds_everywhere(self):
        numbers = self.sessions(self.a, 8)
        for place, number in enumerate(numbers[:6]):
            answer = self.end(number, list(self.hosts.values())[place % 3])
            self.assertEqual(answer, {"revoked": 1})
        self.wait_for(NO, numbers[:6])
        self.wait_for(YES, numbers[6:])
        self.judge(YES, NO)

    def test_a_subscriber_of_another_host_hears_which_host_ended_a_session(self):
        one, other = self.sessions(self.a, 2, user="heard")
        watch = Connection(self.b.path)
        watch.ask("events.subscribe", kinds=["revoked"], user="heard")
        self.end(one, self.c)
        self.end(other, self.b)
        events = [watch.read()["params"] for _ in range(2)]
        self.assertEqual([event.get("host") for event in events], ["c", None])
        self.assertEqual({event["reason"] for event in events}, {"request"})

    def test_an_end_of_all_sessions_of_a_user_holds_everywhere(self):
        ended, others = self.sessions(self.a, 4, user="ended"), self.sessions(self.c, 2, user="other")
        answer = self.court.ends(ended, lambda: self.b.patiently("session.revoke_all", user="ended"))
        self.assertEqual(answer["revoked"], 4)
        self.wait_for(NO, ended)
        self.wait_for(YES, others)
        later = self.sessions(self.c, 1, user="ended")
        self.wait_for(YES, later)
        self.judge(YES, NO)

    def test_the_old_token_of_a_rotation_holds_nowhere_and_the_new_one_everywhere(self):
        numbers = self.sessions(self.a, 4)
        new = [self.court.add(self.end(number, self.b, "session.rotate")["token"]) for number in numbers]
        self.wait_for(NO, numbers)
        self.wait_for(YES, new)
        self.judge(YES, NO)

    def test_the_token_of_before_a_login_anew_holds_nowhere(self):
        number = self.court.add(self.a.log_in()["token"])
        self.wait_for(YES, [number])
        step = self.court.ends([number], lambda: self.b.log_in(token=self.token(number)))
        new = self.court.add(step["token"])
        self.wait_for(NO, [number])
        self.wait_for(YES, [new])
        self.judge(YES, NO)

    def test_old_data_is_shown_nowhere_once_an_update_was_answered(self):
        numbers = self.sessions(self.a, 3)
        for turn in range(4):
            for number in numbers:
                version = self.b.patiently(
                    "session.update", token=self.token(number), data={"turn": str(turn)})["version"]
                self.court.truth.updated(number, version, now())
        self.wait_for(YES, numbers)
        self.judge(YES)
        self.assertGreater(self.count(YES, host="c", way="board", remembered=1), 0)

    def test_a_revocation_waits_for_the_lease_of_a_host_that_is_stopped(self):
        ended, kept = self.sessions(self.a, 2)
        stop(self.c.daemon)
        stopped = now()
        try:
            with took(most=EXPULSION + SLACK):
                self.end(ended, self.a)
            self.wait_for(NO, [ended], hosts="ab")
            time.sleep(0.5)
            resumed = now()
        finally:
            go_on(self.c.daemon)
        self.wait_for(YES, [kept])
        self.wait_for(NO, [ended])
        # Its board went on for the rest of the lease, and for no longer.
        self.assertGreater(self.count(YES, host="c", way="board", remembered=1, since=stopped, until=resumed), 0)
        over = stopped + LEASE * 1_000_000_000
        self.assertEqual(self.count(YES, host="c", way="board", remembered=1, since=over, until=resumed), 0)
        self.assertGreater(self.count(UNAVAILABLE, host="c", way="board", since=over), 0)
        self.judge(YES, NO, UNAVAILABLE)

    def test_a_rotation_that_waits_for_a_stopped_host_has_one_token_however_often_it_is_sent(self):
        number, = self.sessions(self.a, 1)
        stop(self.c.daemon)
        try:
            with took(most=EXPULSION + SLACK):
                new = self.court.add(self.end(number, self.a, "session.rotate")["token"])
        finally:
            go_on(self.c.daemon)
        self.wait_for(YES, [new])
        self.wait_for(NO, [number])
        self.judge(YES, NO)

    def test_a_host_without_the_store_says_nothing_after_its_lease_and_all_that_is_right_later(self):
        ended, kept = self.sessions(self.c, 2)
        local = self.create(self.c, service=LOCAL)
        self.c.place.cut()
        cut = now()
        try:
            self.end(ended, self.a)
            over = cut + LEASE * 1_000_000_000
            self.wait_for(UNAVAILABLE, [ended, kept], hosts="c", since=over)
            self.assertEqual(self.count(YES, host="c", since=over), 0)
            self.assertEqual(self.c.ask("session.validate", token=local)["valid"], True)
        finally:
            self.c.place.mend()
        self.wait_for(YES, [kept])
        self.wait_for(NO, [ended])
        self.judge(YES, NO, UNAVAILABLE)

    def test_a_host_without_the_store_does_not_answer_that_it_ended_a_session(self):
        number, = self.sessions(self.a, 1)
        self.c.place.cut()
        try:
            self.court.truth.ending(number, now())
            with self.assertRaisesRegex(Refused, "unavailable"):
                self.c.ask("session.revoke", token=self.token(number))
        finally:
            self.c.place.mend()
        self.end(number, self.c)
        self.wait_for(NO, [number])
        self.judge(YES, NO)

    def test_nobody_waits_for_a_host_that_has_left_and_started_again_it_joins(self):
        first, ended, kept = self.sessions(self.a, 3)
        # Nothing is answered before the hosts have been members for a while.
        self.end(first, self.a)
        self.assertEqual(self.c.patiently("cluster.leave"), {})
        stop(self.c.daemon)
        try:
            with took(most=EXPULSION / 2):
                self.end(ended, self.a)
        finally:
            go_on(self.c.daemon)
            self.c.kill_daemon()
            self.c.start_daemon()
        self.wait_for(YES, [kept])
        self.wait_for(NO, [ended])
        self.judge(YES, NO, UNAVAILABLE)

    def test_a_link_that_was_killed_is_connected_anew(self):
        ended, kept = self.sessions(self.a, 2)
        self.b.link.kill()
        time.sleep(0.3)
        self.b.link.start()
        self.end(ended, self.b)
        fresh = self.create(self.a)
        self.assertTrue(self.b.patiently("session.validate", token=fresh)["valid"])
        self.wait_for(NO, [ended])
        self.wait_for(YES, [kept])
        self.judge(YES, NO)

    def test_a_daemon_that_was_killed_knows_all_sessions_again_and_no_ended_one(self):
        ended, later, kept = self.sessions(self.b, 3)
        local = self.create(self.b, service=LOCAL)
        self.end(ended, self.b)
        self.b.kill_daemon()
        self.end(later, self.a)
        self.b.start_daemon()
        self.wait_for(YES, [kept])
        self.wait_for(NO, [ended, later])
        self.assertTrue(self.b.ask("session.validate", token=local)["valid"])
        self.judge(YES, NO)

    def test_a_daemon_that_is_started_again_ends_sessions_before_a_new_host_could(self):
        # The first end after a store has begun waits until leases of before must be over.
        self.end(*self.sessions(self.a, 1), self.a)
        spent = []
        while not spent or min(spent) >= EXPULSION and len(spent) < 5:
            ended, = self.sessions(self.b, 1)
            self.a.kill_daemon()
            began = time.monotonic()
            self.a.start_daemon()
            self.end(ended, self.a)
            spent.append(time.monotonic() - began)
            self.wait_for(NO, [ended])
        self.assertLess(min(spent), EXPULSION)
        self.judge(YES, NO)
