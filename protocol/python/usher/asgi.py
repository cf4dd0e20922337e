"""Protects an ASGI tool: session, login, logout, and the forms of what changes something. Otherwise as usher.wsgi.

    app = usher.asgi.Sessions(app, origin="https://wiki.corp.example")

Behind it `scope["usher.session"]` is the session, and `usher.asgi.csrf(scope)` a text for a form. The connection to the
daemon is made with the first request, on its event loop, and closed with the lifespan. A loop that was closed is
followed by the next; two at once need two of them.

Behind a proxy the client's address is the proxy's: all people are one source, and failed logins of one make the others
wait. Have the server take the browser's address from a proxy that sets X-Forwarded-For, and from nobody else:

    uvicorn --proxy-headers --forwarded-allow-ips 127.0.0.1 tool:app
"""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from . import web
from ._errors import UsherError
from ._form import LIMIT
from ._pages import Answer
from ._record import TYPE_CHECKING
from ._tool import Passed, Request, Tool
from .aio import Client

if TYPE_CHECKING:
    from ._tool import Steps

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Sessions:
    """An ASGI application that asks who it is before it calls another. `client` has the arguments of usher.aio.Client,
    `options` are those of Tool."""

    def __init__(
            self, app: Callable[[Scope, Receive, Send], Awaitable[None]], *, origin: str,
            client: dict[str, Any] = {}, protects: Callable[[str], bool] = lambda path: True, **options: Any) -> None:
        self._app = app
        self._arguments = client
        self._make: Callable[[Client], Tool] = lambda connection: Tool(connection, origin, protects, **options)
        self._client: Client | None = None
        self._tool: Tool | None = None
        web.origin(origin, insecure_localhost=True)

    def _open(self) -> tuple[Client, Tool]:
        if self._client is not None and not self._client.is_of_running_loop:
            if not self._client.is_of_closed_loop:
                raise RuntimeError("usher.asgi.Sessions serves one event loop at a time: make one for each")
            self._close()
        if self._client is None or self._tool is None:
            self._client = Client(**self._arguments)
            self._tool = self._make(self._client)
        return self._client, self._tool

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = self._tool = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                self._close()
            return
        client, tool = self._open()
        request = _request(scope)
        body = None
        if scope["type"] == "http" and tool.wants_body(request):
            try:
                body, receive = await _body(receive)
            except EOFError:
                return  # nobody is left to be answered
        outcome = await _driven(client, tool.handle(request, body))
        if isinstance(outcome, Passed):
            scope["usher.session"], scope["usher.token"] = outcome.session, outcome.token
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            fields = [(name.encode(), value.encode()) for name, value in outcome.fields]
            await send({"type": "http.response.start", "status": outcome.status, "headers": fields})
            await send({"type": "http.response.body", "body": outcome.body})


def csrf(scope: Scope, purpose: str = "") -> str:
    """A new text for a form of this request's session."""
    return web.csrf_text(scope["usher.token"], purpose)


async def _driven(client: Client, steps: Steps) -> Answer | Passed:
    try:
        call = next(steps)
        while True:
            try:
                value = await client._run(call)
            except UsherError as error:
                call = steps.throw(error)
            else:
                call = steps.send(value)
    except StopIteration as end:
        outcome: Answer | Passed = end.value
        return outcome
    finally:
        steps.close()


def _request(scope: Scope) -> Request:
    fields: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        fields.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    if scope["type"] == "websocket":
        fields.setdefault("upgrade", ["websocket"])  # HTTP/2 opens them without the field

    def get(name: str) -> str | None:
        return ", ".join(fields[name]) if name in fields else None

    peer, path, mount = scope.get("client"), scope["path"] or "/", scope.get("root_path", "")
    return Request(
        scope.get("method", "GET"), path, scope.get("query_string", b"").decode("latin-1"), fields.get("cookie", []),
        get, peer[0] if peer else None, [path.removeprefix(mount), mount + path])


async def _body(receive: Receive) -> tuple[bytearray | None, Receive]:
    """The body of a form, None where it is longer than one of ours, and what gives all of it to the tool once more.
    EOFError where the client has gone meanwhile: half a password is another one."""
    taken: list[dict[str, Any]] = []
    size = 0
    while size <= LIMIT:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise EOFError
        taken.append(message)
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            break
    whole = bytearray(min(size, LIMIT))
    at = 0
    for message in taken if size <= LIMIT else []:
        part = message.get("body", b"")
        whole[at:at + len(part)] = part
        at += len(part)

    async def again() -> dict[str, Any]:
        return taken.pop(0) if taken else await receive()

    return whole if size <= LIMIT else None, again
