"""The stream of the store shrinks, and who has not read what is gone accepts nothing old."""
from case import HostsCase
from hosts import go_on, stop
from judge import NO, YES, now
from places import eventually
from stores import NAME

ROOT, STREAM = ["usher:{%s}:%s" % (NAME, key) for key in ("root", "s")]


class Streams(HostsCase):
    def update(self, number, host, data):
        version = host.patiently("session.update", token=self.token(number), data={"at": data})["version"]
        self.court.truth.updated(number, version, now())

    def length(self):
        return self.store.call("XLEN", STREAM)

    def test_many_changes_leave_one_entry_and_a_host_that_was_stopped_meanwhile_accepts_nothing_old(self):
        kept, moved, ended = self.sessions(self.a, 3)
        before = int(self.store.call("HGET", ROOT, "n"))
        stop(self.c.daemon)
        for place in range(30):
            host = (self.a, self.b)[place % 2]
            self.update(kept, host, str(place))
            self.update(moved, host, str(place))
        old = [moved]
        for _ in range(3):
            moved = self.court.add(self.end(moved, self.b, "session.rotate")["token"])
            old.append(moved)
        old.pop()
        self.end(ended, self.a)
        self.assertGreater(int(self.store.call("HGET", ROOT, "n")) - before, 60)
        # What ends a token stays until its session would have ended; of all changes the newest of a session that lives.
        eventually(lambda: "five entries are left, not %d" % self.length(), lambda: self.length() == 5)
        go_on(self.c.daemon)
        self.wait_for(YES, [kept, moved])
        self.wait_for(NO, old + [ended])
        self.judge(YES, NO)
