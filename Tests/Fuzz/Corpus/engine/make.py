#!/usr/bin/env python3
"""Writes the corpus: python3 Tests/Fuzz/Corpus/engine/make.py

One file a story, in the language of FuzzPlan. In the text of frames \\1 and \\2 are the last and the first token, \\3
and \\4 handles, \\5 and \\6 transactions.
"""
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
ids = iter(range(1, 1 << 30))


def block(data):
    return struct.pack(">H", len(data)) + data


def ask(method, params=None, peer=0, id=None):
    body = '{"jsonrpc":"2.0","id":%s,"method":"%s","params":%s}' % (
        next(ids) if id is None else json.dumps(id), method, json.dumps(params or {}))
    for number in range(1, 7):
        body = body.replace("\\u000%d" % number, chr(number))
    return bytes([peer]) + block(body.encode())


def start(user="ann", peer=0, **more):
    return ask("auth.start", {"user": user, "password": "x", **more}, peer)


SUCCESS, TICK, LOST, DRAIN = b"\x07\x00", b"\x0d", b"\x0b", b"\xff"
DENIED, EXPIRED = b"\x08\x00\x07", b"\x08\x01\x0d"
CREATE = ask("session.create", {"user": "ann", "methods": ["pwd"], "service": "web"})
respond = lambda *answers: ask("auth.respond", {"transaction": "\5", "answers": list(answers)})
challenge = lambda prompts, style=0, purpose=0, length=10: bytes([9, purpose, prompts, style]) + struct.pack(">H", length)
failed = lambda kind, recent=0: bytes([10 | recent << 4, kind])
wait = lambda milliseconds, shift=0: bytes([12 | shift << 4]) + struct.pack(">H", milliseconds)

STORIES = {
    "hello": ask("server.hello", {"client": "a", "version": "1"}) + ask("server.ping") + ask("server.stats"),
    "login": start() + SUCCESS + ask("session.validate", {"token": "\1"}),
    "denied": start() + DENIED + TICK + start() + EXPIRED + wait(2000) + TICK,
    "challenge": ask("auth.start", {"user": "ann"}) + challenge(2) + respond("a", "b") + SUCCESS,
    "change": start("bob", service="open") + challenge(3, 1, 1) + respond("a") + respond("a", "b") + b"\x08\x02\x00",
    "large": ask("auth.start", {"user": "ann"}) + challenge(32, 0, 0, 512) + respond("a") + challenge(32, 3, 1, 512),
    "cancel": ask("auth.start", {"user": "ann"}) + challenge(1) + ask("auth.cancel", {"transaction": "\5"}),
    "gone": start() + start("bob", 1) + b"\x05" + SUCCESS + b"\x25" + TICK,
    "broken": start() + failed(4) + start("bob") + failed(0) + failed(2, 1) + TICK + TICK,
    "lost": start() + challenge(1) + start("bob") + LOST + respond("x") + TICK + start() + b"\x1b" + start() + TICK,
    "renew": start() + SUCCESS + ask("auth.start", {"token": "\1"}) + ask("session.rotate", {"token": "\1"}) + SUCCESS,
    "renewed": start() + SUCCESS + ask("auth.start", {"token": "\1", "password": "y"}) + SUCCESS,
    "limited": (start() + DENIED + TICK) * 7 + wait(60000) + start() + SUCCESS,
    "busy": start() * 4 + start(peer=1) * 4 + DENIED + b"\x18\x00\x07" + TICK * 4,
    "session": CREATE + ask("session.update", {"token": "\1", "data": {"a": "b", "c": None}, "if_version": 1})
    + ask("session.rotate", {"token": "\1"}) + ask("session.touch", {"tokens": ["\1", "\2"]}),
    "list": CREATE * 5 + ask("session.list", {"user": "ann"}) + ask("session.list", {"token": "\1", "cursor": "3"}),
    "revoke": CREATE * 2 + ask("session.revoke", {"token": "\1", "handle": "\4"}) + ask("session.revoke", {"handle": "\3"})
    + ask("session.revoke_all", {"user": "ann", "except": "\3"}) + ask("session.validate", {"token": "\1"}),
    "revoke_logins": start() + start("Ann", 1) + ask("session.revoke_all", {"user": "ann"}) + SUCCESS + b"\x17\x00",
    "expire": CREATE + start() + SUCCESS + wait(20000) + ask("session.validate", {"token": "\1"}) + TICK * 4,
    "full": b"".join(ask("session.create", {"user": "u%d" % n, "methods": ["pwd"]}) for n in range(26)) + start(),
    "ids": ask("auth.start", {"user": "ann"}, 0, "x") + ask("server.ping", {}, 0, "x") + SUCCESS,
    "nonsense": b"\x00" + block(b"{") + b"\x04" + b"\x01" + block(b"[]") + b"\x01" + block(b'{"jsonrpc":"2.0","id":[]}'),
    "datagram": start() + b"\x06" + block(b"\x84" + struct.pack(">Q", 1) + b"\x03") + TICK,
    "drain": start() + ask("auth.start", {"user": "bob"}) + challenge(1) + DRAIN + start() + b"\x17\x00",
    "unsupported": ask("events.subscribe") + ask("board.attach", None, 1) + ask("limiter.list") + ask("none"),
}
for old in HERE.glob("*.bin"):
    old.unlink()
for name, story in STORIES.items():
    (HERE / (name + ".bin")).write_bytes(story)
