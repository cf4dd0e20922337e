"""A fail-over to a replica, also to one that lacks what the primary had acknowledged."""
from case import HostsCase
from judge import NO, YES
from places import eventually
from stores import Sentinel, Store


class WithReplica(HostsCase):
    """A primary and a replica, which a Sentinel looks after."""

    @classmethod
    def make_stores(cls):
        super().make_stores()
        cls.replica = cls.add(Store(cls.network.place("replica"), cls.directory, cls.store))
        eventually("the replica follows", cls.replica.follows)
        cls.sentinel = cls.add(Sentinel(cls.network.place("sentinel"), cls.directory, cls.store))
        cls.where = cls.sentinel.where
        eventually("the Sentinel knows the replica", lambda: cls.sentinel.knows(cls.replica))


class Failover(WithReplica):
    def test_a_replica_of_an_older_time_takes_over_and_nothing_is_lost_or_comes_back(self):
        ended, kept = self.sessions(self.a, 2)
        eventually("the replica has all", self.replica.follows)
        self.replica.place.cut()
        self.end(ended, self.b)
        late, = self.sessions(self.b, 1)
        # What the kernel still holds of a dead primary's data must not reach the replica.
        self.store.place.cut()
        self.store.kill()
        self.replica.place.mend()
        eventually("the replica is the primary", self.replica.is_primary)
        self.wait_for(YES, [kept, late])
        self.wait_for(NO, [ended])
        more = self.sessions(self.c, 1)
        self.end(*more, self.a)
        self.wait_for(NO, more)
        self.judge(YES, NO)
