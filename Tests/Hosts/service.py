"""A daemon as a service manager runs it, with a socket and with descriptors that are kept over a restart."""
import os
import socket
import threading

from places import Program

# Numbers of descriptors that nothing else here has.
FIRST = 500


class Service(Program):
    """A program that is activated by the socket `api` at `path`, and whose descriptor store (FDSTORE=1 of
    sd_pid_notify_with_fds(3)) is in this process."""

    def __init__(self, directory, path, arguments, place):
        self.kept, self.lock = [], threading.Lock()
        self.api = socket.socket(socket.AF_UNIX)
        self.api.bind(path)
        self.api.listen()
        self.notify = str(directory / "notify")
        self.inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.inbox.bind(self.notify)
        threading.Thread(target=self.serve, daemon=True).start()
        super().__init__(directory / "usherd.log", arguments, place)

    def serve(self):
        """Takes what the daemon says of itself."""
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.inbox, 4096, 8)
            words = dict(line.split("=", 1) for line in message.decode().splitlines())
            name = words.get("FDNAME", "stored")
            with self.lock:
                if "FDSTORE" in words:
                    self.kept += [(name, descriptor) for descriptor in descriptors]
                    continue
                if "FDSTOREREMOVE" in words:
                    for _, descriptor in [pair for pair in self.kept if pair[0] == name]:
                        os.close(descriptor)
                    self.kept = [pair for pair in self.kept if pair[0] != name]
            # The sender of a barrier waits until its descriptor is closed.
            for descriptor in descriptors:
                os.close(descriptor)

    def lose(self):
        """Closes all that is kept, as a reboot does."""
        with self.lock:
            for _, descriptor in self.kept:
                os.close(descriptor)
            self.kept = []

    def names(self):
        """The names of what is kept."""
        with self.lock:
            return sorted(name for name, _ in self.kept)

    def start(self):
        with self.lock:
            passed = [("api", self.api.fileno())] + self.kept
        copies = range(FIRST, FIRST + len(passed))
        for copy, (_, descriptor) in zip(copies, passed):
            os.dup2(descriptor, copy)
        moves = " ".join("%d<&%d %d<&-" % (3 + at, copy, copy) for at, copy in enumerate(copies))
        script = "exec %s; LISTEN_PID=$$ exec \"$@\"" % moves
        arguments, self.arguments = self.arguments, ["bash", "-c", script, "bash", *self.arguments]
        self.more = {"pass_fds": copies, "env": {
            **os.environ, "NOTIFY_SOCKET": self.notify, "LISTEN_FDS": str(len(passed)),
            "LISTEN_FDNAMES": ":".join(name for name, _ in passed)}}
        try:
            super().start()
        finally:
            self.arguments = arguments
            for copy in copies:
                os.close(copy)
