"""Another daemon in the place of the one whose answers are remembered."""
import asyncio
import signal
import threading

import usher
from conftest import PASSWORD, Daemon
from usher import aio


def test_another_daemon_knows_nothing_of_what_is_remembered(tmp_path):
    daemon = Daemon(tmp_path / "d", keep=())
    answered, is_replaced = [threading.Event() for _ in range(3)], threading.Event()

    def ask(client, token, is_answered):
        while not is_replaced.is_set():
            try:
                if client.validate(token) is not None:
                    is_answered.set()
            except usher.UsherError:
                pass

    async def with_a_loop(client, token):
        async with aio.Client(development=daemon.directory) as hosted:
            assert await hosted.validate(token) is not None and hosted.remembered(token) is not None
            threads = [threading.Thread(target=ask, args=(client, token, one)) for one in answered]
            for thread in threads:
                thread.start()
            try:
                assert all(one.wait(60) for one in answered)
                daemon.stop(signal.SIGKILL)
                daemon.start()
                assert hosted.remembered(token) is None and client.remembered(token) is None
                assert client.validate(token) is None and await hosted.validate(token) is None
            finally:
                is_replaced.set()
            for thread in threads:
                thread.join()
            later = client.login("ada", PASSWORD).token
            assert client.validate(later) is not None and client.remembered(later) is not None
            assert await hosted.validate(later) is not None and hosted.remembered(later) is not None
            client.revoke(later)
            assert client.remembered(later) is None and hosted.remembered(later) is None

    try:
        with usher.Client(development=daemon.directory) as client:
            asyncio.run(with_a_loop(client, client.login("ada", PASSWORD).token))
    finally:
        daemon.stop()
