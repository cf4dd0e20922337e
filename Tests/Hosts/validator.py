"""Asks the daemon of a directory about sessions in a loop, and logs what it answers.

validator.py WAY DIRECTORY LOG: WAY is `socket`, which sends session.validate, or `board`, which is the client library
with its memory. Tokens come on standard input, each line `NUMBER TOKEN`. Each line of LOG is NUMBER ASKED ANSWERED
VERDICT VERSION REMEMBERED; times are nanoseconds of CLOCK_BOOTTIME. The process ends with its input.
"""
import json
import os
import select
import socket
import struct
import sys

from judge import NO, UNAVAILABLE, YES, now

MILLISECOND = 1_000_000
# Between two questions: fast enough for thousands of answers in a test, slow enough for six of these on two cores.
PAUSE = 5 * MILLISECOND
# Between two questions to a daemon that has left one unanswered for as long: it must find some that were asked late.
LONG_PAUSE = 100 * MILLISECOND
# Below `limits.in_flight` of the protocol.
IN_FLIGHT = 100


class Asker:
    """What both ways share: tokens in a round, and the log."""

    def __init__(self, log):
        self.log = open(log, "w")
        self.tokens, self.turn = [], 0

    def next(self):
        self.turn = (self.turn + 1) % len(self.tokens)
        return self.tokens[self.turn]

    def note(self, number, asked, verdict, version=0, remembered=0):
        print(number, asked, now(), verdict, version, remembered, file=self.log)


class SocketAsker(Asker):
    """Sends the next question whether or not the last ones are answered."""

    def __init__(self, directory, log):
        super().__init__(log)
        self.path = directory + "/usher.sock"
        self.socket, self.waiting, self.received, self.ids = None, {}, b"", 0

    def connect(self):
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.connect(self.path)
            self.socket.setblocking(False)
        except OSError:
            self.lose()

    def lose(self):
        """The connection ended: what was asked on it has no answer."""
        self.socket.close()
        self.socket, self.received = None, b""
        for number, asked in self.waiting.values():
            self.note(number, asked, UNAVAILABLE)
        self.waiting.clear()

    def step(self):
        """Asks one question, and says after what time the next one is due."""
        if self.socket is None:
            self.connect()
        if self.socket is None or not self.tokens:
            return LONG_PAUSE
        if len(self.waiting) < IN_FLIGHT:
            self.ask(*self.next())
        oldest = next(iter(self.waiting.values()), (0, now()))[1]
        return LONG_PAUSE if now() - oldest > LONG_PAUSE else PAUSE

    def ask(self, number, token):
        self.ids += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self.ids, "method": "session.validate",
                           "params": {"token": token}}).encode()
        self.waiting[self.ids] = number, now()
        try:
            # A frame is far below the room of a socket that has 100 of them at most: it goes as a whole or not at all.
            self.socket.sendall(struct.pack(">I", len(body)) + body)
        except OSError:
            self.lose()

    def descriptors(self):
        return [] if self.socket is None else [self.socket]

    def read(self):
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            return self.lose()
        self.received += data
        while len(self.received) >= 4:
            end = 4 + struct.unpack(">I", self.received[:4])[0]
            if len(self.received) < end:
                break
            body, self.received = self.received[4:end], self.received[end:]
            self.take(json.loads(body))

    def take(self, answer):
        number, asked = self.waiting.pop(answer["id"])
        result = answer.get("result")
        if result is None:
            self.note(number, asked, UNAVAILABLE)
        elif result["valid"]:
            self.note(number, asked, YES, result["session"]["version"])
        else:
            self.note(number, asked, NO)


class BoardAsker(Asker):
    """Takes an answer from the memory of the client library, and asks only where that has none."""

    def __init__(self, directory, log):
        import usher
        super().__init__(log)
        self.failure = usher.UsherError
        self.client = usher.Client(development=directory, deadline=0.3)
        self.again = 0

    def step(self):
        if not self.tokens:
            return LONG_PAUSE
        number, token = self.next()
        asked = now()
        session = self.client.remembered(token, touch=False)
        if session is not None:
            self.note(number, asked, YES, session.version, 1)
        else:
            self.ask(number, token, asked)
        return PAUSE

    def ask(self, number, token, asked):
        """A daemon that does not answer is not asked again at once: meanwhile the memory is looked at."""
        if asked < self.again:
            return self.note(number, asked, UNAVAILABLE)
        try:
            session = self.client.validate(token, touch=False)
        except self.failure:
            self.again = now() + LONG_PAUSE
            return self.note(number, asked, UNAVAILABLE)
        self.note(number, asked, *((NO,) if session is None else (YES, session.version)))

    def descriptors(self):
        return []


def main(way, directory, log):
    asker = {"socket": SocketAsker, "board": BoardAsker}[way](directory, log)
    os.set_blocking(0, False)
    entered, due, flushed = b"", now(), 0
    while True:
        ready = select.select([0] + asker.descriptors(), [], [], max(0, due - now()) / 1e9)[0]
        if 0 in ready:
            data = os.read(0, 1 << 16)
            if not data:
                break
            *lines, entered = (entered + data).split(b"\n")
            asker.tokens += [(int(line.split()[0]), line.split()[1].decode()) for line in lines]
        if len(ready) > (0 in ready):
            asker.read()
        if now() >= due:
            due = now() + asker.step()
        if now() - flushed > LONG_PAUSE // 2:
            asker.log.flush()
            flushed = now()
    asker.log.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
