"""A client that asks all the time whether its session holds, and notes each time that it had to ask again."""
import threading
import time

import host


class Steady:
    """Validates `token` on one connection; reconnects once where the connection breaks, and counts what that did not mend."""

    def __init__(self, token):
        self.token = token
        self.answers = 0
        self.retries = 0
        self.failures = []
        self.longest = 0.0
        self.ending = False
        self.usher = host.connect()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join()

    def work(self):
        while not self.ending:
            began = time.monotonic()
            try:
                valid = self.once()
            except Exception as error:
                self.failures.append(repr(error))
                continue
            if not valid:
                self.failures.append("not valid")
            self.longest = max(self.longest, time.monotonic() - began)
            self.answers += 1
            time.sleep(0.001)

    def once(self):
        try:
            return self.usher.ask("session.validate", token=self.token)["valid"]
        except (OSError, SystemExit):
            self.retries += 1
            self.usher = host.connect()
            return self.usher.ask("session.validate", token=self.token)["valid"]
