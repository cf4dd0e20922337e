"""A web tool's login, logout and guard of its pages, whatever server it runs on: requests in, answers out.

What must be asked of the daemon is yielded as a call, and its outcome is sent back or thrown, so that the same code
serves a thread that may wait (usher.wsgi) and an event loop (usher.asgi).
"""
import html
import secrets
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote

from . import web
from ._calls import Call, Connection
from ._errors import RateLimited, Unavailable, UsherError
from ._errors import AnswerTimedOut, Busy, ConnectionLost, QueueTimedOut, Unreachable
from ._flows import Flow, Flows
from ._form import LIMIT, Form
from ._values import Challenge, Login, Prompt, PromptStyle, Session

_AWAY = (AnswerTimedOut, Busy, ConnectionLost, QueueTimedOut, Unavailable, Unreachable)
_FLOW_LIMIT = 1000
_FLOW_LIFE = 120.0
# What may stand in a path as it is (RFC 3986, section 3.3), and in the query of an address that is encoded already.
_IN_PATH = "/:@!$&'()*+,;=~"
_IN_QUERY = _IN_PATH + "?%"


@dataclass
class Request:
    """What a server knows of a request. `body` gives at most so many bytes, or None where there are more."""
    method: str
    path: str
    query: str
    cookies: Sequence[str]
    get: Callable[[str], str | None]
    address: str | None = None


@dataclass
class Answer:
    """What the server answers by itself."""
    status: int
    fields: list[tuple[str, str]]
    body: bytes


@dataclass
class Passed:
    """The request goes on to the tool, with who asks."""
    session: Session | None
    token: str | None


