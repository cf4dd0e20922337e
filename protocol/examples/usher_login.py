#!/usr/bin/env python3
"""Logs in, asks whether the session holds, ends it, asks again. Usage: usher_login.py SOCKET [LOGIN.JSON]

LOGIN.JSON holds `user` and `password`, as `usherd --dev` writes it; without it both are asked for.
Needs Python's standard library only. The protocol: ../PROTOCOL.md
"""
import getpass
import json
import os
import socket
import struct
import sys

class Refused(Exception):
    """An error answer; its text is the reason."""


class Usher:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        credentials = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        uid = struct.unpack("3i", credentials)[1]
        if uid not in (0, os.getuid()):  # never send a password to somebody else's socket
            raise SystemExit("%s belongs to uid %d" % (path, uid))
        self.answers = self.socket.makefile("rb")
        self.count = 0

    def ask(self, method, **params):
        self.count += 1
        request = {"jsonrpc": "2.0", "id": self.count, "method": method, "params": params}
        body = json.dumps(request).encode()
        self.socket.sendall(struct.pack(">I", len(body)) + body)
        answer = next(a for a in iter(self.read, None) if a.get("id", 0) in (self.count, None))  # null: not understood
        if "error" in answer:
            raise Refused(answer["error"].get("data", {}).get("reason", answer["error"]["code"]))
        return answer["result"]

    def read(self):
        header = self.answers.read(4)
        if len(header) < 4:
            raise SystemExit("the daemon closed the connection")
        return json.loads(self.answers.read(struct.unpack(">I", header)[0]))

    def login(self, user, password):
        step = self.ask("auth.start", user=user, password=password)
        while step["state"] == "challenge":
            answers = []
            for prompt in step["prompts"]:
                text = "".join(c for c in prompt["text"] if c.isprintable() or c == "\n")
                if prompt["style"] == "secret":
                    answers.append(getpass.getpass(text))
                elif prompt["style"] == "visible":
                    answers.append(input(text))
                else:
                    print(text)
            step = self.ask("auth.respond", transaction=step["transaction"], answers=answers)
        return step["token"], step["session"]


def main(path, login=None):
    if login:
        with open(login) as file:
            account = json.load(file)
    else:
        account = {"user": input("User: "), "password": getpass.getpass()}
    usher = Usher(path)
    token, session = usher.login(account["user"], account["password"])
    print("logged in:", session["user"], session["handle"])
    print("valid:", usher.ask("session.validate", token=token)["valid"])
    print("revoked:", usher.ask("session.revoke", token=token)["revoked"])
    print("valid:", usher.ask("session.validate", token=token)["valid"])


if __name__ == "__main__":
    if not sys.argv[1:]: sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Refused as refusal:
        sys.exit("refused: %s" % refusal)
