"""The blocking client against a daemon."""
import gc
import math
import os
import resource
import signal
import subprocess
import sys
import threading

import pytest

import usher
from conftest import PASSWORD


def test_a_login_gives_a_session_with_its_members(client):
    login = client.login("ada", PASSWORD, context={"remote_ip": "192.0.2.7"})
    session = login.session
    assert (session.user, session.realm, session.methods) == ("ada", "default", ("pwd",))
    assert session.handle.startswith("h_") and session.context == {"remote_ip": "192.0.2.7"} and session.data == {}
    assert session.created <= session.authenticated < session.expires and session.is_recent(60)
    assert login.failures_since_last >= 0 and login.token not in repr(login)


def test_a_password_in_a_bytearray_is_wiped(client):
    password = bytearray(PASSWORD.encode())
    client.login("ada", password)
    assert password == bytearray(len(PASSWORD))


def test_an_error_is_an_exception_by_its_reason(client):
    with pytest.raises(usher.Denied) as refused:
        client.login("ada", "wrong")
    assert (refused.value.number, refused.value.name) == (1001, "denied")
    assert isinstance(refused.value, usher.UsherError) and str(refused.value)
    client.clear_limits("ada")
    for user in ["", "a/b", "a\0b", "\ud800"]:
        with pytest.raises(usher.InvalidArgument):
            client.login(user, PASSWORD)
    with pytest.raises(usher.TooLarge):
        client.login("ada", "x" * 600)


def test_a_one_time_code_is_asked_for_by_a_callback(client):
    asked = []

    def answer(challenge):
        asked.append(challenge)
        return [bytearray(b"123456")]

    login = client.login("bob", "battery staple", answer=answer)
    assert login.session.user == "bob" and len(asked) == 1
    assert asked[0].purpose is usher.Purpose.LOGIN and asked[0].questions[0].wants_answer


def test_a_one_time_code_is_asked_for_by_a_generator(client):
    dialog = client.dialog("bob", "battery staple")
    assert next(dialog).questions
    with pytest.raises(StopIteration) as end:
        dialog.send(["123456"])
    assert end.value.value.session.user == "bob"


def test_a_question_without_an_answer_gives_up(client):
    with pytest.raises(usher.Cancelled):
        client.login("bob", "battery staple")
    dialog = client.dialog("bob", "battery staple")
    challenge = next(dialog)
    dialog.close()
    with pytest.raises(usher.NoSuchTransaction):
        client.respond(challenge, ["123456"])


@pytest.mark.parametrize("answers, error", [(["x" * 2000], usher.TooLarge), (["\ud800"], usher.InvalidArgument)])
def test_an_answer_that_cannot_be_sent_ends_the_login(client, answers, error):
    asked = []

    def answer(challenge):
        asked.append(challenge)
        return answers

    with pytest.raises(error):
        client.login("carol", "battery staple", answer=answer)
    with pytest.raises(usher.NoSuchTransaction):
        client.respond(asked[0], ["123456"])


def test_what_is_no_token_is_not_valid(client, token):
    assert client.validate(token)
    for text in ["", "x", token + "\0", token[:-1], token + "x", "ä" * 43, token[:-1] + "\0"]:
        assert client.validate(text) is None and client.remembered(text) is None


def test_a_text_that_is_not_unicode_is_an_invalid_argument(client, token):
    assert client.validate("\ud800" * 43) is None and client.remembered("\ud800" * 43) is None
    for wrong in (
            lambda: client.login("ada", "\ud800"), lambda: client.update(token, {"theme": "\ud800"}),
            lambda: client.create("ada", methods=["\ud800"])):
        with pytest.raises(usher.InvalidArgument):
            wrong()


def test_a_password_is_wiped_whatever_is_wrong(client):
    password = bytearray(b"secret")
    with pytest.raises(usher.InvalidArgument):
        client.login("ada", password, context={"remote_ip": "\ud800"})
    assert password == bytearray(6)
    challenge = client.start_login("bob", "battery staple")
    for answers in ([bytearray(b"123456"), "\ud800"], [bytearray(b"123456")] * 33):
        with pytest.raises((usher.InvalidArgument, usher.TooLarge)):
            client.respond(challenge, answers)
        assert answers[0] == bytearray(6)
    client.cancel_login(challenge)


