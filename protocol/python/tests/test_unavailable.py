"""A daemon that cannot tell whether a session is valid: nobody is let in, and nobody loses a cookie."""
import json
import socket
import struct
import threading

import pytest

import usher
from usher import web
from usher._tool import Request, Tool

TOKEN = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
ORIGIN = "https://wiki.corp.example"


class Away:
    """A client whose memory knows nothing; its calls are answered by the test."""

    def remembered(self, token):
        return None

    def _validate(self, token, touch):
        return "validate"

    def _revoke(self, token):
        return "revoke"


def asked(method, path, fields=None):
    """The steps of a request that shows the cookie."""
    fields = fields or {}
    request = Request(method, path, "", [f"__Host-session={TOKEN}"], fields.get)
    steps = Tool(Away(), ORIGIN).handle(request, bytearray())
    assert next(steps) == "validate"
    return steps


def refused(steps, pending=None):
    """The answer, once the daemon has refused the call as unavailable."""
    try:
        steps.throw(usher.Unavailable(retry_after=1.0, pending=pending))
    except StopIteration as end:
        return end.value
    raise AssertionError("another call")


def test_a_session_that_cannot_be_checked_is_neither_let_in_nor_forgotten():
    for method, path in [("GET", "/"), ("POST", "/note"), ("GET", "/login/else"), ("GET", "/confirm")]:
        answer = refused(asked(method, path))
        assert answer.status == 503 and not any(name == "set-cookie" for name, _ in answer.fields)


def test_a_logout_that_was_not_done_keeps_the_cookie():
    steps = asked("POST", "/logout", {"origin": ORIGIN, "x-csrf-token": web.csrf_text(TOKEN)})
    assert steps.send(object()) == "revoke"
    answer = refused(steps)
    assert answer.status == 503 and not any(name == "set-cookie" for name, _ in answer.fields)


def test_a_logout_that_other_hosts_follow_later_is_one():
    for until in [None, 11.2]:
        steps = asked("POST", "/logout", {"origin": ORIGIN, "x-csrf-token": web.csrf_text(TOKEN)})
        assert steps.send(object()) == "revoke"
        answer = refused(steps, usher.PendingChange(until))
        cookies = [value for name, value in answer.fields if name == "set-cookie"]
        assert answer.status == 303 and "Max-Age=0" in cookies[0]


class Refusing:
    """A daemon that refuses every request with the same data, and keeps the methods that it was asked for."""

    def __init__(self, directory, **data):
        self.data, self.methods = data, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(directory / "usher.sock"))
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.answer, args=[connection], daemon=True).start()

    def answer(self, connection):
        stream = connection.makefile("rb")
        while header := stream.read(4):
            request = json.loads(stream.read(struct.unpack(">I", header)[0]))
            self.methods.append(request["method"])
            error = {"code": 1008, "message": "", "data": {"reason": "unavailable", **self.data}}
            body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode()
            connection.sendall(struct.pack(">I", len(body)) + body)


@pytest.mark.parametrize("data, pending", [
    ({}, None), ({"pending": True}, usher.PendingChange(None)),
    ({"pending": True, "until_ms": 10400}, usher.PendingChange(10.4))])
def test_what_is_unavailable_is_asked_once_and_says_what_has_begun(tmp_path, data, pending):
    daemon = Refusing(tmp_path, retry_after_ms=1000, **data)
    with usher.Client(development=str(tmp_path)) as client:
        calls = {
            "session.revoke": lambda: client.revoke(TOKEN), "session.rotate": lambda: client.rotate(TOKEN),
            "session.update": lambda: client.update(TOKEN, {"a": "1"}), "session.validate": lambda: client.validate(TOKEN),
            "auth.start": lambda: client.login("ada", "x")}
        for method, call in calls.items():
            with pytest.raises(usher.Unavailable) as refused:
                call()
            assert (refused.value.retry_after, refused.value.pending) == (1.0, pending), method
            assert daemon.methods.count(method) == 1, method
