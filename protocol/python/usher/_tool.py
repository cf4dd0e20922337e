"""A web tool's login, confirmation, logout and guard, whatever server it runs on: requests in, answers out.

What must be asked of the daemon is yielded as a call, and its outcome is sent back or thrown, so that the same code
serves a thread that may wait (usher.wsgi) and an event loop (usher.asgi).
"""
from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from . import web
from ._errors import RateLimited, Unavailable, UsherError
from ._errors import AnswerTimedOut, Busy, ConnectionLost, QueueTimedOut, Unreachable
from ._flows import Flow, Flows
from ._form import LIMIT, Form
from ._pages import Answer, LoginPage, first_question, plain, questions, redirect
from ._record import TYPE_CHECKING
from ._values import Challenge, Login, Session

if TYPE_CHECKING:
    from ._calls import Call, Connection

_AWAY = (AnswerTimedOut, Busy, ConnectionLost, QueueTimedOut, Unavailable, Unreachable)
_FLOW_LIMIT = 1000
_FLOW_LIFE = 120.0
# What may stand in a path as it is (RFC 3986, section 3.3), and in the query of an address that is encoded already.
_IN_PATH = "/:@!$&'()*+,;=~"
_IN_QUERY = _IN_PATH + "?%"


@dataclass
class Request:
    """What a server knows of a request. `path` is what the browser asked for; `routes` are the paths by which the tool
    behind may route it, such as that without the mount, which with some servers the client chooses."""
    method: str
    path: str
    query: str
    cookies: Sequence[str]
    get: Callable[[str], str | None]
    address: str | None = None
    routes: Sequence[str] = ()

    @property
    def spellings(self) -> set[str]:
        """All paths that a rule may mean. Frameworks route `admin` and `//admin` as `/admin`."""
        paths = {self.path, *self.routes}
        return paths | {"/" + re.sub("/+", "/", path).lstrip("/") for path in paths}


@dataclass
class Passed:
    """The request goes on to the tool, with who asks."""
    session: Session | None
    token: str | None


if TYPE_CHECKING:
    # What a request comes to, once the calls that it yields were answered.
    Steps = Generator[Call[Any], Any, Answer | Passed]


