"""One fault after the other, and changes of sessions meanwhile: Tests/Hosts/run chaos, for USHER_SECONDS (60).

USHER_TIMES has so many faults instead, and USHER_FAULTS names those to choose from: so `USHER_TIMES=200
USHER_FAULTS=restart_store Tests/Hosts/run chaos.Chaos` kills the store two hundred times, and `USHER_TIMES=200
Tests/Hosts/run chaos.FailoverChaos` has as many fail-overs. USHER_SEED repeats the choices of a run, though not its times.
After each fault all is whole again before the next: the promise that no session is lost is for one fault at a time.
"""
import os
import random
import time

from case import HostsCase
from hosts import LEASE, go_on, stop
from judge import NO, UNAVAILABLE, YES, now
from places import eventually
from test_failover import WithReplica
from usher_login import Refused


class Chaos(HostsCase):
    faults = ("nothing", "stop_daemon", "cut", "kill_link", "stop_link", "kill_daemon", "stop_store", "restart_store",
              "rewind_store", "flush_store")

    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("USHER_SEED", time.time_ns() % 1_000_000))
        print("USHER_SEED=%d" % seed)
        self.dice, self.live, self.tally = random.Random(seed), [], {}

    def test_one_fault_after_the_other(self):
        end = time.monotonic() + float(os.environ.get("USHER_SECONDS", "60"))
        times, done = int(os.environ.get("USHER_TIMES", "0")), 0
        names = os.environ.get("USHER_FAULTS", "").split(",") if "USHER_FAULTS" in os.environ else self.faults
        while done < times if times else time.monotonic() < end:
            # Nobody may have so many that a newer one takes the place of an older one.
            user = "user-%d" % len(self.court.tokens)
            self.live += self.sessions(self.dice.choice(list(self.hosts.values())), 6, user=user)
            victim = self.dice.choice(self.names)
            fault = getattr(self, self.dice.choice(names))
            self.note(fault.__name__)
            fault(self.hosts[victim])
            self.live = self.live[-12:]
            self.wait_for(YES, self.live)
            self.assertEqual(self.court.faults()[:10], [], fault.__name__)
            done += 1
        print(self.tally, "%d answers" % len(self.court.answers))
        self.judge(YES, NO, UNAVAILABLE)

    def note(self, what):
        self.tally[what] = self.tally.get(what, 0) + 1

    # MARK: Faults

    def nothing(self, _):
        self.change(self.hosts.values())

    def stop_daemon(self, victim):
        stop(victim.daemon)
        self.change_beside(victim)
        go_on(victim.daemon)

    def cut(self, victim):
        victim.place.cut()
        self.change_beside(victim)
        victim.place.mend()

    def kill_link(self, victim):
        victim.link.kill()
        self.change_beside(victim)
        victim.link.start()

    def stop_link(self, victim):
        stop(victim.link)
        self.change_beside(victim)
        go_on(victim.link)

    def kill_daemon(self, victim):
        victim.kill_daemon()
        self.change_beside(victim)
        victim.start_daemon()

    def stop_store(self, _):
        stop(self.store.program)
        time.sleep(self.dice.uniform(0, 1.5 * LEASE))
        go_on(self.store.program)
        self.change(self.hosts.values())

    def restart_store(self, _):
        self.store.kill()
        time.sleep(self.dice.choice([0, 0, 1.5 * LEASE]))
        self.store.start()
        self.change(self.hosts.values())

    def rewind_store(self, _):
        self.store.remember()
        self.change(self.hosts.values())
        self.store.restart()
        self.change(self.hosts.values())

    def flush_store(self, _):
        self.store.call("FLUSHALL")
        self.change(self.hosts.values())

    # MARK: Changes

    def change_beside(self, victim):
        """Changes on other hosts, sometimes for long enough that the lease of the victim ends."""
        self.change([host for host in self.hosts.values() if host is not victim])
        time.sleep(self.dice.choice([0, 0.2, 1.5 * LEASE]))

    def change(self, hosts):
        for _ in range(self.dice.randint(1, 3)):
            number = self.live.pop(self.dice.randrange(len(self.live)))
            act = self.dice.choice([self.revoke, self.rotate, self.update])
            try:
                act(self.dice.choice(list(hosts)), number)
                self.note(act.__name__)
            except Refused as refusal:
                # A rotation that was answered `unavailable` may have been done: the old token may be void by now.
                self.assertEqual((act, str(refusal)), (self.rotate, "no_such_session"), "session %d" % number)
                self.note("%s %s" % (act.__name__, refusal))

    def revoke(self, host, number):
        self.end(number, host)

    def rotate(self, host, number):
        self.live.append(self.court.add(self.end(number, host, "session.rotate")["token"]))

    def update(self, host, number):
        version = host.patiently("session.update", token=self.token(number), data={"at": str(now())})["version"]
        self.court.truth.updated(number, version, now())
        self.live.append(number)


class FailoverChaos(WithReplica, Chaos):
    """A primary dies, and its replica takes over, again and again; now and then it lacks what was acknowledged last."""

    faults = ("fail_over",)

    def fail_over(self, _):
        old, new = self.store, self.replica
        if self.dice.choice([True, False]):
            new.place.cut()
            self.change(self.hosts.values())
        # What the kernel still holds of a dead primary's data must not reach the replica.
        old.place.cut()
        old.kill()
        new.place.mend()
        eventually("the replica is the primary", new.is_primary)
        self.change(self.hosts.values())
        old.place.mend()
        old.replica_of, new.replica_of = new, None
        type(self).store, type(self).replica = new, old
        old.start()
        eventually("the other one follows", old.follows)
        eventually("the Sentinel knows it", lambda: self.sentinel.knows(old))
