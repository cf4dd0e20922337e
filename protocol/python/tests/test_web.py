"""The middleware with Flask and Django, in a real cycle of requests."""
import gc
import html
import io
import os
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest

import usher
import usher.wsgi
from conftest import PASSWORD
from usher import web
from usher._flows import Flows
from usher._tool import Passed, Request, Tool

ORIGIN = "http://localhost:5000"
PAGE = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "accept": "text/html"}
FORM = {"sec-fetch-site": "same-origin", "origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"}


def field(page, name):
    """The value of a hidden field."""
    return html.unescape(re.search(f'name="?{name}"? value="([^"]*)"', page).group(1))


class Browser:
    """Requests to a WSGI application, with cookies."""

    def __init__(self, app):
        self.app, self.cookies = app, {}

    def ask(self, method, address, fields=PAGE, form=None):
        path, _, query = address.partition("?")
        body = urllib.parse.urlencode(form or {}).encode()
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": urllib.parse.unquote(path, "latin-1"), "QUERY_STRING": query,
            "SCRIPT_NAME": "", "REMOTE_ADDR": "192.0.2.7", "SERVER_NAME": "localhost", "SERVER_PORT": "5000",
            "wsgi.url_scheme": "http", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.errors": sys.stderr, "wsgi.version": (1, 0), "wsgi.multithread": False, "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        for name, value in fields.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else "HTTP_" + key] = value
        answered = {}

        def start(status, headers, error=None):
            answered.update(status=int(status.split()[0]), headers=headers)

        text = b"".join(self.app(environ, start)).decode()
        for name, value in answered["headers"]:
            if name.lower() == "set-cookie":
                key, kept = value.split(";")[0].split("=", 1)
                self.cookies[key] = kept
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        return answered["status"], {name.lower(): value for name, value in answered["headers"]}, text

    def log_in(self, user="ada", password=PASSWORD, address="/"):
        page = self.ask("GET", "/login?return_to=" + urllib.parse.quote(address, safe=""))[2]
        form = {"csrf": field(page, "csrf"), "return_to": field(page, "return_to"), "user": user, "password": password}
        return self.ask("POST", "/login", FORM, form)


def flask_app(daemon):
    flask = pytest.importorskip("flask")
    os.environ["USHER_DEVELOPMENT"] = daemon.directory
    sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples"))
    import flask_tool
    return flask_tool.app


def test_a_flask_tool_asks_who_it_is(daemon, client):
    browser = Browser(flask_app(daemon))
    status, headers, _ = browser.ask("GET", "/?page=2")
    assert status == 303 and headers["location"] == ORIGIN + "/login?return_to=%2F%3Fpage%3D2"
    assert browser.ask("GET", "/", {"accept": "application/json"})[0] == 401
    status, headers, _ = browser.log_in(address="/?page=2")
    assert status == 303 and headers["location"] == ORIGIN + "/?page=2"
    status, _, page = browser.ask("GET", "/")
    assert status == 200 and "Hello ada: no note yet" in page
    assert browser.ask("POST", "/note", FORM, {"note": "x"})[0] == 403
    assert browser.ask("POST", "/note", FORM | {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
                       {"note": "x", "csrf": field(page, "csrf")})[0] == 403
    assert browser.ask("POST", "/note", FORM, {"note": "milk", "csrf": field(page, "csrf")})[0] == 303
    assert "Hello ada: milk" in browser.ask("GET", "/")[2]
    client.revoke(browser.cookies["__Host-session"])
    assert browser.ask("GET", "/")[0] == 303


def test_a_note_that_cannot_be_kept_now_costs_no_session(daemon, monkeypatch):
    browser = Browser(flask_app(daemon))
    browser.log_in()
    page = browser.ask("GET", "/")[2]

    def away(*arguments):
        raise usher.Unavailable(retry_after=1.0)

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["flask_tool"].client, "update", away)
        status, _, said = browser.ask("POST", "/note", FORM, {"note": "x", "csrf": field(page, "csrf")})
    assert status == 503 and "Try again" in said and browser.ask("GET", "/")[0] == 200


