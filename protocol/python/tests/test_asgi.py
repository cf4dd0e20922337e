"""The middleware with a bare ASGI tool."""
import asyncio
import urllib.parse

import pytest

import usher.asgi
from conftest import PASSWORD
from test_web import FORM, ORIGIN, PAGE
from usher import web


def test_an_asgi_form_that_was_cut_off_is_refused(daemon):
    body = urllib.parse.urlencode({"user": "ada", "password": PASSWORD}).encode()

    async def post(app, messages):
        sent = []

        async def receive():
            return messages.pop(0)

        async def send(message):
            sent.append(message)

        headers = [(name.encode(), value.encode()) for name, value in FORM.items()]
        await app({"type": "http", "method": "POST", "path": "/login", "headers": headers}, receive, send)
        return sent

    async def test():
        app = usher.asgi.Sessions(None, origin=ORIGIN, client={"development": daemon.directory})
        whole = {"type": "http.request", "body": body}
        cut = {"type": "http.request", "body": body[:-1], "more_body": True}
        assert await post(app, [cut, {"type": "http.disconnect"}]) == []
        assert (await post(app, [whole]))[0]["status"] == 303
        app._client.close()

    asyncio.run(test())


def test_an_asgi_tool_asks_who_it_is(daemon, client, token):
    async def tool(scope, receive, send):
        body = (await receive())["body"]
        user = scope["usher.session"].user.encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": user + b" " + body})

    async def ask(app, method, fields, body=b""):
        parts = [
            {"type": "http.request", "body": body[:3], "more_body": True}, {"type": "http.request", "body": body[3:]}]
        sent = []

        async def receive():
            return parts.pop(0)

        async def send(message):
            sent.append(message)

        headers = [(name.encode(), value.encode()) for name, value in fields.items()]
        await app({"type": "http", "method": method, "path": "/", "query_string": b"", "headers": headers,
                   "client": ("192.0.2.7", 1)}, receive, send)
        return sent[0]["status"], sent[1]["body"]

    async def test():
        app = usher.asgi.Sessions(tool, origin=ORIGIN, client={"development": daemon.directory})
        assert (await ask(app, "GET", PAGE))[0] == 303
        cookie = {"cookie": f"__Host-session={token}"}
        assert await ask(app, "GET", PAGE | cookie) == (200, b"ada ")
        form = urllib.parse.urlencode({"csrf": web.csrf_text(token)}).encode()
        assert await ask(app, "POST", FORM | cookie, form) == (200, b"ada " + form[:3])
        assert (await ask(app, "POST", FORM | cookie, b"csrf=x"))[0] == 403
        header = {"x-csrf-token": web.csrf_text(token), "content-type": "application/json"}
        assert (await ask(app, "POST", FORM | header | cookie, b"{}"))[0] == 200
        client.revoke(token)
        assert (await ask(app, "GET", PAGE | cookie))[0] == 303
        app._client.close()

    asyncio.run(test())


@pytest.mark.parametrize("path, mount, status", [
    ("/admin", "", 401), ("/x/admin", "/x", 401), ("/admin", "/x", 401), ("/x/open", "/x", 200), ("/x/admin", "", 200),
    ("//admin", "", 401)])
def test_an_asgi_tool_is_protected_with_its_mount_and_without(daemon, path, mount, status):
    sent = []

    async def tool(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    async def test():
        app = usher.asgi.Sessions(
            tool, origin=ORIGIN, client={"development": daemon.directory},
            protects=lambda path: path.startswith("/admin"))
        await app({"type": "http", "method": "GET", "path": path, "root_path": mount, "headers": []}, None, send)
        app._client.close()

    asyncio.run(test())
    assert sent[0]["status"] == status


def test_an_asgi_tool_goes_on_with_the_loop_that_follows(daemon, client):
    async def tool(scope, receive, send):
        await send(scope["usher.session"].user)

    async def ask():
        token, sent = client.login("ada", PASSWORD).token, []  # a new one, which the daemon must be asked about

        async def send(message):
            sent.append(message)

        headers = [(b"cookie", f"__Host-session={token}".encode())]
        await app({"type": "http", "method": "GET", "path": "/", "headers": headers}, None, send)
        return sent

    app = usher.asgi.Sessions(tool, origin=ORIGIN, client={"development": daemon.directory})
    assert [asyncio.run(asyncio.wait_for(ask(), 60)) for _ in range(3)] == [["ada"]] * 3
    loop = asyncio.new_event_loop()
    assert loop.run_until_complete(ask()) == ["ada"]
    with pytest.raises(RuntimeError, match="one event loop at a time"):
        asyncio.run(ask())
    assert loop.run_until_complete(ask()) == ["ada"]
    app._client.close()
    loop.close()


def test_an_asgi_tool_sees_no_web_socket_of_another_origin(daemon, client, token):
    async def ask(app, origin):
        sent = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message["type"])

        headers = [(b"cookie", f"__Host-session={token}".encode()), (b"origin", origin.encode())]
        await app({"type": "websocket", "path": "/ws", "query_string": b"", "headers": headers}, receive, send)
        return sent

    async def tool(scope, receive, send):
        await send({"type": "websocket.accept"})

    async def test():
        app = usher.asgi.Sessions(tool, origin=ORIGIN, client={"development": daemon.directory})
        assert await ask(app, "https://other.corp.example") == ["websocket.close"]
        assert await ask(app, ORIGIN) == ["websocket.accept"]
        app._client.close()

    asyncio.run(test())
