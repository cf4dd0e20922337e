"""A usherd that hosts share sessions with, as far as its clients can tell: what stands between them and a real one."""
import json
import shutil
import socket
import struct
import tempfile
import threading


class Between:
    """Passes requests on to a daemon in a directory of its own, and answers some methods by itself.

    `answers` has the error that a method gets: a code, a reason and what stands beside that. A method in `after` is passed
    on before that, and its own answer is dropped, so that it has taken effect.
    """

    def __init__(self, daemon):
        self.daemon, self.user, self.password = daemon, daemon.user, daemon.password
        self.answers, self.after, self.seen = {}, set(), []
        self.directory = tempfile.mkdtemp(prefix="usher-web-")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.directory + "/usher.sock")
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        shutil.rmtree(self.directory)

    def refuse(self, method, code=1008, reason="unavailable", is_done=False, **data):
        """From now on `method` is refused; where `is_done`, after it has taken effect."""
        self.answers[method] = {"code": code, "message": reason, "data": {"reason": reason, **data}}
        (self.after.add if is_done else self.after.discard)(method)

    def relent(self):
        self.answers = {}

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[client], daemon=True).start()

    def serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.daemon.directory + "/usher.sock")
        dropped = {}
        threading.Thread(target=self.answer, args=[client, server, dropped], daemon=True).start()
        for body in frames(client):
            request = json.loads(body)
            method, number = request.get("method"), request.get("id")
            self.seen.append(method)
            error = self.answers.get(method)
            # A descriptor is not passed on: such a client asks for every session.
            if method == "board.attach":
                error = {"code": 1018, "message": "unsupported", "data": {"reason": "unsupported"}}
            if error and method in self.after:
                dropped[number] = error
            elif error:
                send(client, json.dumps({"jsonrpc": "2.0", "id": number, "error": error}).encode())
                continue
            send(server, body)
        server.close()

    def answer(self, client, server, dropped):
        for body in frames(server):
            number = json.loads(body).get("id")
            if number in dropped:
                body = json.dumps({"jsonrpc": "2.0", "id": number, "error": dropped.pop(number)}).encode()
            send(client, body)
        client.close()


def send(connection, body):
    try:
        connection.sendall(struct.pack(">I", len(body)) + body)
    except OSError:
        pass


def frames(connection):
    """The bodies that arrive until the connection ends."""
    stream = connection.makefile("rb")
    while True:
        try:
            header = stream.read(4)
            body = stream.read(struct.unpack(">I", header)[0]) if len(header) == 4 else b""
        except OSError:
            return
        if not body:
            return
        yield body