def test_a_logout_ends_the_session(daemon, client):
    browser = Browser(flask_app(daemon))
    browser.log_in()
    token = browser.cookies["__Host-session"]
    page = browser.ask("GET", "/")[2]
    assert browser.ask("POST", "/logout", FORM, {"csrf": field(page, "csrf")})[0] == 303
    assert client.validate(token) is None and "__Host-session" not in browser.cookies


def test_a_login_asks_for_a_one_time_code(daemon):
    browser = Browser(flask_app(daemon))
    status, _, page = browser.log_in("bob", "battery staple", "/?a=1")
    assert status == 200 and "answer0" in page
    form = {name: field(page, name) for name in ("csrf", "flow", "return_to")} | {"answer0": "123456"}
    status, headers, _ = browser.ask("POST", "/login", FORM, form)
    assert status == 303 and headers["location"] == ORIGIN + "/?a=1"
    assert "took too long" in browser.ask("POST", "/login", FORM, form)[2]


@pytest.mark.parametrize("value", ["x", "{0}; __Host-session={0}"])
def test_a_cookie_that_is_not_believed_is_deleted(daemon, token, value):
    browser = Browser(flask_app(daemon))
    for method, address, fields in [("GET", "/", PAGE), ("GET", "/", {}), ("GET", "/login", PAGE)]:
        browser.cookies["__Host-session"] = value.format(token)
        assert browser.ask(method, address, fields)[0] in (200, 303, 401)
        assert "__Host-session" not in browser.cookies
    browser.cookies["__Host-session"] = value.format(token)
    page = browser.ask("GET", "/login")[2]
    browser.cookies["__Host-session"] = value.format(token)
    form = {"csrf": field(page, "csrf"), "user": "ada", "password": PASSWORD}
    assert browser.ask("POST", "/login", FORM, form)[0] == 303
    assert browser.ask("GET", "/")[0] == 200


def test_another_browser_cannot_answer_and_does_not_end_the_login(daemon):
    browser, other = Browser(flask_app(daemon)), Browser(flask_app(daemon))
    page = browser.log_in("bob", "battery staple")[2]
    form = {name: field(page, name) for name in ("csrf", "flow")} | {"answer0": "123456"}
    stolen = form | {"csrf": field(other.ask("GET", "/login")[2], "csrf")}
    assert "took too long" in other.ask("POST", "/login", FORM, stolen)[2]
    assert browser.ask("POST", "/login", FORM, form)[0] == 303


def test_an_answer_that_cannot_be_sent_ends_the_login_in_the_daemon_too(daemon, client):
    browser = Browser(usher.wsgi.Sessions(flask_app(daemon), client, origin=ORIGIN))
    page = browser.log_in("erin", "battery staple")[2]
    waiting = browser.app.tool._flows._flows[field(page, "flow")]
    form = {name: field(page, name) for name in ("csrf", "flow")} | {"answer0": "x" * 2000}
    assert browser.ask("POST", "/login", FORM, form)[0] == 403
    with pytest.raises(usher.NoSuchTransaction):
        client.respond(waiting.challenge, ["123456"])


def test_a_login_that_had_to_go_ends_in_the_daemon_too(daemon, client):
    app = usher.wsgi.Sessions(flask_app(daemon), client, origin=ORIGIN)
    app.tool._flows = Flows(1)
    page = Browser(app).log_in("bob", "battery staple")[2]
    gone = app.tool._flows._flows[field(page, "flow")]
    assert Browser(app).log_in("bob", "battery staple")[0] == 200
    with pytest.raises(usher.NoSuchTransaction):
        client.respond(gone.challenge, ["123456"])


def test_a_login_comes_back_to_the_very_address(daemon):
    browser = Browser(flask_app(daemon))
    for address in ("/wiki/Z%C3%BCrich", "/a%20b/What%3F", "/50%25", "/q?filter=%7B%22a%22%7D&x={y}"):
        location = browser.ask("GET", address)[1]["location"]
        wanted = urllib.parse.parse_qs(location.partition("?")[2])["return_to"][0]
        assert wanted == address.replace("{y}", "%7By%7D")
        assert Browser(browser.app).log_in(address=wanted)[1]["location"] == ORIGIN + wanted


