"""What the tool's own paths answer: pages of a login, redirects and plain text."""
import html
from collections.abc import Sequence
from dataclasses import dataclass

from . import web
from ._values import Challenge, Prompt, PromptStyle, Purpose


@dataclass
class Answer:
    """What the server answers by itself."""
    status: int
    fields: list[tuple[str, str]]
    body: bytes


class LoginPage:
    """A page with a form that is posted to `action`, for the browser that shows these Cookie fields."""

    def __init__(self, title: str, action: str, cookies: Sequence[str]) -> None:
        self._title, self._action = html.escape(title), html.escape(action)
        self.browser, self._setting = web.login_csrf_text(cookies)

    def answer(self, rows: str, wanted: str, said: str = "", status: int = 200) -> Answer:
        """The page. `wanted` is where the login leads, `said` what is shown above the form."""
        page = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{self._title}</title>\n'
            f"<h1>{self._title}</h1>\n"
            + (f'<p role="alert">{html.escape(said)}</p>\n' if said else "")
            + f'<form method="post" action="{self._action}">\n'
            f'<input type="hidden" name="csrf" value="{self.browser}">\n'
            f'<input type="hidden" name="return_to" value="{html.escape(wanted)}">\n'
            f"{rows}\n<p><button>Go on</button></p></form></html>\n")
        cookies = [("set-cookie", self._setting)] if self._setting else []
        fields = [("content-type", "text/html; charset=utf-8"), *web.page_headers(), *cookies]
        return Answer(status, fields, page.encode())


def first_question(user: str | None) -> str:
    """The rows that ask for a name and a password, or a user for the password alone."""
    name = (
        '<p><label>User <input name="user" autocomplete="username" autofocus required></label></p>' if user is None
        else f"<p>You are {html.escape(user)}.</p>")
    focus = "" if user is None else " autofocus"
    return name + (
        '\n<p><label>Password <input name="password" type="password" autocomplete="current-password"'
        f"{focus}></label></p>")


def questions(name: str, challenge: Challenge) -> str:
    """The rows that ask what PAM asks; `name` is that of the login that waits."""
    rows, index = [f'<input type="hidden" name="flow" value="{name}">'], 0
    for prompt in challenge.prompts:
        if prompt.wants_answer:
            rows.append(_question(prompt, index, _autocomplete(challenge, prompt)))
            index += 1
        else:
            rows.append(f"<p>{html.escape(prompt.text)}</p>")
    return "\n".join(rows)


def _question(prompt: Prompt, index: int, autocomplete: str) -> str:
    kind, focus = "password" if prompt.style is PromptStyle.SECRET else "text", "" if index else " autofocus"
    return (
        f'<p><label>{html.escape(prompt.text)} <input name="answer{index}" type="{kind}" '
        f'autocomplete="{autocomplete}"{focus}></label></p>')


def _autocomplete(challenge: Challenge, prompt: Prompt) -> str:
    """PAM says by its text alone whether it asks for the password from before, where no new one must be filled in."""
    if challenge.purpose is not Purpose.PASSWORD_CHANGE:
        return "one-time-code"
    text = prompt.text.lower()
    return "current-password" if "current" in text or text.startswith("old ") else "new-password"


def plain(status: int, said: str) -> Answer:
    """A text, for scripts and where nothing can be asked."""
    fields = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")]
    return Answer(status, fields + [("www-authenticate", 'Cookie realm="usher"')] * (status == 401), said.encode())


def redirect(location: str, cookies: Sequence[str] = ()) -> Answer:
    """Another page is to be loaded."""
    fields = [("location", location), ("cache-control", "no-store")]
    return Answer(303, fields + [("set-cookie", cookie) for cookie in cookies], b"")
