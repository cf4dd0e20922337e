"""The client for asyncio against a daemon."""
import asyncio
import functools
import select
import sys
import threading

import pytest

import usher
import usher.aio
from conftest import PASSWORD
from usher import _calls
from usher._library import C


def running(test):
    """Runs a coroutine as a test."""
    @functools.wraps(test)
    def run(daemon):
        asyncio.run(asyncio.wait_for(test(daemon), 120))
    return run


@running
async def test_a_session_lives_without_a_thread(daemon):
    threads = threading.active_count()
    async with usher.aio.Client(development=daemon.directory) as client:
        login = await client.login("ada", PASSWORD)
        assert (await client.validate(login.token)).user == "ada"
        assert client.remembered(login.token)
        assert await client.update(login.token, {"theme": "dark"}) == 2
        issued = await client.rotate(login.token)
        assert await client.validate(login.token) is None
        assert (await client.page(usher.Owner.of_token(issued.token))).sessions
        assert await client.revoke(issued.token) == 1
        assert await client.validate(issued.token) is None
        assert (await client.hello())["protocol"] == 1
    assert threading.active_count() == threads


@running
async def test_many_tasks_share_a_connection(daemon):
    async with usher.aio.Client(development=daemon.directory) as client:
        await asyncio.gather(*(client.ping() for _ in range(500)))


@running
async def test_a_question_is_awaited(daemon):
    async def answer(challenge):
        await asyncio.sleep(0)
        return ["123456"]

    async with usher.aio.Client(development=daemon.directory) as client:
        login = await client.login("bob", "battery staple", answer=answer)
        assert login.session.user == "bob"
        with pytest.raises(usher.Cancelled):
            await client.login("bob", "battery staple")


@running
async def test_an_answer_that_cannot_be_sent_ends_the_login(daemon):
    asked = []

    async def answer(challenge):
        asked.append(challenge)
        return ["x" * 2000]

    async with usher.aio.Client(development=daemon.directory) as client:
        with pytest.raises(usher.TooLarge):
            await client.login("dave", "battery staple", answer=answer)
        with pytest.raises(usher.NoSuchTransaction):
            await client.respond(asked[0], ["123456"])


@running
async def test_a_login_in_progress_ends_with_its_client(daemon):
    async def answer(challenge):
        client.close()
        return ["123456"]

    client = usher.aio.Client(development=daemon.directory)
    with pytest.raises(usher.Closed):
        await client.login("dave", "battery staple", answer=answer)


@running
async def test_a_task_that_is_cancelled_ends_its_call(daemon):
    async with usher.aio.Client(development=daemon.directory) as client:
        task = asyncio.create_task(client.login("ada", PASSWORD))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.ping()
        assert not client._waiting


@running
async def test_a_login_whose_task_was_cancelled_as_it_came_about_is_revoked(daemon):
    async with usher.aio.Client(development=daemon.directory) as client:
        before = {session.handle for session in (await client.page(usher.Owner.of_user("ada"))).sessions}
        task = asyncio.create_task(client.login("ada", PASSWORD))
        await asyncio.sleep(0)
        while client._waiting:
            select.select([client._descriptor], [], [])
            client._turn()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.ping()
        assert {session.handle for session in (await client.page(usher.Owner.of_user("ada"))).sessions} <= before


@running
async def test_closing_fails_what_is_under_way(daemon):
    client = usher.aio.Client(development=daemon.directory)
    task = asyncio.create_task(client.ping())
    await asyncio.sleep(0)
    client.close()
    with pytest.raises(usher.Closed):
        await task
    with pytest.raises(usher.Closed):
        await client.ping()


def test_a_client_is_closed_behind_its_loop(daemon, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)

    async def begin():
        client = usher.aio.Client(development=daemon.directory)
        client._begin((C.call_ping(client._usher), _calls.nothing))[0].add_done_callback(print)
        return client

    loop = asyncio.new_event_loop()
    client = loop.run_until_complete(begin())
    loop.close()
    client.close()
    client.close()
    assert not seen and not client._waiting


@running
async def test_a_daemon_that_is_away_is_unreachable(daemon):
    async with usher.aio.Client("/nonexistent/usher.sock", request_patience=0.2) as client:
        with pytest.raises(usher.Unreachable):
            await client.ping()


@running
async def test_events_come_to_the_loop(daemon):
    async with usher.aio.Client(development=daemon.directory) as client:
        async def revoke():
            while True:
                await client.revoke((await client.login("ada", PASSWORD)).token)

        task = asyncio.create_task(revoke())
        async for event in client.events(["revoked"]):
            assert event.user == "ada"
            break
        task.cancel()


@running
async def test_events_that_nobody_takes_leave_the_loop_at_rest(daemon):
    async with usher.aio.Client(development=daemon.directory) as client:
        events, seen, turns = client.events(["created"]), None, 0
        first = asyncio.create_task(anext(events))
        while not first.done():
            await client.login("ada", PASSWORD)
            await asyncio.sleep(0)
        await client.login("ada", PASSWORD)
        select_ = client._loop._selector.select

        def counted(timeout):
            nonlocal turns
            turns += 1
            return select_(timeout)

        client._loop._selector.select = counted
        await asyncio.sleep(0.5)
        assert turns < 100
        assert (await anext(events)).user == "ada"
        await events.aclose()
