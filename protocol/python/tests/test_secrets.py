"""No password of a form is left in the process: its memory is searched after a login.

The clear text must not be in the search itself, so each of its bytes is kept one higher.
"""
import asyncio
import io
import urllib.parse

import pytest

import usher.asgi
import usher.wsgi
from conftest import CODED
from test_web import FORM, ORIGIN, Browser, field
from usher._form import Form

HIGHER = bytes((byte + 1) % 256 for byte in range(256))


class Stream(io.RawIOBase):
    """What a server reads a form from: a beginning, and a password that is in memory only where it was read into."""

    def __init__(self, beginning, coded):
        self.rest = bytes((byte + 1) % 256 for byte in beginning) + coded

    def readinto(self, room):
        count = min(len(room), len(self.rest), 7)
        for index in range(count):
            room[index] = (self.rest[index] - 1) % 256
        self.rest = self.rest[count:]
        return count


def clear(beginning, coded):
    """All that the stream gives."""
    body = bytearray(len(beginning) + len(coded))
    stream, at = Stream(beginning, coded), 0
    while count := stream.readinto(memoryview(body)[at:]):
        at += count
    return body


def in_memory(coded):
    """Whether a private page of this process holds the text."""
    room = bytearray(1 << 20)
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps.read().splitlines():
            place, rights = line.split()[:2]
            start, end = (int(number, 16) for number in place.split("-"))
            while rights.startswith("rw") and start < end:
                memory.seek(start)
                try:
                    count = memory.readinto(memoryview(room)[:end - start])
                except OSError:
                    break
                if count < len(coded):
                    break
                found = room.translate(HIGHER).find(coded, 0, count) >= 0
                room[:] = bytes(len(room))
                if found:
                    return True
                start += count - len(coded) + 1
    return False


def test_a_search_finds_what_is_there():
    kept = clear(b"", CODED)
    assert in_memory(CODED)
    kept[:] = bytes(len(kept))


@pytest.mark.parametrize("user", ["eve", "ada"])
def test_wsgi_leaves_no_password_behind(daemon, client, user):
    """eve is let in, and ada refused."""
    coded = CODED if user == "eve" else CODED[::-1]
    browser = Browser(usher.wsgi.Sessions(lambda environ, start: [], client, origin=ORIGIN))
    csrf = field(browser.ask("GET", "/login")[2], "csrf")
    beginning = urllib.parse.urlencode({"csrf": csrf, "user": user}).encode() + b"&password="
    answered = []
    browser.app({
        "REQUEST_METHOD": "POST", "PATH_INFO": "/login", "CONTENT_LENGTH": str(len(beginning) + len(coded)),
        "wsgi.input": Stream(beginning, coded), "CONTENT_TYPE": FORM["content-type"],
        "HTTP_ORIGIN": ORIGIN, "HTTP_SEC_FETCH_SITE": "same-origin",
        "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())},
        lambda status, fields: answered.append(status))
    assert answered[0].startswith("303" if user == "eve" else "403")
    assert not in_memory(coded)
    client.clear_limits("ada")


def test_asgi_leaves_no_password_behind(daemon, client):
    body, sent = clear(b"user=eve&password=", CODED), []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        sent.append(message)

    async def test():
        app = usher.asgi.Sessions(None, origin=ORIGIN, client={"development": daemon.directory})
        headers = [(name.encode(), value.encode()) for name, value in FORM.items()]
        scope = {"type": "http", "method": "POST", "path": "/login", "headers": headers}
        await app(scope, receive, send)
        app._client.close()

    asyncio.run(test())
    body[:] = bytes(len(body))
    assert sent[0]["status"] == 303 and not in_memory(CODED)


def test_a_form_is_wiped_when_the_request_fails(client):
    body = bytearray(b"user=ada&password=correct+horse")
    steps = usher.wsgi.Tool(client, ORIGIN).handle(
        usher.wsgi.Request("POST", "/login", "", [], FORM.get), body)
    next(steps)
    assert body.startswith(b"user=")
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt())
    assert body == bytes(len(body))


@pytest.mark.parametrize("body, value", [
    (b"a=1&b=x%20y+z", b"x y z"), (b"b=1&b=2", b"1"), (b"%62=%4", b"%4"), (b"b=%zz%", b"%zz%"),
    (b"b=%C3%A9", b"\xc3\xa9"), (b"b=", b""), (b"b", b""), (b"&&b=c=d&", b"c=d"), (b"a=1&" * 40 + b"b=2", b"")])
def test_a_field_is_read(body, value):
    assert Form(bytearray(body)).secret("b") == value
