"""What the daemon says, as values of Python."""
from __future__ import annotations

import enum
from ctypes import string_at

from ._library import C, Pair, PromptText
from ._record import TYPE_CHECKING, Record

if TYPE_CHECKING:
    from typing import Any


class PromptStyle(enum.IntEnum):
    """How a prompt is to be shown."""
    SECRET = 1
    VISIBLE = 2
    INFO = 3
    ERROR = 4


class Purpose(enum.IntEnum):
    """What questions are for."""
    LOGIN = 1
    PASSWORD_CHANGE = 2


class Prompt(Record):
    """One line of PAM's conversation. A terminal must not be given its text as it stands."""
    __slots__ = ("style", "text")
    style: PromptStyle
    text: str

    @property
    def wants_answer(self) -> bool:
        """Whether an answer is wanted."""
        return self.style in (PromptStyle.SECRET, PromptStyle.VISIBLE)


class PendingChange(Record):
    """An end of sessions that has begun on a host that shares them with others: it is in effect here, and goes on by
    itself on all others. `until` is after how many seconds no host accepts the sessions any more, not even one that
    cannot be reached; None where that is not known."""
    __slots__ = ("until",)
    until: float | None


class Owner(Record):
    """Whose sessions are meant."""
    __slots__ = ("kind", "name")
    kind: int
    name: str | None

    @classmethod
    def of_token(cls, token: str) -> Owner:
        """The user of the session that the token proves."""
        return cls(1, token)

    @classmethod
    def of_user(cls, user: str) -> Owner:
        """A user by name; takes the role admin."""
        return cls(2, user)

    @classmethod
    def everybody(cls, realm: str | None = None) -> Owner:
        """Everybody in a realm, or in all; takes the role admin."""
        return cls(3, realm)


class Session:
    """A session as the daemon described it in one answer."""

    __slots__ = ("_pointer", "_members")

    def __init__(self, pointer: int) -> None:
        """Takes over a reference."""
        self._pointer = pointer
        self._members: Any = None

    def __del__(self, free: Any = C.session_free) -> None:
        free(self._pointer)

    @property
    def _info(self) -> Any:
        if self._members is None:
            self._members = C.session_info_of(self._pointer).contents
        return self._members

    @property
    def handle(self) -> str:
        """The public name, which may be shown and logged."""
        return str(self._info.handle.decode())

    @property
    def realm(self) -> str:
        """The realm in which its token is valid."""
        return str(self._info.realm.decode())

    @property
    def service(self) -> str:
        """The service that the user logged in through."""
        return str(self._info.service.decode())

    @property
    def user(self) -> str:
        """The canonical name."""
        return str(self._info.user.decode())

    @property
    def uid(self) -> int | None:
        """The account's number; None where no account stands behind the name."""
        return None if self._info.uid < 0 else int(self._info.uid)

    @property
    def created(self) -> int:
        """When it began, in seconds since 1970."""
        return int(self._info.created)

    @property
    def authenticated(self) -> int:
        """When the user last proved who they are."""
        return int(self._info.authenticated)

    @property
    def last_seen(self) -> int:
        """When it was last used, as far as this answer knows."""
        return int(self._info.last_seen)

    @property
    def idle_expires(self) -> int:
        """When it ends unless it is used before."""
        return int(self._info.idle_expires)

    @property
    def expires(self) -> int:
        """When it ends in any case."""
        return int(self._info.expires)

    @property
    def version(self) -> int:
        """Counts the changes of the data, from 1."""
        return int(self._info.version)

    @property
    def methods(self) -> tuple[str, ...]:
        """How the user was authenticated, as RFC 8176 names it."""
        info = self._info
        return tuple(info.methods[index].decode() for index in range(info.method_count))

    @property
    def context(self) -> dict[str, str]:
        """What the tool that logged the user in said about it."""
        return _pairs(self._info.context, self._info.context_count)

    @property
    def data(self) -> dict[str, str]:
        """What tools keep with the session. Any tool of the realm may rewrite it, so it must not grant anything."""
        return _pairs(self._info.data, self._info.data_count)

    def is_recent(self, max_age: float) -> bool:
        """Whether the user has proved within so many seconds who they are."""
        return bool(C.session_is_recent(self._pointer, int(min(max_age, 1e9))))

    def __repr__(self) -> str:
        return f"<usher.Session {self.handle} of {self.user!r}>"


class Challenge:
    """Questions that must be answered before a login goes on."""

    def __init__(self, pointer: int) -> None:
        """Takes over a reference."""
        self._pointer = pointer
        info = C.challenge_info_of(pointer).contents
        self.purpose = Purpose(info.purpose)
        self.prompts = prompts(info.prompts, info.prompt_count)

    def __del__(self, free: Any = C.challenge_free) -> None:
        free(self._pointer)

    @property
    def questions(self) -> tuple[Prompt, ...]:
        """The prompts that want an answer."""
        return tuple(prompt for prompt in self.prompts if prompt.wants_answer)


class Issued(Record):
    """A session with its new token, which is left out of the value's text."""
    __slots__ = ("token", "session")
    token: str
    session: Session

    def __repr__(self) -> str:
        return f"<usher.{type(self).__name__} {self.session!r}>"


class Login(Issued):
    """A login that succeeded."""
    __slots__ = ("failures_since_last", "last_login", "messages")
    failures_since_last: int
    last_login: int | None
    messages: tuple[Prompt, ...]


class Page(Record):
    """Part of a list of sessions; `next` is where the next one begins. `is_partial`: there may be sessions on other
    hosts that no page has, because the daemon lists those that its host has seen."""
    __slots__ = ("sessions", "next", "is_partial")
    sessions: list[Session]
    next: str | None
    is_partial: bool


class Event(Record):
    """Something that happened to a session or a login. After the kind `gap` events may be missing."""
    __slots__ = ("kind", "at", "handle", "realm", "service", "user", "reason", "detail", "source", "client", "host")
    kind: str
    at: int
    handle: str | None
    realm: str | None
    service: str | None
    user: str | None
    reason: str | None
    detail: str | None
    source: str | None
    client: str | None
    host: str | None


def prompts(list_: Any, count: int) -> tuple[Prompt, ...]:
    """Prompts of C."""
    return tuple(_prompt(list_[index]) for index in range(count))


def _prompt(prompt: PromptText) -> Prompt:
    return Prompt(PromptStyle(prompt.style), prompt.text.decode())


def _pairs(list_: Any, count: int) -> dict[str, str]:
    return dict(_pair(list_[index]) for index in range(count))


def _pair(pair: Pair) -> tuple[str, str]:
    return string_at(pair.name, pair.name_size).decode(), string_at(pair.value, pair.value_size).decode()
