"""What the hosts said about sessions, against what was answered to those who changed them.

Times are nanoseconds of CLOCK_BOOTTIME, which all namespaces of one kernel share. A question is asked at the time that
was read before it was sent, and an answer is received at the time that was read after it: so what is called late here
was late.
"""
import collections
import dataclasses
import time

YES, NO, UNAVAILABLE = "yes", "no", "unavailable"
# `host` and `way` name who was asked and how; `remembered` is 1 where a client answered from its memory.
Answer = collections.namedtuple("Answer", "host way number asked answered verdict version remembered")


def now():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def parse(line, host, way):
    """The answer in a line of a validator's log."""
    number, asked, answered, verdict, version, remembered = line.split()
    return Answer(host, way, int(number), int(asked), int(answered), verdict, int(version), int(remembered))


@dataclasses.dataclass
class Fate:
    """What was answered about one token, and when."""
    born: int
    # When its end was first asked for, and when that was answered.
    ending: int = None
    ended: int = None
    # Answered versions of its data, with their times.
    versions: list = dataclasses.field(default_factory=list)


class Truth:
    """The fates of tokens by their numbers."""

    def __init__(self):
        self.fates = {}

    def born(self, number, at):
        self.fates[number] = Fate(at)

    def ending(self, number, at):
        fate = self.fates[number]
        fate.ending = at if fate.ending is None else fate.ending

    def ended(self, number, at):
        fate = self.fates[number]
        fate.ended = at if fate.ended is None else fate.ended

    def updated(self, number, version, at):
        self.fates[number].versions.append((version, at))

    def faults(self, answers):
        """What is wrong with these answers, a text for each."""
        return [fault for answer in answers for fault in self._of(answer)]

    def _of(self, answer):
        fate = self.fates[answer.number]
        if answer.verdict == YES:
            if fate.ended is not None and answer.asked > fate.ended:
                yield self._text(answer, "yes, asked %.3f ms after its end had been answered", fate.ended)
            for version, at in fate.versions:
                if answer.asked > at and answer.version < version:
                    yield self._text(answer, "old data, asked %.3f ms after version {} had been answered"
                                     .format(version), at)
        if answer.verdict == NO and answer.asked >= fate.born:
            if fate.ending is None:
                yield self._text(answer, "no, though nobody ended it, asked %.3f ms after it had been acknowledged",
                                 fate.born)
            elif answer.answered < fate.ending:
                yield self._text(answer, "no, though its end had not been asked for (%.3f ms)", fate.ending)

    @staticmethod
    def _text(answer, what, since):
        return "host %s by %s, session %d at %d: " % (
            answer.host, answer.way, answer.number, answer.asked) + what % ((answer.asked - since) / 1e6)


def count(answers, verdict=None, host=None, way=None, numbers=None, since=0, until=1 << 63, remembered=None):
    """How many of the answers to questions that were asked between two times are such."""
    return sum(
        1 for answer in answers
        if verdict in (None, answer.verdict) and host in (None, answer.host) and way in (None, answer.way)
        and (numbers is None or answer.number in numbers) and since <= answer.asked < until
        and remembered in (None, answer.remembered))
