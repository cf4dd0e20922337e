"""The client for threads that may wait."""
from __future__ import annotations

import ctypes
import select

from . import _calls
from ._calls import Connection
from ._library import C
from ._record import TYPE_CHECKING
from ._values import Challenge, Event, Issued, Login, Owner, Page, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Any

    from ._calls import Answers, Call, Secret, Value

    # Gives the answers to a challenge's questions, or None to give up.
    Answering = Callable[[Challenge], Answers | None]


class Client(Connection):
    """A connection to the host's session daemon, for any number of threads. One is enough for a process.

    It connects when it is first used, and again after the daemon was restarted. A child of os.fork() may go on using
    it: it gets a connection of its own. `socket` is the daemon's; `development` the directory of a `usherd --dev`,
    instead. Times are seconds. A with statement closes it.
    """

    def __init__(
            self, socket: str | None = None, *, development: str | None = None, server_user: str | None = None,
            deadline: float | None = None, login_deadline: float | None = None, patience: float | None = None,
            request_patience: float | None = None, cache_capacity: int | None = None) -> None:
        super().__init__(
            socket, development=development, server_user=server_user, deadline=deadline,
            login_deadline=login_deadline, patience=patience, request_patience=request_patience,
            cache_capacity=cache_capacity)

    def __enter__(self) -> Client:
        return self

    def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection. No other thread may be in a call."""
        handle, self._handle = self._handle, None
        if handle is not None:
            C.close(handle)

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()

    @staticmethod
    def _run(call: Call[Value]) -> Value:
        pointer, read = call
        return _calls.taken(C.wait(pointer), read)

    def validate(self, token: str, *, touch: bool = True) -> Session | None:
        """The session that the token proves now; None where it proves none. Most answers come from memory; else it asks
        the daemon. `touch` counts this as use of the session."""
        found = self.remembered(token, touch=touch)
        if found is not None:
            return found
        data = _calls.token_text(token)
        if data is None:
            return None
        failed = ctypes.c_void_p()
        pointer = C.validate(self._usher, data, touch, ctypes.byref(failed))
        if failed.value is not None:
            _calls.taken(failed.value, _calls.nothing)
        return Session(pointer) if pointer else None

    def hello(self) -> dict[str, Any]:
        """What the daemon is and what this process may do there (server.hello of PROTOCOL.md)."""
        return self._run((C.call_hello(self._usher), _calls.json_object))

    def ping(self) -> None:
        """Asks for an answer and nothing else."""
        self._run((C.call_ping(self._usher), _calls.nothing))

    def stats(self, *, by_service: bool = False) -> dict[str, Any]:
        """The daemon's counters (server.stats)."""
        return self._run((C.call_stats(self._usher, by_service), _calls.json_object))

    def login(
            self, user: str, password: Secret | None = None, *, service: str | None = None,
            context: Mapping[str, str] = {}, timeout: float | None = None, answer: Answering = lambda challenge: None
    ) -> Login:
        """Logs a user in. `password` answers the first question that must not be seen; `answer` gives the answers to
        further ones, such as a one-time code, or None to give up, which raises Cancelled."""
        return self._ask(self.dialog(user, password, service=service, context=context, timeout=timeout), answer)

    def reauthenticate(
            self, token: str, password: Secret | None = None, *, context: Mapping[str, str] = {},
            timeout: float | None = None, answer: Answering = lambda challenge: None) -> Login:
        """Lets the user of a session prove again who they are. The session gets a new token; the old one is void."""
        dialog = self._dialog(lambda: self._reauthenticate(token, password, context, timeout))
        return self._ask(dialog, answer)

    def dialog(
            self, user: str, password: Secret | None = None, *, service: str | None = None,
            context: Mapping[str, str] = {}, timeout: float | None = None
    ) -> Generator[Challenge, Answers | None, Login]:
        """A login as a generator, which yields challenges and is sent their answers; its value is the login. Closing it
        ends the login in the daemon too."""
        return self._dialog(lambda: self._login(user, password, service, context, timeout))

    def _dialog(
            self, first: Callable[[], Call[Login | Challenge]]) -> Generator[Challenge, Answers | None, Login]:
        steps = _calls.dialog(first, self._respond, self.cancel_login)
        now = next(steps)
        try:
            while True:
                sent: Any = (yield now) if isinstance(now, Challenge) else self._run(now)
                now = steps.send(sent)
        except StopIteration as end:
            login = end.value
            assert isinstance(login, Login)
            return login
        finally:
            steps.close()

    @staticmethod
    def _ask(dialog: Generator[Challenge, Answers | None, Login], answer: Answering) -> Login:
        try:
            challenge = next(dialog)
            while True:
                challenge = dialog.send(answer(challenge))
        except StopIteration as end:
            login = end.value
            assert isinstance(login, Login)
            return login
        finally:
            dialog.close()

    def start_login(
            self, user: str, password: Secret | None = None, *, service: str | None = None,
            context: Mapping[str, str] = {}, timeout: float | None = None) -> Login | Challenge:
        """The first step of a login, for questions that are asked elsewhere, such as on a web page."""
        return self._run(self._login(user, password, service, context, timeout))

    def start_reauthentication(
            self, token: str, password: Secret | None = None, *, context: Mapping[str, str] = {},
            timeout: float | None = None) -> Login | Challenge:
        """The first step of a re-authentication."""
        return self._run(self._reauthenticate(token, password, context, timeout))

    def respond(self, challenge: Challenge, answers: Answers) -> Login | Challenge:
        """A further step: one answer for each question, in order."""
        return self._run(self._respond(challenge, answers))

    def touch(self, tokens: Sequence[str]) -> None:
        """Counts as use of these sessions."""
        for start in range(0, len(tokens), 1000):
            self._run(self._touch(tokens[start:start + 1000]))

    def rotate(self, token: str) -> Issued:
        """Replaces the session's token; the old one is void at once."""
        return self._run((C.call_rotate(self._usher, _calls.token_text(token)), _calls.issued))

    def update(self, token: str, changes: Mapping[str, str | None], *, if_version: int | None = None) -> int:
        """Sets keys of the session's data, and removes those whose value is None; the data's new version."""
        return self._run(self._update(token, changes, if_version))

    def page(self, owner: Owner, cursor: str | None = None) -> Page:
        """A page of the owner's sessions."""
        return self._run(self._list(owner, cursor))

    def sessions(self, owner: Owner) -> Iterator[Session]:
        """The owner's sessions, page by page as they are asked for."""
        page = self.page(owner)
        yield from page.sessions
        while page.next is not None:
            page = self.page(owner, page.next)
            yield from page.sessions

    def revoke(self, token: str) -> int:
        """Ends the session of the token. Once this has returned nobody accepts it. 1, or 0 where there was none."""
        return self._run(self._revoke(token))

    def revoke_handle(self, handle: str, *, token: str | None = None) -> int:
        """Ends the session of that handle: another one of the user who shows `token`, or any, by the role admin."""
        return self._run(self._revoke_handle(handle, token))

    def revoke_all(self, owner: Owner, *, keep: str | None = None) -> int:
        """Ends all of the owner's sessions but that of the handle `keep`; how many."""
        revoked, cursor = self._run(self._revoke_all(owner, keep, None))
        while cursor is not None:
            more, cursor = self._run(self._revoke_all(owner, keep, cursor))
            revoked += more
        return revoked

    def create(
            self, user: str, *, methods: Sequence[str], service: str | None = None, context: Mapping[str, str] = {}
    ) -> Issued:
        """Makes a session without a login, for somebody whom the caller has authenticated; takes the role issue."""
        return self._run(self._create(user, service, methods, context))

    def limits(self, user: str | None = None) -> dict[str, Any]:
        """What refused logins hold against a user, or the worst (limiter.list); takes the role admin."""
        return self._run((C.call_limiter(self._usher, _calls.text(user)), _calls.json_object))

    def clear_limits(self, user: str | None = None) -> None:
        """Forgives a user, or everybody; takes the role admin."""
        self._run((C.call_limiter_clear(self._usher, _calls.text(user)), _calls.nothing))

    def events(self, kinds: Sequence[str] = (), user: str | None = None) -> Events:
        """What happens to sessions from now on; takes the role watch. A with statement ends it."""
        return Events(self, kinds, user)