def test_a_login_comes_back_to_no_page_of_its_own(daemon):
    app = flask_app(daemon)
    for address in ("/login", "/login?return_to=%2Fa", "/%6Cogout", ORIGIN + "/confirm", "/login#a"):
        assert Browser(app).log_in(address=address)[1]["location"] == ORIGIN + "/"
    for address in ("/login-history", "/loginx?a=1", "/confirm/3", "/logout%2F"):
        assert Browser(app).log_in(address=address)[1]["location"] == ORIGIN + address


def outcome(steps, happens):
    """What becomes of a request whose calls happen so: values of calls, or exceptions."""
    try:
        next(steps)
        for one in happens:
            steps.throw(one) if isinstance(one, Exception) else steps.send(one)
    except StopIteration as end:
        return end.value
    raise AssertionError("it asks for more")


def request_of(token, method, path, fields):
    return Request(method, path, "", [f"__Host-session={token}"], fields.get, "192.0.2.7")


def test_a_logout_while_the_daemon_is_away_says_so(client, token):
    request = request_of(token, "POST", "/logout", FORM)
    body = bytearray(urllib.parse.urlencode({"csrf": web.csrf_text(token)}).encode())
    session = client.validate(token)
    steps = Tool(client, ORIGIN).handle(request, body)
    happens = [usher.Unreachable()] if client.remembered(token) else [session, usher.Unreachable()]
    answer = outcome(steps, happens)
    assert answer.status == 503 and "set-cookie" not in dict(answer.fields)


def test_a_web_socket_is_opened_by_own_pages_alone(client, token):
    def ask(fields):
        steps = Tool(client, ORIGIN).handle(request_of(token, "GET", "/ws", {"upgrade": "websocket"} | fields), None)
        return outcome(steps, [client.validate(token)])

    client.validate(token)
    assert isinstance(ask({"origin": ORIGIN}), Passed) and isinstance(ask({}), Passed)
    assert isinstance(ask({"origin": ORIGIN, "sec-fetch-site": "same-origin"}), Passed)
    assert ask({"origin": "https://other.corp.example"}).status == 403
    assert ask({"origin": "https://other.corp.example", "sec-fetch-site": "same-site"}).status == 403


def test_a_form_that_is_too_large_is_told_so(daemon):
    browser = Browser(flask_app(daemon))
    browser.log_in()
    token = web.csrf_text(browser.cookies["__Host-session"])
    assert browser.ask("POST", "/note", FORM, {"note": "x" * 9000, "csrf": token})[0] == 413
    assert browser.ask("POST", "/note", FORM | {"x-csrf-token": token}, {"note": "x" * 9000})[0] != 413


def test_a_name_that_can_be_no_cookies_is_refused_at_once(client):
    with pytest.raises(usher.InvalidArgument):
        Tool(client, ORIGIN, cookie="a b")


def test_a_request_that_was_judged_leaves_nothing_to_collect(token):
    def judge():
        judged = web.Fields("POST", FORM.get)
        assert judged.verdict(ORIGIN) is web.Verdict.OWN_PAGE and judged.kind is web.Kind.BACKGROUND
        assert web.read_cookie([f"__Host-session={token}"]) == (web.Cookie.TOKEN, token)
        assert web.csrf_accepts(token, web.csrf_text(token))
        assert web.return_to(ORIGIN, "/a") and web.user_agent("a") and web.login_csrf_text([])

    judge()
    gc.collect()
    gc.disable()
    try:
        judge()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_texts_that_c_would_cut_are_refused(token):
    assert web.csrf_accepts(token, web.csrf_text(token))
    assert not web.csrf_accepts(token, web.csrf_text(token) + "\0more")
    for address in ("/a\0b", "/a\ud800"):
        assert web.return_to(ORIGIN, address) is None


def test_a_refused_login_says_so_and_sends_nobody_elsewhere(daemon, client):
    browser = Browser(flask_app(daemon))
    status, headers, page = browser.log_in(password="wrong")
    assert status == 403 and "refused" in page and "__Host-session" not in browser.cookies
    assert headers["x-frame-options"] == "DENY"
    client.clear_limits("ada")
    assert browser.log_in(address="https://evil.example/")[1]["location"] == ORIGIN + "/"
    foreign = FORM | {"sec-fetch-site": "cross-site"}
    assert Browser(browser.app).ask("POST", "/login", foreign, {"user": "ada"})[0] == 403


