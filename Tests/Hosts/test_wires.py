"""A host far away: 20 ms there and 20 ms back, and one frame of twenty is lost."""
from case import HostsCase
from judge import NO, YES, now


class Far(HostsCase):
    wires = {"c": (20, 5)}

    def test_ends_hold_at_a_host_behind_a_slow_and_lossy_cable(self):
        numbers = self.sessions(self.a, 6)
        for number, host in zip(numbers[:4], [self.a, self.b, self.c, self.a]):
            self.end(number, host)
        version = self.a.patiently("session.update", token=self.token(numbers[4]), data={"a": "b"})["version"]
        self.court.truth.updated(numbers[4], version, now())
        self.wait_for(NO, numbers[:4])
        self.wait_for(YES, numbers[4:])
        self.judge(YES, NO)