def test_a_time_without_end_is_a_long_one(client):
    login = client.login("ada", PASSWORD, timeout=math.inf)
    assert login.session.is_recent(math.inf)


def test_a_revocation_is_seen_at_once_from_memory(daemon, client, token):
    assert client.validate(token) and client.remembered(token)
    with usher.Client(development=daemon.directory) as other:
        assert other.revoke(token) == 1
    assert client.remembered(token) is None and client.validate(token) is None


def test_tokens_are_replaced(client, token):
    issued = client.rotate(token)
    assert client.validate(token) is None and client.validate(issued.token)
    login = client.reauthenticate(issued.token, PASSWORD)
    assert client.validate(issued.token) is None and login.session.handle == issued.session.handle


def test_data_are_kept_by_version(client, token):
    assert client.update(token, {"theme": "dark", "odd": "a\0b", "none": ""}) == 2
    assert client.validate(token).data == {"theme": "dark", "odd": "a\0b", "none": ""}
    with pytest.raises(usher.Conflict):
        client.update(token, {"theme": "light"}, if_version=1)
    assert client.update(token, {"theme": None}, if_version=2) == 3


def test_sessions_are_listed_and_ended(client, token):
    handle = client.validate(token).handle
    assert handle in [session.handle for session in client.sessions(usher.Owner.of_token(token))]
    other = client.login("ada", PASSWORD)
    assert client.revoke_handle(other.session.handle, token=token) == 1
    client.touch([token])
    assert client.revoke_all(usher.Owner.of_user("ada"), keep=handle) >= 0
    assert client.validate(token)
    assert client.revoke_all(usher.Owner.everybody()) >= 1
    assert client.validate(token) is None


def test_the_daemon_describes_itself(client):
    assert client.hello()["protocol"] == 1
    assert "services" in client.stats(by_service=True) and "entries" in client.limits()


def test_events_tell_of_a_revocation(client, token):
    with client.events(["revoked"]) as events:
        seen = []
        thread = threading.Thread(target=lambda: seen.append(next(iter(events))))
        thread.start()
        while thread.is_alive():
            token = client.login("ada", PASSWORD).token
            client.revoke(token)
            thread.join(0.2)
    assert seen[0].kind == "revoked" and seen[0].user == "ada"


def test_events_are_waited_for_beyond_a_thousand_descriptors(client, token):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(2048, most[0]), most[1]))
    held = [os.dup(0) for _ in range(1100)]
    try:
        with client.events(["revoked"]) as events:
            assert events.fileno() > 1024
            seen = iter(events)
            thread = threading.Thread(target=lambda: next(seen))
            thread.start()
            while thread.is_alive():
                client.revoke(client.login("ada", PASSWORD).token)
                thread.join(0.2)
            assert seen.gi_frame is not None
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, most)


def test_a_million_validations_take_no_more_memory(client, token):
    for _ in range(1000):
        client.validate(token)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(1_000_000):
        client.validate(token)
    gc.collect()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1024  # KiB


def test_threads_share_a_client(client, token):
    seen = []

    def work():
        seen.append(all(client.validate(token).user == "ada" and client.ping() is None for _ in range(200)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 8


def test_a_child_of_fork_goes_on(client, token):
    assert client.validate(token)
    child = os.fork()
    if child == 0:
        os._exit(0 if client.remembered(token) is None and client.validate(token) and client.validate(token) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client.validate(token) and client.ping() is None


def test_a_daemon_that_is_killed_and_started_again_keeps_sessions(daemon, client, token):
    assert client.validate(token)
    daemon.stop(signal.SIGKILL)
    daemon.start()
    assert client.validate(token)


def test_a_closed_client_says_so(daemon):
    client = usher.Client(development=daemon.directory)
    client.close()
    client.close()
    with pytest.raises(usher.Closed):
        client.ping()
    assert client.remembered("x" * 43) is None


def test_an_interpreter_ends_with_a_call_in_flight(daemon):
    program = (
        "import sys, threading, time, usher\n"
        "client = usher.Client(development=sys.argv[1])\n"
        "threading.Thread(target=lambda: client.login('bob', 'battery staple', answer=lambda _: time.sleep(60)),"
        " daemon=True).start()\n"
        "client.ping()\n")
    assert subprocess.run([sys.executable, "-c", program, daemon.directory], timeout=60).returncode == 0