def test_the_address_behind_a_proxy_is_that_which_the_proxy_names(daemon, client):
    proxy_fix = pytest.importorskip("werkzeug.middleware.proxy_fix")
    browser = Browser(proxy_fix.ProxyFix(usher.wsgi.Sessions(flask_app(daemon), client, origin=ORIGIN), x_for=1))
    form = {"csrf": field(browser.ask("GET", "/login")[2], "csrf"), "user": "ada", "password": PASSWORD}
    browser.ask("POST", "/login", FORM | {"x-forwarded-for": "198.51.100.9, 192.0.2.44"}, form)
    assert client.validate(browser.cookies["__Host-session"]).context["remote_ip"] == "192.0.2.44"


class Reading:
    """What a server gives that cannot read into a buffer: a few bytes each time."""

    def __init__(self, body):
        self.rest = body

    def read(self, size):
        part, self.rest = self.rest[:min(size, 5)], self.rest[min(size, 5):]
        return part


@pytest.mark.parametrize("stream", [io.BytesIO, Reading])
def test_a_form_that_was_cut_off_is_refused(client, stream):
    app, answered = usher.wsgi.Sessions(None, client, origin=ORIGIN), []
    body = urllib.parse.urlencode({"user": "ada", "password": PASSWORD}).encode()

    def post(missing):
        environ = {
            "REQUEST_METHOD": "POST", "PATH_INFO": "/login", "CONTENT_TYPE": FORM["content-type"],
            "CONTENT_LENGTH": str(len(body)), "wsgi.input": stream(body[:len(body) - missing]),
            "HTTP_ORIGIN": ORIGIN, "HTTP_SEC_FETCH_SITE": "same-origin"}
        return list(app(environ, lambda status, fields: answered.append(status)))

    assert post(1) == [b"The form was cut off.\n"]
    post(0)
    assert answered == ["400 Bad Request", "303 See Other"]


def test_a_django_tool_sees_the_session(daemon):
    django = pytest.importorskip("django")
    from django.conf import settings
    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="test", MIDDLEWARE=[])
        django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    browser = Browser(usher.wsgi.Sessions(WSGIHandler(), usher.Client(development=daemon.directory), origin=ORIGIN))
    assert browser.ask("GET", "/")[0] == 303
    browser.log_in()
    assert browser.ask("GET", "/")[2] == "Django knows ada"
    token = web.csrf_text(browser.cookies["__Host-session"])
    assert browser.ask("POST", "/", FORM, {"csrf": token, "a": "b"})[2] == "Django knows ada and b"


def view(request):
    from django.http import HttpResponse
    more = f" and {request.POST['a']}" if request.method == "POST" else ""
    return HttpResponse(f"Django knows {request.environ['usher.session'].user}{more}")


try:
    from django.urls import path as _path
    urlpatterns = [_path("", view)]
except ImportError:
    urlpatterns = []


def test_workers_that_gunicorn_has_forked_see_a_revocation_at_once(daemon, client, token):
    pytest.importorskip("flask")
    environment = os.environ | {"USHER_DEVELOPMENT": daemon.directory, "PYTHONPATH": os.pathsep.join(
        [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parents[2] / "examples")])}
    command = [
        sys.executable, "-m", "gunicorn", "--preload", "--workers", "3", "--bind", "127.0.0.1:0", "flask_tool:app"]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        address = None
        for line in server.stderr:
            if found := re.search(r"Listening at: (http://\S+)", line):
                address = found.group(1)
                break
        assert address, "gunicorn does not serve"

        def status():
            request = urllib.request.Request(address + "/", headers={"cookie": f"__Host-session={token}"})
            try:
                return urllib.request.urlopen(request, timeout=60).status
            except urllib.error.HTTPError as error:
                return error.code

        assert [status() for _ in range(20)] == [200] * 20
        client.revoke(token)
        assert [status() for _ in range(20)] == [401] * 20
    finally:
        server.terminate()
        server.wait()
        server.stderr.close()
