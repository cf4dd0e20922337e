"""The calls of a client, described and read, whoever waits for them."""
from __future__ import annotations

import ctypes

from ._errors import BY_NAME, Closed, InvalidArgument, UsherError
from ._library import C, Answer, Options, Pair
from ._record import TYPE_CHECKING
from ._values import Challenge, Event, Issued, Login, Owner, Page, PendingChange, Session, prompts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
    from typing import Any, TypeVar

    Value = TypeVar("Value")
    # A password or an answer. A bytearray is wiped once it was handed over; a str stays in memory until Python uses its
    # place again.
    Secret = bytearray | bytes | str
    Answers = Sequence[Secret]
    Call = tuple[int, Callable[[int], Value]]

_TOKEN_SIZE = 43
# Longer than any login or session, and short enough for the library's milliseconds.
_LONGEST = 1e9


def utf8(value: str) -> bytes:
    """The bytes of a text; a lone surrogate has none."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(number=2009) from None


def text(value: str | None) -> bytes | None:
    """A text for C. One with a NUL in it would be cut there."""
    if value is None:
        return None
    data = utf8(value)
    if b"\0" in data:
        raise InvalidArgument(number=2009)
    return data


def token_text(token: str) -> bytes | None:
    """A token for C; None for what is none."""
    if len(token) != _TOKEN_SIZE or not token.isascii() or "\0" in token:
        return None
    return token.encode()


def texts(values: Iterable[str]) -> tuple[Any, int]:
    """An array of texts for C."""
    list_ = [text(value) for value in values]
    return (ctypes.c_char_p * len(list_))(*list_), len(list_)


def pairs(values: Mapping[str, str | None]) -> tuple[Any, int, list[Any]]:
    """An array of pairs for C, and what keeps its texts in memory."""
    kept: list[Any] = []

    def sized(value: str | None) -> tuple[int | None, int]:
        if value is None:
            return None, 0
        buffer = ctypes.create_string_buffer(utf8(value))
        kept.append(buffer)
        return ctypes.addressof(buffer), len(buffer) - 1

    array = (Pair * len(values))()
    for pair, (name, value) in zip(array, values.items()):
        pair.name, pair.name_size = sized(name)
        pair.value, pair.value_size = sized(value)
    return array, len(array), kept


class wiped:
    """Secrets as C takes them, for the length of a with statement; zeroed behind it, the caller's bytearrays too."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._given = list(secrets)
        self._copies: list[bytearray] = []

    def __enter__(self) -> list[tuple[Any, int]]:
        try:
            for one in self._given:
                self._copies.append(bytearray(utf8(one) if isinstance(one, str) else one))
        except BaseException:
            self.__exit__()
            raise
        return [
            ((ctypes.c_char * (len(copy) or 1)).from_buffer(copy if copy else bytearray(1)), len(copy))
            for copy in self._copies]

    def __exit__(self, *failure: Any) -> None:
        for secret in self._copies + [one for one in self._given if isinstance(one, bytearray)]:
            secret[:] = bytes(len(secret))


def failure(result: int) -> UsherError | None:
    """The exception of a result; None where it did not fail."""
    error = C.result_error(result)
    if not error:
        return None
    error = error.contents
    wait, until = (None if time < 0 else time / 1000 for time in (error.retry_after_ms, error.pending_until_ms))
    return BY_NAME.get(error.name.decode(), UsherError)(
        error.text.decode(), error.number, error.detail.decode(), wait, prompts(error.messages, error.message_count),
        PendingChange(until) if error.pending else None)


def taken(result: int, read: Callable[[int], Value]) -> Value:
    """What a result says; frees it. Raises where the call failed."""
    try:
        error = failure(result)
        if error is not None:
            raise error
        return read(result)
    finally:
        C.result_free(result)


def nothing(result: int) -> None:
    """Reads no more than that a call has succeeded."""


def count(result: int) -> int:
    """Reads a number."""
    return int(C.result_count(result))


def json_object(result: int) -> dict[str, Any]:
    """Reads the daemon's own JSON."""
    import json
    value = json.loads(C.result_json(result))
    assert isinstance(value, dict)
    return value


def session(result: int) -> Session | None:
    """Reads a session, which there may be."""
    pointer = C.result_session(result)
    return Session(C.session_retain(pointer)) if pointer else None


def _present(result: int) -> Session:
    return Session(C.session_retain(C.result_session(result)))


def issued(result: int) -> Issued:
    """Reads a session with its new token."""
    return Issued(C.result_token(result).decode(), _present(result))


def step(result: int) -> Login | Challenge:
    """Reads where a login stands."""
    info = C.result_login(result)
    if not info:
        return Challenge(C.result_challenge(result))
    info = info.contents
    return Login(
        C.result_token(result).decode(), _present(result), info.failures_since_last,
        None if info.last_login < 0 else info.last_login, prompts(info.messages, info.message_count))


def page(result: int) -> Page:
    """Reads a page of sessions."""
    sessions: list[Session] = []
    while pointer := C.result_session_at(result, len(sessions)):
        sessions.append(Session(C.session_retain(pointer)))
    return Page(sessions, _cursor(result), C.result_is_partial(result) != 0)


def piece(result: int) -> tuple[int, str | None]:
    """Reads how many sessions were ended, and where to go on."""
    return count(result), _cursor(result)


def _cursor(result: int) -> str | None:
    cursor = C.result_next(result)
    return cursor.decode() if cursor else None


