"""usher-gate that is to end (SIGTERM) while it serves."""
import http.client
import pathlib
import queue
import signal
import socket
import threading
import time

import test_gate_reload
from tool import BUILT, eventually


class EndTest(test_gate_reload.ReloadTest):
    def begin(self, ask):
        """Asks, and gives a function that waits for the answer."""
        answers = queue.SimpleQueue()

        def run():
            try:
                answers.put(ask())
            except (OSError, http.client.HTTPException) as error:
                answers.put(error)
        threading.Thread(target=run, daemon=True).start()
        # The question is with usherd by then.
        time.sleep(1)
        self.assertTrue(answers.empty())
        return lambda: answers.get(timeout=60)

    def hold_daemon(self):
        self.daemon.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.daemon.process.send_signal, signal.SIGCONT)

    def end(self):
        self.gate.process.terminate()
        eventually("the gate takes no connection", self.is_deaf)
        self.assertIsNone(self.gate.process.poll())

    def is_deaf(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.daemon.directory + "/gate.sock") != 0

    def ended(self):
        return self.gate.process.wait(60)


class RequestTests(EndTest):
    def session(self):
        """The cookie of a session at the portal, which is a site then."""
        wiki, portal = ('[[site]]\norigin = "https://%s.corp.test:%d"\n' % (name, self.gate.port) for name in ("wiki", "login"))
        self.reload(wiki, portal + 'rules = ["wiki"]\n' + wiki)
        return [("Cookie", self.log_in())]

    def test_under_way_is_answered_and_the_connection_ends(self):
        session = self.session()
        idle = socket.socket(socket.AF_UNIX)
        self.addCleanup(idle.close)
        idle.settimeout(60)
        idle.connect(self.daemon.directory + "/gate.sock")
        self.hold_daemon()
        answer = self.begin(lambda: self.gate.nginx("auth", host="login.corp.test", fields=session))
        self.end()
        self.assertEqual(idle.recv(1), b"")
        self.daemon.process.send_signal(signal.SIGCONT)
        page = answer()
        self.assertEqual((page.status, page.header("Remote-User"), page.header("Connection")), (200, self.daemon.user, "close"))
        self.assertEqual(self.ended(), 0)

    def test_that_usherd_does_not_answer_is_refused_in_time(self):
        session = self.session()
        self.hold_daemon()
        answer = self.begin(lambda: self.gate.nginx("auth", host="login.corp.test", fields=session))
        self.end()
        self.assertEqual(answer().status, 503)
        self.assertEqual(self.ended(), 0)


class LoginTests(EndTest):
    def test_under_way_is_finished(self):
        page, cookie = self.form()
        self.hold_daemon()
        body = {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password}
        answer = self.begin(lambda: self.portal("login", self.own(cookie), "POST", body))
        self.end()
        self.daemon.process.send_signal(signal.SIGCONT)
        page = answer()
        self.assertEqual((page.status, page.cookies[0].split("=")[0]), (303, "__Host-usher"))
        self.assertEqual(self.ended(), 0)


class StubbornLoginTests(EndTest):
    service = "ask"

    def test_that_pam_does_not_finish_keeps_the_gate_for_seconds_alone(self):
        stack = "auth required %s/libpam_usher_chaos.so hang\naccount required pam_permit.so\n" % BUILT
        pathlib.Path(self.daemon.directory, "pam.d", "ask").write_text(stack)
        page, cookie = self.form()
        body = {**page.form.fields, "user": "ann", "password": "first"}
        answer = self.begin(lambda: self.portal("login", self.own(cookie), "POST", body))
        start = time.monotonic()
        self.end()
        self.assertEqual(self.ended(), 0)
        # systemd kills after ten seconds.
        self.assertLess(time.monotonic() - start, 9)
        self.assertIsInstance(answer(), Exception)


class WaitingLoginTests(EndTest):
    service = "ask"

    def test_is_over_and_starts_again(self):
        page, cookie = self.start("ann")
        self.gate.process.terminate()
        self.assertEqual(self.ended(), 0)
        self.gate.start()
        page = self.answer(page, cookie, "second")
        self.assertEqual((page.status, page.form.fields["user"]), (200, "ann"))
        self.assertIn("That step is over", page.form.text)
        page, cookie = self.start("ann")
        self.assertEqual(self.finish(page, cookie).status, 303)


class ManagerTests(EndTest):
    environment = test_gate_reload.ServiceManagerTests.environment
    heard = test_gate_reload.ServiceManagerTests.heard

    def test_hears_of_the_end(self):
        self.assertEqual(self.heard(), "READY=1")
        self.gate.process.terminate()
        self.assertEqual(self.heard(), "STOPPING=1")
        self.assertEqual(self.ended(), 0)
