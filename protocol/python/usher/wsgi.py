"""Protects a WSGI tool: session, login, logout, and the forms of what changes something.

    app.wsgi_app = usher.wsgi.Sessions(app.wsgi_app, usher.Client(), origin="https://wiki.corp.example")

Behind it `environ["usher.session"]` is the session, and `usher.wsgi.csrf(environ)` a text for a form's hidden field
`csrf`. `origin` comes from the configuration, never from Host. A login that asks further questions goes on in the
process where it began: with several workers, have the proxy send a browser to the same one. `max_age` names the paths
that want a password that was typed a moment ago: `lambda path: 900 if path.startswith("/admin") else None`.

Behind a proxy REMOTE_ADDR is the proxy's: all people are one source, and failed logins of one make the others wait. Say
how many proxies are trusted, around the middleware, so that it sees the browser's address:

    app.wsgi_app = werkzeug.middleware.proxy_fix.ProxyFix(app.wsgi_app, x_for=1)

and let the proxy set X-Forwarded-For. Never without a proxy: then every browser names an address as it likes.
"""
from __future__ import annotations

import http
import io
from collections.abc import Callable, Iterable
from typing import Any

from . import web
from ._client import Client
from ._errors import UsherError
from ._form import LIMIT
from ._pages import Answer, plain
from ._record import TYPE_CHECKING
from ._tool import Passed, Request, Tool

if TYPE_CHECKING:
    from ._tool import Steps

Environ = dict[str, Any]


class Sessions:
    """A WSGI application that asks who it is before it calls another. `options` are those of Tool."""

    def __init__(
            self, app: Callable[..., Iterable[bytes]], client: Client, *, origin: str,
            protects: Callable[[str], bool] = lambda path: True, **options: Any) -> None:
        self._app = app
        self._client = client
        self.tool = Tool(client, origin, protects, **options)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = _request(environ)
        outcome: Answer | Passed
        try:
            body = _body(environ, self.tool.is_own(request.path)) if self.tool.wants_body(request) else None
        except EOFError:
            outcome = plain(400, "The form was cut off.\n")
        else:
            outcome = _driven(self._client, self.tool.handle(request, body))
        if isinstance(outcome, Passed):
            environ["usher.session"], environ["usher.token"] = outcome.session, outcome.token
            return self._app(environ, start_response)
        start_response(f"{outcome.status} {http.HTTPStatus(outcome.status).phrase}", outcome.fields)
        return [outcome.body]


def csrf(environ: Environ, scope: str = "") -> str:
    """A new text for a form of this request's session."""
    return web.csrf_text(environ["usher.token"], scope)


def _driven(client: Client, steps: Steps) -> Answer | Passed:
    try:
        call = next(steps)
        while True:
            try:
                value = client._run(call)
            except UsherError as error:
                call = steps.throw(error)
            else:
                call = steps.send(value)
    except StopIteration as end:
        outcome: Answer | Passed = end.value
        return outcome
    finally:
        steps.close()


def _request(environ: Environ) -> Request:
    def get(name: str) -> str | None:
        key = name.upper().replace("-", "_")
        value = environ.get(key if key == "CONTENT_TYPE" else "HTTP_" + key)
        return value if isinstance(value, str) else None

    cookie = environ.get("HTTP_COOKIE")
    mount, inner = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    return Request(
        environ["REQUEST_METHOD"], _decoded(mount + inner), environ.get("QUERY_STRING", ""),
        [cookie] if cookie else [], get, environ.get("REMOTE_ADDR"), [_decoded(inner)])


def _decoded(path: str) -> str:
    return path.encode("latin-1").decode("utf-8", "replace") or "/"


def _body(environ: Environ, is_own: bool) -> bytearray | None:
    """The body of a form; None where it is longer than a form of ours. EOFError where it is cut off: half a password
    is another one. The tool can read its own once more. One of ours holds a password: where the server's stream can, it
    writes into the very bytes that are wiped."""
    try:
        size = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        size = 0
    if not 0 <= size <= LIMIT:
        return None
    body = _filled(environ["wsgi.input"], size)
    if not is_own:
        environ["wsgi.input"] = io.BytesIO(body)
    return body


def _filled(stream: Any, size: int) -> bytearray:
    body, at = bytearray(size), 0
    with memoryview(body) as room:
        while at < size and (count := _read_into(stream, room[at:])):
            at += count
    if at < size:
        body[:] = bytes(size)
        raise EOFError
    return body


def _read_into(stream: Any, room: memoryview) -> int | None:
    if hasattr(stream, "readinto"):
        count: int | None = stream.readinto(room)
        return count
    part: bytes = stream.read(len(room))
    room[:len(part)] = part
    return len(part)