@dataclass
class Tool:
    """The rules of a tool: which paths need a login, and where one logs in.

    Rules are asked for each spelling of a path, with the mount and without it: one that is protected is enough, and of
    several ages the smallest counts.
    `max_age` says for a path how many seconds ago, at most, users must have proved who they are; None for any time.
    Whoever has not is sent to `confirm`, which asks for the password again, and comes back with a new token.
    """
    client: Connection
    origin: str
    protects: Callable[[str], bool] = lambda path: True
    cookie: str | None = None
    service: str | None = None
    login: str = "/login"
    logout: str = "/logout"
    start: str = "/"
    title: str = "Log in"
    confirm: str = "/confirm"
    confirm_title: str = "Confirm who you are"
    max_age: Callable[[str], float | None] = lambda path: None
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
        return path in (self.login, self.logout, self.confirm)

    def handle(self, request: Request, body: bytearray | None) -> Steps:
        """What becomes of a request; `body` is that of a form, None where it is too large or none. It is wiped."""
        form = Form(body)
        reading, token = web.read_cookie(request.cookies, self.cookie)
        try:
            outcome = yield from self._handle(request, token, body is None, form)
        finally:
            form.wipe()
        if reading in (web.Cookie.SEVERAL, web.Cookie.MALFORMED) and isinstance(outcome, Answer):
            self._delete_cookie(outcome)
        if request.method == "HEAD" and isinstance(outcome, Answer):
            outcome.body = b""  # some servers would send it, and the client take it for the next answer
        return outcome

    def _handle(self, request: Request, token: str | None, is_without: bool, form: Form) -> Steps:
        if request.path == self.login:
            return (yield from self._log_in(request, form, None, None))
        session = None
        if token is not None:
            session = self.client.remembered(token)
            if session is None:
                try:
                    session = yield self.client._validate(token, True)
                except _AWAY:
                    return plain(503, "The session cannot be checked now. Try again in a moment.\n")
        if session is None or token is None:
            return self._anonymous(request)
        if request.path == self.confirm:
            return (yield from self._log_in(request, form, session, token))
        if is_without and self.wants_body(request):
            return plain(413, f"A form has at most {LIMIT} bytes; more takes the header X-CSRF-Token.\n")
        if not self._may_change(request, token, form):
            return plain(403, "This form has expired, or is another site's. Load the page anew.\n")
        if request.path == self.logout and request.method == "POST":
            return (yield from self._log_out(token))
        limits = [limit for path in request.spellings if (limit := self.max_age(path)) is not None]
        if limits and not session.is_recent(min(limits)):
            return self._demand(request, self.confirm, "Confirm who you are first.\n")
        return Passed(session, token)

    def _delete_cookie(self, answer: Answer) -> None:
        deletion = web.delete_cookie(self.cookie)
        name = deletion.partition("=")[0] + "="
        # A login that has succeeded sets it already (RFC 6265, section 4.1.1: no name twice).
        if not any(field == "set-cookie" and value.startswith(name) for field, value in answer.fields):
            answer.fields.append(("set-cookie", deletion))

    def _log_out(self, token: str) -> Generator[Call[Any], Any, Answer]:
        try:
            yield self.client._revoke(token)
        except _AWAY as error:
            # One that is pending has ended here, and ends on the other hosts by itself.
            if error.pending is None:
                return plain(503, "The session cannot be ended now. Try again in a moment.\n")
        return redirect(self.origin + self.login, [web.delete_cookie(self.cookie)])

    def _anonymous(self, request: Request) -> Answer | Passed:
        if not any(self.protects(path) for path in request.spellings) and not self.is_own(request.path):
            return Passed(None, None)
        return self._demand(request, self.login, "Log in first.\n")

    def _demand(self, request: Request, place: str, said: str) -> Answer:
        """Sends a page to one of the tool's own, which leads back to it; scripts get 401."""
        if not web.Fields(request.method, request.get).redirects_to_login:
            return plain(401, said)
        address = quote(request.path, safe=_IN_PATH)
        if request.query:
            address += "?" + quote(request.query, safe=_IN_QUERY, encoding="latin-1")
        if request.path == self.confirm:
            address = self._wanted(request)
        return redirect(f"{self.origin}{place}?return_to={quote(address, safe='')}")

    def _wanted(self, request: Request) -> str:
        return parse_qs(request.query).get("return_to", [self.start])[0]

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

    def _log_in(
            self, request: Request, form: Form, session: Session | None, token: str | None
    ) -> Generator[Call[Any], Any, Answer]:
        """A page of a login, or with a session's token of a confirmation."""
        page = LoginPage(self.title if session is None else self.confirm_title, request.path, request.cookies)
        first = first_question(None if session is None else session.user)
        if request.method in ("GET", "HEAD"):
            return page.answer(first, self._wanted(request))
        if request.method != "POST":
            return plain(405, "This is a page.\n")
        if not self._is_own_form(request, form):
            return page.answer(first, self.start, "The form has expired. Try again.", 403)
        wanted = form.text("return_to", self.start)
        try:
            if form.has("flow"):
                flow = self._flow(request, form.text("flow"))
                if flow is None:
                    return page.answer(first, wanted, "The login took too long. Try again.")
                wanted = flow.return_to
                step = yield from self._answer(flow.challenge, form)
            else:
                step = yield self._begin(request, form, token)
        except UsherError as error:
            return self._refused(page, first, error, wanted)
        if isinstance(step, Challenge):
            name = secrets.token_urlsafe(16)
            self._keep(name, Flow(
                step, wanted, page.browser, request.path, request.address or "", time.monotonic() + _FLOW_LIFE))
            return page.answer(questions(name, step), wanted)
        return self._logged_in(step, wanted)

    def _is_own_form(self, request: Request, form: Form) -> bool:
        judged = web.Fields(request.method, request.get)
        return judged.verdict(self.origin) is not web.Verdict.REFUSED and (
            web.login_csrf_accepts(request.cookies, form.text("csrf")) or judged.proves_own_page(self.origin))

    def _begin(self, request: Request, form: Form, token: str | None) -> Call[Login | Challenge]:
        user, context = form.text("user"), self._context(request)
        if token is None:
            return self.client._login(user, form.secret("password"), self.service, context, None)
        return self.client._reauthenticate(token, form.secret("password"), context, None)

    def _answer(self, challenge: Challenge, form: Form) -> Generator[Call[Any], Any, Login | Challenge]:
        answers = [form.secret(f"answer{index}") for index in range(len(challenge.questions))]
        try:
            step: Login | Challenge = yield self.client._respond(challenge, answers)
        except BaseException:
            # The flow was taken out, so nobody can answer any more: what could not be sent leaves the daemon waiting.
            self.client.cancel_login(challenge)
            raise
        return step

    def _flow(self, request: Request, name: str) -> Flow | None:
        """The login that waits, of this browser and this page."""
        return self._flows.take(
            name, time.monotonic(),
            lambda it: it.action == request.path and web.login_csrf_accepts(request.cookies, it.browser))

    def _context(self, request: Request) -> Mapping[str, str]:
        context = {"site": self.origin}
        if request.address:
            context["remote_ip"] = request.address
        if agent := request.get("user-agent"):
            context["user_agent"] = web.user_agent(agent)
        return context

    def _logged_in(self, login: Login, wanted: str) -> Answer:
        location = web.return_to(self.origin, wanted)
        if location is None or self.is_own(unquote(location.removeprefix(self.origin).partition("?")[0])):
            location = self.origin + self.start
        return redirect(location, [web.set_cookie(login.token, name=self.cookie), web.delete_login_cookie()])

    @staticmethod
    def _refused(page: LoginPage, first: str, error: UsherError, wanted: str) -> Answer:
        status = 429 if isinstance(error, RateLimited) else 503 if isinstance(error, _AWAY) else 403
        said = " ".join([str(error), *(prompt.text for prompt in error.messages)])
        answer = page.answer(first, wanted, said, status)
        if error.retry_after is not None:
            answer.fields.append(("retry-after", str(int(error.retry_after) + 1)))
        return answer

    def _keep(self, name: str, flow: Flow) -> None:
        for gone in self._flows.insert(name, flow, time.monotonic()):
            self.client.cancel_login(gone.challenge)
