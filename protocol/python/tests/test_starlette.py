"""A tool in Starlette, served by uvicorn over a socket."""
import http.client
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

import pytest

from conftest import PASSWORD
from test_web import FORM, ORIGIN, PAGE, field

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
TESTS = pathlib.Path(__file__).parent


class Browser:
    """Requests over a connection, with cookies."""

    def __init__(self, port):
        self.connection, self.cookies = http.client.HTTPConnection("127.0.0.1", port, timeout=60), {}

    def ask(self, method, address, fields=PAGE, form=None):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None if form is None else urllib.parse.urlencode(form)
        self.connection.request(method, address, body, fields | {"cookie": cookies})
        answer = self.connection.getresponse()
        for one in answer.headers.get_all("set-cookie", []):
            name, value = one.split(";")[0].split("=", 1)
            self.cookies[name] = value
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        return answer.status, answer.headers, answer.read().decode()


@pytest.fixture
def port(daemon):
    environment = os.environ | {
        "USHER_DEVELOPMENT": daemon.directory, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    command = [sys.executable, "-m", "uvicorn", "--port", "0", "starlette_tool:app"]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        said = []
        for line in server.stderr:
            said.append(line)
            if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
                yield int(found.group(1))
                break
        else:
            raise AssertionError("uvicorn does not serve: " + "".join(said))
    finally:
        server.terminate()
        rest = server.communicate(timeout=60)[1]
    assert "Traceback" not in rest and "Finished server process" in rest


def test_a_starlette_tool_asks_who_it_is(client, port):
    browser = Browser(port)
    status, headers, _ = browser.ask("GET", "/?a=1")
    assert status == 303 and headers["location"] == ORIGIN + "/login?return_to=%2F%3Fa%3D1"
    assert browser.ask("GET", "/", {"accept": "application/json"})[0] == 401
    page = browser.ask("GET", "/login?return_to=%2F%3Fa%3D1")[2]
    form = {name: field(page, name) for name in ("csrf", "return_to")} | {"user": "ada", "password": PASSWORD}
    status, headers, _ = browser.ask("POST", "/login", FORM, form)
    assert status == 303 and headers["location"] == ORIGIN + "/?a=1"
    page = browser.ask("GET", "/")[2]
    assert page.startswith("Starlette knows ada")
    assert browser.ask("POST", "/note", FORM, {"note": "milk"})[0] == 403
    written = browser.ask("POST", "/note", FORM, {"note": "milk", "csrf": field(page, "csrf")})
    assert written[::2] == (200, "ada writes milk")
    page = browser.ask("GET", browser.ask("GET", "/admin")[1]["location"].removeprefix(ORIGIN))[2]
    form = {name: field(page, name) for name in ("csrf", "return_to")} | {"password": PASSWORD}
    assert browser.ask("POST", "/confirm", FORM, form)[1]["location"] == ORIGIN + "/admin"
    assert browser.ask("GET", "/")[0] == 200
    client.revoke(browser.cookies["__Host-session"])
    assert browser.ask("GET", "/")[0] == 303
