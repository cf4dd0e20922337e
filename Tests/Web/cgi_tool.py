"""Tools that nginx reaches by FastCGI, uwsgi or SCGI in place of HTTP: they say which fields reached them, as a tool in PHP or Python reads them."""
import json
import socketserver
import struct
import threading


def exactly(stream, count):
    data = stream.read(count)
    assert len(data) == count, "the proxy has closed the connection"
    return data


def fastcgi_size(data, at):
    """The length at `at`, of one byte or four, and where the next begins."""
    if data[at] < 0x80:
        return data[at], at + 1
    return struct.unpack(">I", data[at:at + 4])[0] & 0x7FFFFFFF, at + 4


def fastcgi(stream):
    """FastCGI 1.0: records of BEGIN_REQUEST (1), PARAMS (4) and STDIN (5), each kind ended by an empty one."""
    data, pairs, at = b"", [], 0
    while True:
        _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", exactly(stream, 8))
        content = exactly(stream, length + padding)[:length]
        if kind == 4:
            data += content
        if kind == 5 and not length:
            break
    while at < len(data):
        name, at = fastcgi_size(data, at)
        value, at = fastcgi_size(data, at)
        pairs.append((data[at:at + name], data[at + name:at + name + value]))
        at += name + value
    return pairs


def uwsgi(stream):
    data, pairs, at = exactly(stream, struct.unpack("<BHB", exactly(stream, 4))[1]), [], 0
    while at < len(data):
        pair = []
        for _ in range(2):
            size = struct.unpack("<H", data[at:at + 2])[0]
            pair.append(data[at + 2:at + 2 + size])
            at += 2 + size
        pairs.append(tuple(pair))
    return pairs


def scgi(stream):
    size = b""
    while not size.endswith(b":"):
        size += exactly(stream, 1)
    parts = exactly(stream, int(size[:-1])).split(b"\0")[:-1]
    exactly(stream, 1)
    return list(zip(parts[::2], parts[1::2]))


def fastcgi_answer(text):
    record = lambda kind, content: struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content
    return record(6, text) + record(6, b"") + record(3, bytes(8))


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        # Of two of one name php-fpm and Python's servers take the last.
        known = self.server.known = {name.decode(): value.decode() for name, value in self.server.read(self.rfile)}
        # REMOTE_USER is what CGI (RFC 3875) calls the user; fields of the request have HTTP_ before their names.
        fields = [(name.removeprefix("HTTP_"), value) for name, value in known.items() if name.startswith("HTTP_") or name == "REMOTE_USER"]
        text = b"Status: 200 OK\r\nContent-Type: application/json\r\n\r\n" + json.dumps({"fields": fields}).encode()
        self.wfile.write(fastcgi_answer(text) if self.server.read is fastcgi else text)


class CGITool:
    """A tool behind one of the protocols, on a port that nobody has."""

    def __init__(self, read):
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.read, self.server.known = True, read, {}
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def known(self):
        """All parameters of the last request."""
        return self.server.known

    def close(self):
        self.server.shutdown()
        self.server.server_close()
