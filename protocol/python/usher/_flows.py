"""Logins that wait for a person: what is between two pages of one login."""
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from ._values import Challenge


@dataclass(frozen=True)
class Flow:
    """A login that waits. `browser` is the text of the form that asks, which only that browser's cookie accepts;
    `action` the path of its page, `source` the address that the flow is counted by."""
    challenge: Challenge
    return_to: str
    browser: str
    action: str
    source: str
    deadline: float


class Flows:
    """At most `capacity` flows. When there are as many, the oldest flow of the source with the most goes; so whoever
    opens many pages loses their own. Time is a parameter. A flow is taken out once, so an answer is sent once."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._flows: dict[str, Flow] = {}
        self._lock = threading.Lock()

    def insert(self, name: str, flow: Flow, now: float) -> list[Flow]:
        """Adds a flow under a name that nobody has used. Returns flows that had to go: they are to be cancelled."""
        with self._lock:
            over = [name for name, flow in self._flows.items() if now >= flow.deadline]
            gone = [self._flows.pop(name) for name in over]
            while len(self._flows) >= self._capacity:
                gone.append(self._flows.pop(self._oldest_of_greediest()))
            self._flows[name] = flow
        return gone

    def take(self, name: str, now: float, is_owner: Callable[[Flow], bool]) -> Flow | None:
        """Takes the flow of that name out where `is_owner` says that it is the caller's; else it stays."""
        with self._lock:
            flow = self._flows.get(name)
            if flow is None or now >= flow.deadline or not is_owner(flow):
                return None
            del self._flows[name]
            return flow

    def _oldest_of_greediest(self) -> str:
        counts = Counter(flow.source for flow in self._flows.values())
        most = max(counts.values())
        return next(name for name, flow in self._flows.items() if counts[flow.source] == most)
