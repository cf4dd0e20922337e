"""What proxies ask usher-gate and hear from it, asked over its socket."""
import socket
import unittest

import test_gate


class QuestionTests(test_gate.GateTest):
    def test_leave_the_connection_to_the_next_whatever_they_wanted_to_change_to(self):
        """Caddy hands `Upgrade` on, and keeps its connections for the requests of others."""
        own = "Host: g\r\nX-Original-URL: https://wiki.corp.test:%d/\r\nX-Original-Method: GET\r\n" % self.gate.port
        for path in ("/auth/nginx/wiki", "/auth/nginx/public", "/pages/nginx/login", "/x"):
            for method, more in (("GET", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), ("GET", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"),
                                 ("GET", "Upgrade: websocket\r\n"), ("POST", "Connection: upgrade\r\nUpgrade: x\r\nContent-Length: 0\r\n"),
                                 ("CONNECT", "")):
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.settimeout(10)
                    connection.connect(self.daemon.directory + "/gate.sock")
                    connection.sendall(("%s %s HTTP/1.1\r\n%s%s\r\n" % (method, path, own, more)).encode())
                    first = connection.recv(65536)
                    self.assertRegex(first, b"^HTTP/1.1 [2345]", (path, method, more))
                    if b"connection: close" in first.lower():
                        continue
                    try:
                        connection.sendall(("GET /auth/nginx/public HTTP/1.1\r\n%s\r\n" % own).encode())
                        second = connection.recv(65536)
                    except (BrokenPipeError, ConnectionResetError):
                        second = b""
                    # Closed in between it is no answer either, but the proxy asks anew.
                    self.assertTrue(second == b"" or second.startswith(b"HTTP/1.1 200"), (path, method, more, second))


if __name__ == "__main__":
    unittest.main()