@dataclass
class Tool:
    """The rules of a tool: which paths need a login, and where the login is."""
    client: Connection
    origin: str
    protects: Callable[[str], bool] = lambda path: True
    cookie: str | None = None
    service: str | None = None
    login: str = "/login"
    logout: str = "/logout"
    start: str = "/"
    title: str = "Log in"
    _flows: Flows = field(default_factory=lambda: Flows(_FLOW_LIMIT))

    def __post_init__(self) -> None:
        self.origin = web.origin(self.origin, insecure_localhost=True)
        web.delete_cookie(self.cookie)  # raises where the name can be no cookie's

    def wants_body(self, request: Request) -> bool:
        """Whether the request is a form that must be read before it is judged."""
        kind = (request.get("content-type") or "").split(";")[0].strip().lower()
        unsafe = request.method not in ("GET", "HEAD", "OPTIONS")
        return unsafe and kind == "application/x-www-form-urlencoded" and request.get("x-csrf-token") is None

    def is_own(self, path: str) -> bool:
        """Whether the path is answered here: nobody else may see what is posted to it."""
        return path in (self.login, self.logout)

    def handle(self, request: Request, body: bytearray | None) -> Generator[Call[Any], Any, Answer | Passed]:
        """What becomes of a request; `body` is that of a form, None where it is too large or none. It is wiped."""
        form = Form(body)
        try:
            return (yield from self._handle(request, body is None, form))
        finally:
            form.wipe()

    def _handle(
            self, request: Request, is_without: bool, form: Form) -> Generator[Call[Any], Any, Answer | Passed]:
        if request.path == self.login:
            return (yield from self._login(request, form))
        token = web.read_cookie(request.cookies, self.cookie)[1]
        session = None
        if token is not None:
            session = self.client.remembered(token)
            if session is None:
                try:
                    session = yield self.client._validate(token, True)
                except _AWAY:
                    return _plain(503, "The session cannot be checked now. Try again in a moment.\n")
        if session is None or token is None:
            return self._anonymous(request)
        if is_without and self.wants_body(request):
            return _plain(413, f"A form has at most {LIMIT} bytes; more takes the header X-CSRF-Token.\n")
        if not self._may_change(request, token, form):
            return _plain(403, "This form has expired, or is another site's. Load the page anew.\n")
        if request.path == self.logout and request.method == "POST":
            return (yield from self._log_out(token))
        return Passed(session, token)

    def _log_out(self, token: str) -> Generator[Call[Any], Any, Answer]:
        try:
            yield self.client._revoke(token)
        except _AWAY:
            return _plain(503, "The session cannot be ended now. Try again in a moment.\n")
        return self._redirect(self.origin + self.login, [web.delete_cookie(self.cookie)])

    def _anonymous(self, request: Request) -> Answer | Passed:
        if not self.protects(request.path) and request.path != self.logout:
            return Passed(None, None)
        if not web.Fields(request.method, request.get).redirects_to_login:
            return _plain(401, "Log in first.\n")
        address = quote(request.path, safe=_IN_PATH)
        if request.query:
            address += "?" + quote(request.query, safe=_IN_QUERY, encoding="latin-1")
        return self._redirect(f"{self.origin}{self.login}?return_to={quote(address, safe='')}", [])

    def _may_change(self, request: Request, token: str, form: Form) -> bool:
        judged = web.Fields(request.method, request.get)
        if judged.kind is web.Kind.WEB_SOCKET:
            # A GET by which a script of any page may open what changes something, and which carries no form's text.
            return web.Fields("POST", request.get).verdict(self.origin) is not web.Verdict.REFUSED
        verdict = judged.verdict(self.origin)
        if verdict is web.Verdict.HARMLESS:
            return True
        given = request.get("x-csrf-token") or form.text("csrf")
        return verdict is not web.Verdict.REFUSED and web.csrf_accepts(token, given)

    def _login(self, request: Request, form: Form) -> Generator[Call[Any], Any, Answer]:
        browser = web.login_csrf_text(request.cookies)
        if request.method in ("GET", "HEAD"):
            wanted = parse_qs(request.query).get("return_to", [self.start])[0]
            return self._page(browser, self._form_of_names(), wanted)
        if request.method != "POST":
            return _plain(405, "This is a page.\n")
        judged = web.Fields(request.method, request.get)
        if judged.verdict(self.origin) is web.Verdict.REFUSED or not (
                web.login_csrf_accepts(request.cookies, form.text("csrf")) or judged.proves_own_page(self.origin)):
            return self._page(browser, self._form_of_names(), self.start, "The form has expired. Try again.", 403)
        wanted = form.text("return_to", self.start)
        try:
            if form.has("flow"):
                flow = self._flows.take(
                    form.text("flow"), time.monotonic(), lambda it: web.login_csrf_accepts(request.cookies, it.browser))
                if flow is None:
                    return self._page(browser, self._form_of_names(), wanted, "The login took too long. Try again.")
                wanted = flow.return_to
                answers = [form.secret(f"answer{index}") for index in range(len(flow.challenge.questions))]
                step = yield self.client._respond(flow.challenge, answers)
            else:
                user, context = form.text("user"), self._context(request)
                step = yield self.client._login(user, form.secret("password"), self.service, context, None)
        except UsherError as error:
            return self._refused(browser, error, wanted)
        if isinstance(step, Challenge):
            name = secrets.token_urlsafe(16)
            self._keep(name, Flow(step, wanted, browser[0], request.address or "", time.monotonic() + _FLOW_LIFE))
            return self._page(browser, _questions(name, step), wanted)
        return self._logged_in(step, wanted)

    def _context(self, request: Request) -> Mapping[str, str]:
        context = {"site": self.origin}
        if request.address:
            context["remote_ip"] = request.address
        if agent := request.get("user-agent"):
            context["user_agent"] = web.user_agent(agent)
        return context

    def _logged_in(self, login: Login, wanted: str) -> Answer:
        location = web.return_to(self.origin, wanted, [self.login, self.logout]) or self.origin + self.start
        return self._redirect(location, [web.set_cookie(login.token, name=self.cookie), web.delete_login_cookie()])

    def _refused(self, browser: tuple[str, str | None], error: UsherError, wanted: str) -> Answer:
        status = 429 if isinstance(error, RateLimited) else 503 if isinstance(error, _AWAY) else 403
        said = " ".join([str(error), *(prompt.text for prompt in error.messages)])
        answer = self._page(browser, self._form_of_names(), wanted, said, status)
        if error.retry_after is not None:
            answer.fields.append(("retry-after", str(int(error.retry_after) + 1)))
        return answer

    def _keep(self, name: str, flow: Flow) -> None:
        for gone in self._flows.insert(name, flow, time.monotonic()):
            self.client.cancel_login(gone.challenge)

    @staticmethod
    def _form_of_names() -> str:
        return (
            '<p><label>User <input name="user" autocomplete="username" autofocus required></label></p>\n'
            '<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>')

    def _page(
            self, browser: tuple[str, str | None], rows: str, wanted: str, said: str = "", status: int = 200
    ) -> Answer:
        given, setting = browser
        page = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(self.title)}</title>\n'
            f"<h1>{html.escape(self.title)}</h1>\n"
            + (f'<p role="alert">{html.escape(said)}</p>\n' if said else "")
            + f'<form method="post" action="{html.escape(self.login)}">\n'
            f'<input type="hidden" name="csrf" value="{given}">\n'
            f'<input type="hidden" name="return_to" value="{html.escape(wanted)}">\n'
            f"{rows}\n<p><button>Go on</button></p></form></html>\n")
        cookies = [("set-cookie", setting)] if setting else []
        fields = [("content-type", "text/html; charset=utf-8"), *web.page_headers(), *cookies]
        return Answer(status, fields, page.encode())

    @staticmethod
    def _redirect(location: str, cookies: list[str]) -> Answer:
        fields = [("location", location), ("cache-control", "no-store")]
        return Answer(303, fields + [("set-cookie", cookie) for cookie in cookies], b"")


def _questions(name: str, challenge: Challenge) -> str:
    rows, index = [f'<input type="hidden" name="flow" value="{name}">'], 0
    for prompt in challenge.prompts:
        if prompt.wants_answer:
            rows.append(_question(prompt, index))
            index += 1
        else:
            rows.append(f"<p>{html.escape(prompt.text)}</p>")
    return "\n".join(rows)


def _question(prompt: Prompt, index: int) -> str:
    kind = "password" if prompt.style is PromptStyle.SECRET else "text"
    return (
        f'<p><label>{html.escape(prompt.text)} <input name="answer{index}" type="{kind}" '
        'autocomplete="one-time-code"></label></p>')


def _plain(status: int, said: str) -> Answer:
    fields = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")]
    return Answer(status, fields, said.encode())
