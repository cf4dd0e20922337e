"""A daemon that cannot tell whether a session is valid: nobody is let in, and nobody loses a cookie."""
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


def refused(steps):
    """The answer, once the daemon has refused the call as unavailable."""
    try:
        steps.throw(usher.Unavailable(retry_after=1.0))
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
