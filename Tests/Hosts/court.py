"""Processes that ask hosts about sessions in a loop, and what they were answered beside what is true."""
import os
import subprocess
import sys

from hosts import BUILT
from judge import Truth, now, parse
from places import HERE, Program


class Witness:
    """A process that asks one host in a loop, and what it was answered."""

    def __init__(self, host, way):
        self.host, self.way = host, way
        self.log = host.directory / (way + ".answers")
        self.log.touch()
        self.place = 0
        environment = {"USHER_LIBRARY": str(BUILT / "libusher.so"), "PYTHONDONTWRITEBYTECODE": "1", **os.environ}
        self.program = Program(
            host.directory / (way + ".log"), [sys.executable, HERE / "validator.py", way, host.own, self.log],
            host.place, stdin=subprocess.PIPE, env=environment)

    def tell(self, number, token):
        self.program.process.stdin.write(b"%d %s\n" % (number, token.encode()))
        self.program.process.stdin.flush()

    def answers(self):
        """What it has logged since this was last asked for."""
        self.program.check()
        return self.rest()

    def rest(self):
        with open(self.log) as file:
            file.seek(self.place)
            lines = file.read()
        whole = lines[:lines.rfind("\n") + 1]
        self.place += len(whole)
        return [parse(line, self.host.name, self.way) for line in whole.splitlines()]

    def close(self):
        """Lets it end; what was left to be read."""
        self.program.process.stdin.close()
        self.program.process.wait(30)
        return self.rest()


class Court:
    """Witnesses of hosts, the truth, and all that was answered."""

    def __init__(self, hosts, ways=("socket", "board")):
        self.witnesses = [Witness(host, way) for host in hosts for way in ways]
        self.truth, self.answers, self.tokens = Truth(), [], {}
        self.wrong, self.judged = [], 0

    def add(self, token):
        """A token that was acknowledged just now; its number."""
        number = len(self.tokens) + 1
        self.truth.born(number, now())
        self.tokens[number] = token
        for witness in self.witnesses:
            witness.tell(number, token)
        return number

    def hear(self):
        for witness in self.witnesses:
            self.answers += witness.answers()
        return self.answers

    def ends(self, numbers, act):
        """Does what ends sessions, and notes when it was asked for and answered; what `act` gives."""
        for number in numbers:
            self.truth.ending(number, now())
        result = act()
        for number in numbers:
            self.truth.ended(number, now())
        return result

    def faults(self):
        """What is wrong so far. An answer is judged once: what is done later is done after its question."""
        self.hear()
        self.wrong += self.truth.faults(self.answers[self.judged:])
        self.judged = len(self.answers)
        return self.wrong

    def close(self):
        for witness in self.witnesses:
            self.answers += witness.close()
