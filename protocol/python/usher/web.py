"""Cookies, the texts of forms and what a request says of its sender: UsherWeb over libusher, as values of Python.

`usher.wsgi` and `usher.asgi` use them; a tool with a framework of its own can too.
"""
import ctypes
import enum
import functools
from collections.abc import Callable, Sequence
from typing import Any

from ._calls import text, token_text
from ._errors import InvalidArgument
from ._library import C, FIELD

_ROOM = 4096


class Cookie(enum.IntEnum):
    """What the Cookie fields of a request say of the session's cookie."""
    NONE = 0
    TOKEN = 1
    MALFORMED = 2
    SEVERAL = 3


class Kind(enum.IntEnum):
    """Who waits for the answer to a request."""
    PAGE = 1
    FRAME = 2
    BACKGROUND = 3
    WEB_SOCKET = 4
    EVENT_STREAM = 5
    PREFLIGHT = 6


class Verdict(enum.IntEnum):
    """Whether a page of this tool caused a request."""
    HARMLESS = 1
    OWN_PAGE = 2
    USER = 3
    TRUSTED_PAGE = 4
    UNKNOWN = 5
    REFUSED = 6


@functools.lru_cache(64)
def _array(kind: Any, count: int) -> Any:
    """The type of an array. Each one that is made anew is a cycle, and a request needs several."""
    return kind * count


def _room(size: int) -> Any:
    return _array(ctypes.c_char, size)()


def _fields(values: Sequence[str]) -> tuple[Any, int]:
    list_ = [value.encode("utf-8", "replace").replace(b"\0", b"?") for value in values]
    return _array(ctypes.c_char_p, len(list_))(*list_), len(list_)


def _sent(given: str) -> bytes | None:
    """A text that came with a request, as C takes it; None, which C refuses, for what would be another text there."""
    try:
        return text(given)
    except InvalidArgument:
        return None


def _written(write: Callable[..., int], *arguments: Any) -> str:
    room = _room(_ROOM)
    if not 0 < write(*arguments, room, _ROOM) < _ROOM:
        raise InvalidArgument(number=2009)
    return room.value.decode()


def read_cookie(fields: Sequence[str], name: str | None = None) -> tuple[Cookie, str | None]:
    """What the values of all Cookie fields say, and the token where there is one."""
    token = _room(44)
    reading = Cookie(C.cookie_read(text(name), *_fields(fields), token))
    return reading, token.value.decode() or None


def set_cookie(token: str, *, name: str | None = None, max_age: int | None = None) -> str:
    """The value of Set-Cookie that stores the token."""
    return _written(C.cookie_set, text(name), token_text(token), -1 if max_age is None else max_age)


def delete_cookie(name: str | None = None) -> str:
    """The value of Set-Cookie that deletes the cookie."""
    return _written(C.cookie_delete, text(name))


def csrf_text(token: str, scope: str = "") -> str:
    """A new text for a form of the session: a hidden field `csrf`, or the header X-CSRF-Token."""
    room = _room(65)
    if not C.csrf_text(token_text(token), text(scope), room):
        raise InvalidArgument(number=2009)
    return room.value.decode()


def csrf_accepts(token: str, given: str, scope: str = "") -> bool:
    """Whether the text was made for the session and the scope."""
    return bool(C.csrf_accepts(token_text(token), text(scope), _sent(given)))


def login_csrf_text(fields: Sequence[str]) -> tuple[str, str | None]:
    """A new text for a login form, and the value of Set-Cookie to send with it, or None where the browser has the
    cookie."""
    room, setting = _room(65), _room(_ROOM)
    if not C.login_csrf_text(*_fields(fields), room, setting, _ROOM):
        raise InvalidArgument(number=2009)
    return room.value.decode(), setting.value.decode() or None


def login_csrf_accepts(fields: Sequence[str], given: str) -> bool:
    """Whether the text was made for the browser that sent these Cookie fields."""
    return bool(C.login_csrf_accepts(*_fields(fields), _sent(given)))


def delete_login_cookie() -> str:
    """The value of Set-Cookie that deletes the login form's cookie."""
    return _written(C.login_csrf_delete)


def origin(address: str, *, insecure_localhost: bool = False) -> str:
    """The origin as browsers write it; raises InvalidArgument unless it is https://host[:port], or http:// of
    localhost."""
    return _written(C.origin, text(address), insecure_localhost)


def return_to(own: str, address: str, reserved: Sequence[str] = ()) -> str | None:
    """Where a login may send the browser back to, as the value of Location; None where the address is refused. Of
    ``reserved``, a path that ends in ``/`` refuses all below it, and each other one itself alone."""
    room = _room(_ROOM)
    size = C.return_to(text(own), *_fields(reserved), _sent(address), room, _ROOM)
    return room.value.decode() if size > 0 else None


def user_agent(name: str) -> str:
    """What of a browser's name is kept in a login's context."""
    room = _room(256)
    C.user_agent(name.encode("utf-8", "replace").replace(b"\0", b""), room, 256)
    return room.value.decode()


def page_headers() -> list[tuple[str, str]]:
    """The fields of a page with a form of ours."""
    count = ctypes.c_size_t()
    list_ = C.page_headers(ctypes.byref(count))
    return [
        (ctypes.string_at(list_[index].name).decode(), ctypes.string_at(list_[index].value).decode())
        for index in range(count.value)]


class Fields:
    """The fields of a request by which it is judged; `get` gives the value of a field by its small name, or None."""

    def __init__(self, method: str, get: Callable[[str], str | None]) -> None:
        self._method = method.encode("utf-8", "replace").replace(b"\0", b"?")
        # Not in self, which would be a cycle: there is one of these for each request.
        kept: list[bytes] = []

        def field(name: bytes, _: Any) -> int | None:
            value = get(name.decode())
            if value is None:
                return None
            kept.append(value.encode("utf-8", "replace").replace(b"\0", b"?") + b"\0")
            return ctypes.c_void_p.from_buffer(ctypes.c_char_p(kept[-1])).value  # cast() makes a cycle

        self._field = FIELD(field)

    @property
    def kind(self) -> Kind:
        """Who waits for the answer."""
        return Kind(C.request_kind(self._method, self._field, None))

    @property
    def redirects_to_login(self) -> bool:
        """Whether a request that needs a login is answered with a redirect; all others get 401."""
        return bool(C.redirects_to_login(self.kind, self._method))

    def verdict(self, own: str, trusted: Sequence[str] = ()) -> Verdict:
        """Whether a page of this tool caused the request."""
        return Verdict(C.fetch_verdict(text(own), *_fields(trusted), self._method, self._field, None))

    def proves_own_page(self, own: str) -> bool:
        """Whether the fields prove by themselves that a page of this tool did: enough for a login form."""
        return bool(C.proves_own_page(text(own), self._field, None))