def event(info: Any) -> Event:
    """An event of C, copied."""
    def optional(value: bytes | None) -> str | None:
        return value.decode() if value is not None else None

    return Event(
        info.kind.decode(), info.at, optional(info.handle), optional(info.realm), optional(info.service),
        optional(info.user), optional(info.reason), optional(info.detail), optional(info.source),
        optional(info.client), optional(info.host))


def milliseconds(seconds: float | None) -> int:
    """Seconds as C takes them: None is the default, 0 is none at all."""
    if seconds is None:
        return 0
    return max(1, round(min(seconds, _LONGEST) * 1000)) if seconds > 0 else -1


class Connection:
    """The handle of a connection, and the calls over it."""

    def __init__(
            self, socket: str | None = None, *, development: str | None = None, server_user: str | None = None,
            deadline: float | None = None, login_deadline: float | None = None, patience: float | None = None,
            request_patience: float | None = None, cache_capacity: int | None = None, own_loop: bool = False) -> None:
        capacity = 0 if cache_capacity is None else cache_capacity or -1
        options = Options(
            ctypes.sizeof(Options), text(socket), text(server_user), text(development), int(own_loop),
            milliseconds(deadline), milliseconds(login_deadline), milliseconds(patience),
            milliseconds(request_patience), 0, capacity)
        self._handle: int | None = C.open(ctypes.byref(options))
        if not self._handle:
            raise InvalidArgument(number=2009)

    @property
    def _usher(self) -> int:
        if self._handle is None:
            raise Closed(number=2007)
        return self._handle

    def remembered(self, token: str, *, touch: bool = True) -> Session | None:
        """The session, as far as memory can tell; None where it cannot. Never waits."""
        if len(token) != _TOKEN_SIZE:
            return None
        try:
            pointer = C.remembered(self._handle, token.encode(), touch)
        except UnicodeEncodeError:
            return None
        return Session(pointer) if pointer else None

    def _validate(self, token: str, touch: bool) -> Call[Session | None]:
        return C.call_validate(self._usher, token_text(token), touch), session

    def _login(
            self, user: str, password: Secret | None, service: str | None, context: Mapping[str, str],
            timeout: float | None) -> Call[Login | Challenge]:
        with wiped([password] if password is not None else []) as secrets:
            array, size, kept = pairs(context)
            secret, length = secrets[0] if secrets else (None, 0)
            return C.call_login(
                self._usher, text(user), secret, length, text(service), array, size, milliseconds(timeout)), step

    def _reauthenticate(
            self, token: str, password: Secret | None, context: Mapping[str, str], timeout: float | None
    ) -> Call[Login | Challenge]:
        with wiped([password] if password is not None else []) as secrets:
            array, size, kept = pairs(context)
            secret, length = secrets[0] if secrets else (None, 0)
            return C.call_reauthenticate(
                self._usher, token_text(token), secret, length, array, size, milliseconds(timeout)), step

    def _respond(self, challenge: Challenge, answers: Answers) -> Call[Login | Challenge]:
        with wiped(answers) as secrets:
            array = (Answer * len(secrets))(*(Answer(ctypes.addressof(one), size) for one, size in secrets))
            return C.call_respond(self._usher, challenge._pointer, array, len(array)), step

    def cancel_login(self, challenge: Challenge) -> None:
        """Ends a login that waits for answers. Does not wait for the daemon. A client that was closed has ended its
        logins."""
        if self._handle is not None:
            C.cancel_login(self._handle, challenge._pointer)

    def _update(self, token: str, changes: Mapping[str, str | None], if_version: int | None) -> Call[int]:
        array, size, kept = pairs(changes)
        return C.call_update(self._usher, token_text(token), array, size, if_version or 0), count

    def _list(self, owner: Owner, cursor: str | None) -> Call[Page]:
        return C.call_list(self._usher, owner.kind, text(owner.name), text(cursor)), page

    def _revoke(self, token: str) -> Call[int]:
        return C.call_revoke(self._usher, token_text(token)), count

    def _revoke_handle(self, handle: str, token: str | None) -> Call[int]:
        shown = None if token is None else token_text(token) or b""
        return C.call_revoke_handle(self._usher, text(handle), shown), count

    def _revoke_all(self, owner: Owner, keep: str | None, cursor: str | None) -> Call[tuple[int, str | None]]:
        return C.call_revoke_all(self._usher, owner.kind, text(owner.name), text(keep), text(cursor)), piece

    def _create(
            self, user: str, service: str | None, methods: Sequence[str], context: Mapping[str, str]) -> Call[Issued]:
        array, size, kept = pairs(context)
        return C.call_create(self._usher, text(user), text(service), *texts(methods), array, size), issued

    def _touch(self, tokens: Sequence[str]) -> Call[None]:
        return C.call_touch(self._usher, *texts(tokens)), nothing


def dialog(
        first: Callable[[], Call[Login | Challenge]], respond: Callable[[Challenge, Answers], Call[Login | Challenge]],
        cancel: Callable[[Challenge], None]
) -> Generator[Call[Login | Challenge] | Challenge, Any, Login]:
    """A login as a generator, whoever waits and whoever is asked: yields calls, to be sent their results, and
    challenges, to be sent answers, or None to give up. Ends with the login."""
    from ._errors import Cancelled, ProtocolViolation
    now = yield first()
    for _ in range(33):
        if isinstance(now, Login):
            return now
        try:
            answers = [] if not now.questions else (yield now)
            if answers is None:
                raise Cancelled(number=1010)
            now = yield respond(now, answers)
        except BaseException:
            # Nobody answers any more, and answers that cannot be sent leave the daemon waiting.
            cancel(now)
            raise
    if not isinstance(now, Login):
        cancel(now)
        raise ProtocolViolation(number=2006)
    return now
