"""A tool in Flask, served by gunicorn over a socket that is kept open."""
import http.client
import os
import pathlib
import re
import subprocess
import sys

import pytest

from test_web import PAGE

pytest.importorskip("flask")
pytest.importorskip("gunicorn")
TESTS = pathlib.Path(__file__).parent


@pytest.fixture
def connection(daemon):
    environment = os.environ | {
        "USHER_DEVELOPMENT": daemon.directory, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    command = [sys.executable, "-m", "gunicorn", "--threads", "2", "--bind", "127.0.0.1:0", "wsgi_tool:app"]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        found = None
        for line in server.stderr:
            if found := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line):
                break
        assert found, "gunicorn does not serve"
        connection = http.client.HTTPConnection("127.0.0.1", int(found.group(1)), timeout=60)
        yield connection
        connection.close()
    finally:
        server.terminate()
        server.communicate(timeout=60)


def ask(connection, method, path, fields=PAGE):
    connection.request(method, path, headers=fields)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def test_an_answer_to_head_is_not_taken_for_the_next_one(connection):
    assert ask(connection, "HEAD", "/login")[::2] == (200, "")
    socket = connection.sock
    assert ask(connection, "GET", "/open/page")[::2] == (200, "nobody sees /open/page")
    assert ask(connection, "HEAD", "/admin", {})[0] == 401
    assert ask(connection, "GET", "/open/page")[::2] == (200, "nobody sees /open/page")
    assert socket is not None and connection.sock is socket


# Of a path the mount that a client may name, and the rest that Flask routes.
@pytest.mark.parametrize("path, mount", [
    ("/x/admin", "/x"), ("/xadmin", "/x"), ("/a/b/admin", "b"), ("/x//admin", "/x"), ("//admin", None),
    ("/admin", None)])
def test_a_path_is_protected_however_it_is_spelled(client, token, connection, path, mount):
    mounted = {} if mount is None else {"SCRIPT_NAME": mount}
    status, _, text = ask(connection, "GET", path, mounted)
    assert (status, text) == (401, "Log in first.\n")
    status, _, text = ask(connection, "GET", path, mounted | {"cookie": f"__Host-session={token}"})
    assert (status, text) == (401, "Confirm who you are first.\n")


def test_a_path_that_only_contains_a_protected_one_is_open(connection):
    assert ask(connection, "GET", "/x/open/page", {"SCRIPT_NAME": "/x"})[0] == 200
