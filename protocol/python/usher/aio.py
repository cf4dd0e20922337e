"""The client for asyncio: on the loop by its descriptor, without a thread.

    async with usher.aio.Client() as client:
        session = await client.validate(token)
"""
from __future__ import annotations

import asyncio

from . import _calls
from ._calls import Connection
from ._client import Events
from ._errors import Closed
from ._library import C, DONE
from ._record import TYPE_CHECKING
from ._values import Challenge, Event, Issued, Login, Owner, Page, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Any

    from ._calls import Answers, Call, Secret, Value

    Answering = Callable[[Challenge], Awaitable[Answers | None]]


async def _give_up(challenge: Challenge) -> Answers | None:
    return None


class Client(Connection):
    """A connection for the tasks of one event loop, the one that runs when it is made. Otherwise as usher.Client.

    Cancelling a task that waits for a call ends the call; a login that came about all the same is revoked.
    """

    def __init__(
            self, socket: str | None = None, *, development: str | None = None, server_user: str | None = None,
            deadline: float | None = None, login_deadline: float | None = None, patience: float | None = None,
            request_patience: float | None = None, cache_capacity: int | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        super().__init__(
            socket, development=development, server_user=server_user, deadline=deadline,
            login_deadline=login_deadline, patience=patience, request_patience=request_patience,
            cache_capacity=cache_capacity, own_loop=True)
        self._waiting: dict[int, tuple[asyncio.Future[Any], Callable[[int], Any]]] = {}
        self._last = 0
        self._timer: asyncio.TimerHandle | None = None
        self._done = DONE(self._complete)
        self._descriptor = C.fd(self._usher)
        self._loop.add_reader(self._descriptor, self._turn)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; calls under way raise Closed. A loop that was closed before is left alone."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        if not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
        if self._timer is not None:
            self._timer.cancel()
        C.close(handle)

    @property
    def is_of_running_loop(self) -> bool:
        """Whether the loop that runs now is the client's."""
        return self._loop is asyncio.get_running_loop()

    @property
    def is_of_closed_loop(self) -> bool:
        """Whether the client's loop was closed: the client is of no more use."""
        return self._loop.is_closed()

    def _complete(self, result: int, key: int) -> None:
        future, read = self._waiting.pop(key)
        is_awaited = not future.done() and not self._loop.is_closed()
        try:
            value = _calls.taken(result, read)
        except Exception as error:
            if is_awaited:
                future.set_exception(error)
        else:
            if not is_awaited:
                self._abandon(value)
            else:
                future.set_result(value)

    def _abandon(self, value: Any) -> None:
        """Nobody waits for this outcome any more: a login that goes on ends, and a session whose token nobody has."""
        if self._handle is None:
            return
        if isinstance(value, Challenge):
            self.cancel_login(value)
        elif isinstance(value, Issued):
            self._begin(self._revoke(value.token))[0].add_done_callback(lambda ended: ended.exception())

    def _turn(self) -> None:
        if self._handle is not None:
            C.process(self._handle)
        self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._handle is None:
            return
        due = C.deadline(self._handle)
        if due >= 0:
            self._timer = self._loop.call_later(due / 1000, self._turn)

    def _begin(self, call: Call[Value]) -> tuple[asyncio.Future[Value], int]:
        pointer, read = call
        self._last += 1
        future: asyncio.Future[Value] = self._loop.create_future()
        self._waiting[self._last] = (future, read)
        number = C.then(pointer, self._done, self._last)
        if number == 0:
            del self._waiting[self._last]
            raise Closed(number=2007)
        self._schedule()
        return future, number

    async def _run(self, call: Call[Value]) -> Value:
        future, number = self._begin(call)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._abandon(future.result())
            elif self._handle is not None:
                C.cancel(self._handle, number)
            raise

    async def validate(self, token: str, *, touch: bool = True) -> Session | None:
        """As usher.Client.validate: from memory without leaving the task, else by the daemon."""
        found = self.remembered(token, touch=touch)
        if found is not None:
            return found
        if _calls.token_text(token) is None:
            return None
        return await self._run(self._validate(token, touch))

    async def hello(self) -> dict[str, Any]:
        """As usher.Client.hello."""
        return await self._run((C.call_hello(self._usher), _calls.json_object))

    async def ping(self) -> None:
        """As usher.Client.ping."""
        await self._run((C.call_ping(self._usher), _calls.nothing))

    async def stats(self, *, by_service: bool = False) -> dict[str, Any]:
        """As usher.Client.stats."""
        return await self._run((C.call_stats(self._usher, by_service), _calls.json_object))

    async def login(
            self, user: str, password: Secret | None = None, *, service: str | None = None,
            context: Mapping[str, str] = {}, timeout: float | None = None, answer: Answering = _give_up) -> Login:
        """As usher.Client.login; `answer` is awaited."""
        return await self._ask(lambda: self._login(user, password, service, context, timeout), answer)

    async def reauthenticate(
            self, token: str, password: Secret | None = None, *, context: Mapping[str, str] = {},
            timeout: float | None = None, answer: Answering = _give_up) -> Login:
        """As usher.Client.reauthenticate."""
        return await self._ask(lambda: self._reauthenticate(token, password, context, timeout), answer)

    async def _ask(self, first: Callable[[], Call[Login | Challenge]], answer: Answering) -> Login:
        steps = _calls.dialog(first, self._respond, self.cancel_login)
        now: Any = next(steps)
        try:
            while True:
                now = steps.send(await answer(now) if isinstance(now, Challenge) else await self._run(now))
        except StopIteration as end:
            login = end.value
            assert isinstance(login, Login)
            return login
        finally:
            steps.close()

    async def start_login(
            self, user: str, password: Secret | None = None, *, service: str | None = None,
            context: Mapping[str, str] = {}, timeout: float | None = None) -> Login | Challenge:
        """As usher.Client.start_login."""
        return await self._run(self._login(user, password, service, context, timeout))

    async def respond(self, challenge: Challenge, answers: Answers) -> Login | Challenge:
        """As usher.Client.respond."""
        return await self._run(self._respond(challenge, answers))

    async def touch(self, tokens: Sequence[str]) -> None:
        """As usher.Client.touch."""
        for start in range(0, len(tokens), 1000):
            await self._run(self._touch(tokens[start:start + 1000]))

    async def rotate(self, token: str) -> Issued:
        """As usher.Client.rotate."""
        return await self._run((C.call_rotate(self._usher, _calls.token_text(token)), _calls.issued))

    async def update(self, token: str, changes: Mapping[str, str | None], *, if_version: int | None = None) -> int:
        """As usher.Client.update."""
        return await self._run(self._update(token, changes, if_version))

    async def page(self, owner: Owner, cursor: str | None = None) -> Page:
        """As usher.Client.page."""
        return await self._run(self._list(owner, cursor))

    async def revoke(self, token: str) -> int:
        """As usher.Client.revoke."""
        return await self._run(self._revoke(token))

    async def revoke_handle(self, handle: str, *, token: str | None = None) -> int:
        """As usher.Client.revoke_handle."""
        return await self._run(self._revoke_handle(handle, token))

    async def revoke_all(self, owner: Owner, *, keep: str | None = None) -> int:
        """As usher.Client.revoke_all."""
        revoked, cursor = await self._run(self._revoke_all(owner, keep, None))
        while cursor is not None:
            more, cursor = await self._run(self._revoke_all(owner, keep, cursor))
            revoked += more
        return revoked

    async def create(
            self, user: str, *, methods: Sequence[str], service: str | None = None, context: Mapping[str, str] = {}
    ) -> Issued:
        """As usher.Client.create."""
        return await self._run(self._create(user, service, methods, context))

    async def events(self, kinds: Sequence[str] = (), user: str | None = None) -> AsyncIterator[Event]:
        """What happens to sessions from now on; takes the role watch. Ends with the iteration."""
        events = Events(self, kinds, user)
        ready, descriptor = asyncio.Event(), events.fileno()

        def readable() -> None:
            # It stays readable until `next` has been called: a loop that went on looking would never rest.
            self._loop.remove_reader(descriptor)
            ready.set()

        try:
            while True:
                while (found := events.next()) is not None:
                    yield found
                ready.clear()
                self._loop.add_reader(descriptor, readable)
                try:
                    await asyncio.wait_for(ready.wait(), events.due)
                except TimeoutError:
                    pass
        finally:
            self._loop.remove_reader(descriptor)
            events.close()