class Events:
    """A subscription; of no use in a child of os.fork(). To iterate waits; `next` never does, and `fileno` is what to
    wait for before it."""

    def __init__(self, client: Connection, kinds: Sequence[str], user: str | None) -> None:
        failed = ctypes.c_void_p()
        self._handle: int | None = C.events_open(
            client._usher, _calls.text(" ".join(kinds)), _calls.text(user), ctypes.byref(failed))
        if failed.value is not None:
            _calls.taken(failed.value, _calls.nothing)

    def __enter__(self) -> Events:
        return self

    def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return int(C.events_fd(self._handle))

    @property
    def due(self) -> float | None:
        """In how many seconds `next` is due even if the descriptor stays quiet."""
        deadline = C.events_deadline(self._handle)
        return None if deadline < 0 else deadline / 1000

    def next(self) -> Event | None:
        """The next event; None where there is none yet. Never waits."""
        failed = ctypes.c_void_p()
        info = C.events_next(self._handle, ctypes.byref(failed))
        if failed.value is not None:
            _calls.taken(failed.value, _calls.nothing)
        return _calls.event(info.contents) if info else None

    def __iter__(self) -> Iterator[Event]:
        waiting = select.poll()
        waiting.register(self, select.POLLIN)
        while self._handle is not None:
            found = self.next()
            if found is not None:
                yield found
            else:
                due = self.due
                waiting.poll(None if due is None else due * 1000)

    def close(self) -> None:
        """Ends the subscription."""
        handle, self._handle = self._handle, None
        C.events_close(handle)
