#!/usr/bin/env python3
"""Writes the vectors beside it: python3 protocol/vectors/make.py

The expectations are written here by hand, never taken from an implementation. PROTOCOL.md, "Vectors", says how to
read the result.
"""
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
TOKEN = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
OTHER = "__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA"
HANDLE = "h_AAAATRI0VniavN7w"
SHARED = "h_gAAATRI0VniavN7w"  # the top bit of its first byte is set
NAME = "ABEiM0RVZneImaq7zN3u_w"
REASONS = {-32700: "parse_error", -32600: "invalid_request", -32601: "method_not_found", -32602: "invalid_params",
           1013: "no_such_transaction", 1017: "too_large"}
families = {}


def frame(body):
    body = body if isinstance(body, bytes) else body.encode()
    return struct.pack(">I", len(body)) + body


def add(family, name, side, data, expect, **more):
    families.setdefault(family, []).append(
        {"name": name, "side": side, "hex": data.hex(), "expect": expect, **more})


def error(code, id=None, closes=False):
    return {"error": {"code": code, "reason": REASONS[code], "id": id}, "closes": closes}


def envelope(method, params=None, id=7):
    text = '{"jsonrpc":"2.0","id":%s,"method":"%s"' % (json.dumps(id), method)
    return text + ("}" if params is None else ',"params":%s}' % params)


def accepted(method, params, id=7):
    return {"request": {"id": id, "method": method, "params": params}}


def accept(family, name, method, text, params, answer=None, id=7):
    more = {} if answer is None else {"live": True, "answer": {"id": id, **answer}}
    add(family, name, "request", frame(envelope(method, text, id)), accepted(method, params, id), **more)


def refuse(family, name, method, text, code=-32602):
    add(family, name, "request", frame(envelope(method, text)), error(code, 7), live=True)


def malformed(family, name, body):
    add(family, name, "request", frame(body), error(-32700, None, True), live=True)


def ping(family, name, value):
    """The value stands in a member that is not used: its syntax alone counts."""
    body = b'{"jsonrpc":"2.0","id":7,"method":"server.ping","params":{"x":' + value + b"}}"
    add(family, name, "request", frame(body), accepted("server.ping", {}), live=True,
        answer={"id": 7, "result": {}})


def bad_ping(family, name, value):
    malformed(family, name, b'{"jsonrpc":"2.0","id":7,"method":"server.ping","params":{"x":' + value + b"}}")


# Frames -------------------------------------------------------------------------------------------------------------
PING = envelope("server.ping")
PONG = {"id": 7, "result": {}}
add("frames", "a ping", "request", frame(PING), accepted("server.ping", {}), live=True, answer=PONG)
add("frames", "a body of one byte", "request", frame("1"), error(-32600), live=True)
for name, length in [("length 0", 0), ("length 65,537", 65537), ("length of 2^31", 2**31), ("length of 2^32-1", 2**32 - 1)]:
    add("frames", name, "request", struct.pack(">I", length), error(-32700, None, True), live=True)
add("frames", "length 0 with bytes behind it", "request", b"\0\0\0\0" + frame(PING), error(-32700, None, True), live=True)
padding = 65536 - len(PING)
add("frames", "a body of 65,536 bytes", "request", frame(PING + " " * padding), accepted("server.ping", {}),
    live=True, answer=PONG)
add("frames", "no byte yet", "request", b"", {"incomplete": True})
add("frames", "half a header", "request", b"\0\0", {"incomplete": True})
add("frames", "a header alone", "request", struct.pack(">I", 46), {"incomplete": True})
add("frames", "a frame without its last byte", "request", frame(PING)[:-1], {"incomplete": True})
malformed("frames", "a body cut short by its own length", PING[:-1])
malformed("frames", "a body with a byte too many", PING + "}")
malformed("frames", "two requests in one body", PING + PING)

# JSON: members that are not used ------------------------------------------------------------------------------------
for name, text in [
    ("zero", b"0"), ("minus zero", b"-0"), ("integer", b"123"), ("fraction", b"1.5"), ("exponent", b"1e5"),
    ("signed exponents", b"[1E+5,1e-5,-1.25e+2]"), ("beyond 64 bits", b"123456789012345678901234567890"),
    ("beyond a double", b"1e999"), ("literals", b"[true,false,null]"), ("empty containers", b"[{},[]]"),
    ("white space everywhere", b" [ 1 ,\t2\n,\r3 , { \"a\" : 1 } ] "), ("duplicate keys", b'{"a":1,"a":2}'),
    ("short escapes", rb'"\"\\\/\b\f\n\r\t"'), ("escape of U+0000", rb'"\u0000"'), ("escape of a pair", rb'"\ud83d\ude00"'),
    ("a lone high surrogate", rb'"\ud800"'), ("a lone low surrogate", rb'"\udc00"'), ("surrogates the wrong way round", rb'"\udc00\ud800"'),
    ("U+007F", b'"\x7f"'), ("two bytes", "\"\u00e9\"".encode()), ("three bytes", "\"\u20ac\"".encode()),
    ("four bytes", "\"\U0001F600\"".encode()), ("U+10FFFF", b'"\xf4\x8f\xbf\xbf"'), ("U+FFFE", b'"\xef\xbf\xbe"'),
    ("the edges of the surrogates", b'"\xed\x9f\xbf\xee\x80\x80"'), ("depth 16", b"[" * 14 + b"]" * 14),
    ("depth 16 of objects", b'{"a":' * 13 + b"{}" + b"}" * 13),
]:
    ping("json", name, text)
for name, text in [
    ("nothing", b""), ("leading zero", b"01"), ("minus alone", b"-"), ("plus sign", b"+1"), ("dot without digits", b"1."),
    ("dot first", b".5"), ("exponent without digits", b"1e"), ("exponent with a sign alone", b"1e+"), ("minus and leading zero", b"-01"),
    ("hexadecimal", b"0x10"), ("NaN", b"NaN"), ("Infinity", b"-Infinity"), ("two numbers", b"1 2"), ("literal cut short", b"tru"),
    ("literal in capitals", b"True"), ("literal with a letter too many", b"nulll"), ("single quotes", b"'a'"), ("a word", b"a"),
    ("comma at the end of an array", b"[1,]"), ("comma at the end of an object", b'{"a":1,}'), ("comma first", b"[,1]"),
    ("two commas", b"[1,,2]"), ("no comma", b"[1 2]"), ("colon in an array", b"[1:2]"), ("no colon", b'{"a" 1}'), ("no value", b'{"a":}'),
    ("no key", b"{:1}"), ("key without quotes", b"{a:1}"), ("number as a key", b"{1:1}"), ("wrong bracket", b"[1}"),
    ("array without an end", b"[1"), ("object without an end", b'{"a":1'), ("string without an end", b'"abc'), ("comment", b"/**/1"),
    ("unknown escape", rb'"\x41"'), ("escape of a quote mark that is none", rb'''"\'"'''), ("escape in capitals", rb'"\N"'),
    ("escape with three digits", rb'"\u123"'), ("escape with a letter", rb'"\u12g4"'), ("escape at the end", b'"\\'),
    ("NUL", b'"\0"'), ("line feed in a string", b'"\n"'), ("tab in a string", b'"\t"'), ("U+001F in a string", b'"\x1f"'),
    ("NUL between tokens", b"\x001"), ("form feed as white space", b"\x0c1"), ("no-break space as white space", b"\xc2\xa01"),
    ("continuation byte alone", b'"\x80"'), ("two bytes cut short", b'"\xc3"'), ("three bytes cut short", b'"\xe2\x82"'),
    ("four bytes cut short", b'"\xf0\x9f\x98"'), ("overlong of two", b'"\xc0\xaf"'), ("overlong C1", b'"\xc1\xbf"'), ("overlong of three", b'"\xe0\x9f\xbf"'),
    ("overlong of four", b'"\xf0\x8f\xbf\xbf"'), ("surrogate as UTF-8", b'"\xed\xa0\x80"'), ("above U+10FFFF", b'"\xf4\x90\x80\x80"'),
    ("F5", b'"\xf5\x80\x80\x80"'), ("FF", b'"\xff"'), ("not UTF-8 in a key", b'{"\xff":1}'), ("depth 17", b"[" * 15 + b"]" * 15),
    ("depth 17 of objects", b'{"a":' * 14 + b"{}" + b"}" * 14), ("depth of 1,000", b"[" * 1000),
]:
    bad_ping("json", name, text)
malformed("json", "byte order mark", b"\xef\xbb\xbf" + PING.encode())
malformed("json", "white space alone", "   ")
malformed("json", "UTF-16", PING.encode("utf-16-le"))
add("json", "white space around the request", "request", frame(" \r\n\t" + PING + "\n "), accepted("server.ping", {}), live=True, answer=PONG)

# The envelope -------------------------------------------------------------------------------------------------------
def whole(name, text, expect, **more):
    add("envelope", name, "request", frame(text), expect, live=True, **more)


for name, text in [("an array", "[]"), ("a batch", "[%s]" % PING), ("a string", '"a"'), ("null", "null"), ("an empty object", "{}")]:
    whole(name, text, error(-32600))
malformed("envelope", "a batch that is malformed", "[%s" % PING)
for name, id in [("id 0", 0), ("negative id", -1), ("id 2^53", 2**53), ("id -2^53", -2**53), ("empty id", ""), ("id of text", "a-1"),
                 ("id of 64 bytes", "x" * 64), ("id of 64 bytes in 16 characters", "\U0001F600" * 16), ("id with quotes", 'a"\\b')]:
    whole(name, envelope("server.ping", None, id), accepted("server.ping", {}, id), answer={"id": id, "result": {}})
whole("id with escapes", r'{"jsonrpc":"2.0","id":"\u0041\/\n\u0000","method":"server.ping"}', accepted("server.ping", {}, "A/\n\0"),
      answer={"id": "A/\n\0", "result": {}})
for name, id in [("id above 2^53", str(2**53 + 1)), ("id below -2^53", str(-2**53 - 1)), ("id beyond 64 bits", "99999999999999999999"), ("id with a fraction", "1.0"),
                 ("id with an exponent", "1e2"), ("id null", "null"), ("id true", "true"), ("id as an array", "[1]"), ("id as an object", "{}"),
                 ("id of 65 bytes", '"%s"' % ("x" * 65)), ("id with a lone surrogate", r'"\ud800"')]:
    whole(name, '{"jsonrpc":"2.0","id":%s,"method":"server.ping"}' % id, error(-32600))
for name, text in [
    ("no version", '{"id":7,"method":"server.ping"}'), ("version 1.0", '{"jsonrpc":"1.0","id":7,"method":"server.ping"}'),
    ("version as a number", '{"jsonrpc":2.0,"id":7,"method":"server.ping"}'), ("version twice", '{"jsonrpc":"2.0","jsonrpc":"2.0","id":7,"method":"server.ping"}'),
    ("no method", '{"jsonrpc":"2.0","id":7}'), ("method null", '{"jsonrpc":"2.0","id":7,"method":null}'), ("method as a number", '{"jsonrpc":"2.0","id":7,"method":1}'),
    ("method twice", '{"jsonrpc":"2.0","id":7,"method":"server.ping","method":"server.ping"}'), ("method with a lone surrogate", r'{"jsonrpc":"2.0","id":7,"method":"\udead"}'),
    ("params twice", '{"jsonrpc":"2.0","id":7,"method":"server.ping","params":{},"params":{}}')]:
    whole(name, text, error(-32600, 7))
whole("id twice", '{"jsonrpc":"2.0","id":7,"id":8,"method":"server.ping"}', error(-32600))
whole("id twice, once escaped", r'{"jsonrpc":"2.0","id":7,"i\u0064":7,"method":"server.ping"}', error(-32600))
whole("no method and no id", '{"jsonrpc":"2.0"}', error(-32600))
whole("wrong and malformed behind it", '{"jsonrpc":"1.0","id":[1],"method":1,"params":{"x":tru}}', error(-32700, None, True))
whole("wrong params and malformed behind them", '{"jsonrpc":"2.0","id":7,"method":"session.validate","params":{"token":1},"x":}', error(-32700, None, True))
whole("members in another order", '{"params":{"token":"%s"},"method":"session.validate","id":7,"jsonrpc":"2.0"}' % TOKEN,
      accepted("session.validate", {"token": TOKEN, "touch": True}), answer={"id": 7, "result": {"valid": False}})
whole("unknown members", '{"a":1,"jsonrpc":"2.0","a":[{}],"id":7,"ID":8,"method":"server.ping","trace":null}', accepted("server.ping", {}), answer=PONG)
whole("escaped names", r'{"json\u0072pc":"\u0032.0","\u0069d":7,"met\u0068od":"server\u002eping"}', accepted("server.ping", {}), answer=PONG)
for name, method in [("unknown method", "session.frobnicate"), ("empty method", ""), ("method in capitals", "Server.ping"), ("method with a prefix", "xserver.ping"),
                     ("method with a suffix", "server.pingx"), ("method with a space", "server.ping "), ("method with a NUL", "server.ping\\u0000")]:
    whole(name, envelope(method, "{}"), error(-32601, 7))
whole("unknown method with params of any type", envelope("x", "[1]"), error(-32601, 7))
for name, text in [("params as an array", "[]"), ("params as a string", '"a"'), ("params null", "null"), ("params as a number", "1")]:
    whole(name, envelope("session.validate", text), error(-32602, 7))
whole("ping takes params of any type", envelope("server.ping", "[1,2]"), accepted("server.ping", {}), answer=PONG)
add("envelope", "a notification", "request", frame('{"jsonrpc":"2.0","method":"server.ping"}'), {"notification": {"method": "server.ping"}}, live=True)
add("envelope", "a notification of an unknown method", "request", frame('{"jsonrpc":"2.0","method":"x","params":[1]}'), {"notification": {"method": ""}}, live=True)

# Methods ------------------------------------------------------------------------------------------------------------
NOT_VALID = {"result": {"valid": False}}
for method, used in [("server.ping", {}), ("server.stats", {"by_service": False}), ("board.attach", {}), ("cluster.leave", {})]:
    accept("server", method + " without params", method, None, used, {"result": {}} if method == "server.ping" else None)
    accept("server", method + " with unknown params", method, '{"a":1,"a":2}', used, {"result": {}} if method == "server.ping" else None)
accept("server", "stats by service", "server.stats", '{"by_service":true}', {"by_service": True})
for name, text in [("by a number", '{"by_service":1}'), ("by service twice", '{"by_service":true,"by_service":true}')]:
    refuse("server", "stats " + name, "server.stats", text)
refuse("server", "stats with an array", "server.stats", "[]")
refuse("server", "attach with an array", "board.attach", "[]")
accept("server", "hello", "server.hello", '{"client":"backup","version":"1.2"}', {"client": "backup", "version": "1.2"})
accept("server", "hello without params", "server.hello", None, {})
accept("server", "hello with empty params", "server.hello", "{}", {})
accept("server", "hello with a name of 64 bytes", "server.hello", '{"client":"%s"}' % ("n" * 64), {"client": "n" * 64})
for name, text in [("empty client", '{"client":""}'), ("client as a number", '{"client":1}'), ("client null", '{"client":null}'), ("client of 65 bytes", '{"client":"%s"}' % ("n" * 65)),
                   ("client with a NUL", r'{"client":"a\u0000"}'), ("client twice", '{"client":"a","client":"a"}'), ("version as a number", '{"version":1}')]:
    refuse("server", "hello, " + name, "server.hello", text)

accept("validate", "validate", "session.validate", '{"token":"%s"}' % TOKEN, {"token": TOKEN, "touch": True}, NOT_VALID)
accept("validate", "validate without touch", "session.validate", '{"token":"%s","touch":false}' % TOKEN, {"token": TOKEN, "touch": False}, NOT_VALID)
accept("validate", "validate with touch first", "session.validate", '{"touch":true,"token":"%s"}' % OTHER, {"token": OTHER, "touch": True}, NOT_VALID)
accept("validate", "validate with an escaped token", "session.validate", r'{"token":"\u0041%s"}' % TOKEN[1:], {"token": TOKEN, "touch": True}, NOT_VALID)
accept("validate", "validate with an escaped name", "session.validate", r'{"tok\u0065n":"%s"}' % TOKEN, {"token": TOKEN, "touch": True}, NOT_VALID)
accept("validate", "validate with unknown members", "session.validate", r'{"a":{"token":1},"token":"%s","b":"\ud800","a":1}' % TOKEN, {"token": TOKEN, "touch": True}, NOT_VALID)
BAD_TOKENS = [("empty", '""'), ("of 42 characters", '"%s"' % TOKEN[:-1]), ("of 44 characters", '"%sA"' % TOKEN), ("padded", '"%s="' % TOKEN),
              ("with +", '"+%s"' % TOKEN[1:]), ("with /", '"/%s"' % TOKEN[1:]), ("with spare bits", '"%s9"' % TOKEN[:-1]), ("with a NUL", r'"\u0000%s"' % TOKEN[1:]),
              ("with a space", '" %s"' % TOKEN[1:]), ("as a number", "1"), ("null", "null"), ("as an array", '["%s"]' % TOKEN), ("not ASCII", '"\u00e9%s"' % TOKEN[2:])]
for name, token in BAD_TOKENS:
    refuse("validate", "token " + name, "session.validate", '{"token":%s}' % token)
for name, text in [("without params", None), ("without token", "{}"), ("token twice", '{"token":"%s","token":"%s"}' % (TOKEN, TOKEN)),
                   ("token twice, once escaped", r'{"token":"%s","\u0074oken":"%s"}' % (TOKEN, TOKEN)), ("touch as a string", '{"token":"%s","touch":"no"}' % TOKEN),
                   ("touch as a number", '{"token":"%s","touch":0}' % TOKEN), ("touch null", '{"token":"%s","touch":null}' % TOKEN)]:
    refuse("validate", "validate " + name, "session.validate", text)

accept("session", "touch", "session.touch", '{"tokens":["%s","%s"]}' % (TOKEN, OTHER), {"tokens": [TOKEN, OTHER]}, {"result": {}})
accept("session", "touch of none", "session.touch", '{"tokens":[]}', {"tokens": []}, {"result": {}})
accept("session", "touch of 1,000", "session.touch", json.dumps({"tokens": [TOKEN] * 1000}), {"tokens": [TOKEN] * 1000}, {"result": {}})
refuse("session", "touch of 1,001", "session.touch", json.dumps({"tokens": [TOKEN] * 1001}), 1017)
for name, text in [("without tokens", "{}"), ("of a token that is none", '{"tokens":["%s","a"]}' % TOKEN), ("of a number", '{"tokens":[1]}'),
                   ("of a string", '{"tokens":"%s"}' % TOKEN), ("with tokens twice", '{"tokens":[],"tokens":[]}')]:
    refuse("session", "touch " + name, "session.touch", text)
accept("session", "rotate", "session.rotate", '{"token":"%s"}' % TOKEN, {"token": TOKEN})
accept("session", "rotate ignores what it does not know", "session.rotate", '{"token":"%s","touch":5}' % TOKEN, {"token": TOKEN})
refuse("session", "rotate without token", "session.rotate", "{}")
refuse("session", "rotate with a token that is none", "session.rotate", '{"token":"a"}')

DATA = {"token": TOKEN, "data": {"a": "1", "b": None}}
accept("session", "update", "session.update", json.dumps(DATA), DATA)
accept("session", "update with a version", "session.update", json.dumps({**DATA, "if_version": 3}), {**DATA, "if_version": 3})
accept("session", "update of nothing", "session.update", '{"token":"%s","data":{}}' % TOKEN, {"token": TOKEN, "data": {}})
accept("session", "update with escapes", "session.update", r'{"token":"%s","data":{"\u00e9\n":"\ud83d\ude00\u0000"}}' % TOKEN, {"token": TOKEN, "data": {"\u00e9\n": "\U0001F600\0"}})
accept("session", "update with a key of 64 bytes", "session.update", '{"token":"%s","data":{"%s":""}}' % (TOKEN, "k" * 64), {"token": TOKEN, "data": {"k" * 64: ""}})
many = {"k%d" % i: None for i in range(128)}
accept("session", "update of 128 keys", "session.update", json.dumps({"token": TOKEN, "data": many}), {"token": TOKEN, "data": many})
refuse("session", "update of 129 keys", "session.update", json.dumps({"token": TOKEN, "data": {**many, "x": None}}), 1017)
refuse("session", "update with a key of 65 bytes", "session.update", '{"token":"%s","data":{"%s":""}}' % (TOKEN, "k" * 65), 1017)
for name, text in [("without data", '{"token":"%s"}' % TOKEN), ("without token", '{"data":{}}'), ("data as an array", '{"token":"%s","data":[]}' % TOKEN),
                   ("a number as value", '{"token":"%s","data":{"a":1}}' % TOKEN), ("an object as value", '{"token":"%s","data":{"a":{}}}' % TOKEN),
                   ("an empty key", '{"token":"%s","data":{"":"a"}}' % TOKEN), ("a key twice", r'{"token":"%s","data":{"a":"1","\u0061":null}}' % TOKEN),
                   ("a lone surrogate in a value", r'{"token":"%s","data":{"a":"\ud800"}}' % TOKEN), ("a lone surrogate in a key", r'{"token":"%s","data":{"\udc00":"a"}}' % TOKEN),
                   ("version 0", '{"token":"%s","data":{},"if_version":0}' % TOKEN), ("a version with a fraction", '{"token":"%s","data":{},"if_version":1.0}' % TOKEN),
                   ("a version above 2^53", '{"token":"%s","data":{},"if_version":9007199254740993}' % TOKEN), ("a version as a string", '{"token":"%s","data":{},"if_version":"1"}' % TOKEN)]:
    refuse("session", "update, " + name, "session.update", text)

accept("session", "list by token", "session.list", '{"token":"%s"}' % TOKEN, {"token": TOKEN})
accept("session", "list by user", "session.list", '{"user":"ada","cursor":"c1"}', {"user": "ada", "cursor": "c1"})
accept("session", "revoke by token", "session.revoke", '{"token":"%s"}' % TOKEN, {"token": TOKEN}, {"result": {"revoked": 0}})
accept("session", "revoke by token and handle", "session.revoke", '{"token":"%s","handle":"%s"}' % (TOKEN, HANDLE), {"token": TOKEN, "handle": HANDLE})
accept("session", "revoke by handle", "session.revoke", '{"handle":"%s"}' % HANDLE, {"handle": HANDLE}, {"result": {"revoked": 0}})
accept("session", "revoke by a handle whose top bit is set", "session.revoke", '{"handle":"%s"}' % SHARED, {"handle": SHARED}, {"result": {"revoked": 0}})
accept("session", "revoke_all by token", "session.revoke_all", '{"token":"%s","except":"%s"}' % (TOKEN, HANDLE), {"token": TOKEN, "except": HANDLE})
accept("session", "revoke_all by user", "session.revoke_all", '{"user":"ada"}', {"user": "ada"}, {"result": {"revoked": 0}})
accept("session", "list of all", "session.list", '{"all":true}', {"all": True})
accept("session", "list of all of a realm", "session.list", '{"all":true,"realm":"r","cursor":"c1"}', {"all": True, "realm": "r", "cursor": "c1"})
accept("session", "revoke_all of all", "session.revoke_all", '{"all":true,"except":"%s"}' % HANDLE, {"all": True, "except": HANDLE})
accept("session", "revoke_all of all, going on", "session.revoke_all", '{"all":true,"realm":"r","cursor":"c1"}', {"all": True, "realm": "r", "cursor": "c1"})
refuse("session", "revoke_all of a user with a cursor", "session.revoke_all", '{"user":"ada","cursor":"c1"}')
for method in ["session.list", "session.revoke_all"]:
    for name, text in [("of all and a user", '{"all":true,"user":"ada"}'), ("of all and a token", '{"all":true,"token":"%s"}' % TOKEN), ("of not all", '{"all":false}'),
                       ("of all by a number", '{"all":1}'), ("of a realm alone", '{"realm":"r"}'), ("of a user in a realm", '{"user":"ada","realm":"r"}'),
                       ("of all of a realm without a name", '{"all":true,"realm":""}'),
                       ("of nobody", "{}"), ("by both", '{"token":"%s","user":"ada"}' % TOKEN), ("by a token that is none", '{"token":"a"}'),
                       ("by user twice", '{"user":"ada","user":"ada"}'), ("by a number", '{"user":1}')]:
        refuse("session", "%s %s" % (method, name), method, text)
for name, text in [("empty", '""'), ("of 65 bytes", '"%s"' % ("c" * 65)), ("as a number", "1")]:
    refuse("session", "list with a cursor " + name, "session.list", '{"user":"ada","cursor":%s}' % text)
refuse("session", "revoke of nothing", "session.revoke", "{}")
for name, handle in [("empty", ""), ("without its prefix", HANDLE[2:]), ("of 17 characters", HANDLE[:-1]), ("of 19 characters", HANDLE + "A"), ("in capitals", "H" + HANDLE[1:]),
                     ("with +", HANDLE[:-1] + "+"), ("that is a token", TOKEN)]:
    refuse("session", "revoke of a handle " + name, "session.revoke", json.dumps({"handle": handle}))
refuse("session", "revoke_all except a number", "session.revoke_all", '{"user":"ada","except":1}')

CREATE = {"user": "ada", "methods": ["pwd", "otp"]}
accept("session", "create", "session.create", json.dumps(CREATE), CREATE)
accept("session", "create with all", "session.create", json.dumps({**CREATE, "service": "login", "context": {"tty": "pts/3"}}), {**CREATE, "service": "login", "context": {"tty": "pts/3"}})
refuse("session", "create with 17 methods", "session.create", json.dumps({"user": "ada", "methods": ["m%d" % i for i in range(17)]}), 1017)
for name, text in [("without user", '{"methods":["pwd"]}'), ("without methods", '{"user":"ada"}'), ("no method", '{"user":"ada","methods":[]}'), ("a method twice", '{"user":"ada","methods":["pwd","pwd"]}'),
                   ("a method in capitals", '{"user":"ada","methods":["PWD"]}'), ("an empty method", '{"user":"ada","methods":[""]}'), ("a method of 17 characters", '{"user":"ada","methods":["%s"]}' % ("m" * 17)),
                   ("methods as a string", '{"user":"ada","methods":"pwd"}'), ("an empty service", '{"user":"ada","methods":["pwd"],"service":""}'), ("a service with a NUL", r'{"user":"ada","methods":["pwd"],"service":"a\u0000"}')]:
    refuse("session", "create, " + name, "session.create", text)

# Logins -------------------------------------------------------------------------------------------------------------
START = {"user": "ada", "password": "correct horse"}
accept("auth", "start", "auth.start", json.dumps(START), START)
accept("auth", "start without a password", "auth.start", '{"user":"ada"}', {"user": "ada"})
accept("auth", "start with all", "auth.start", json.dumps({**START, "service": "login", "context": {"remote_ip": "192.0.2.1"}, "timeout_ms": 5000}), {**START, "service": "login", "context": {"remote_ip": "192.0.2.1"}, "timeout_ms": 5000})
accept("auth", "start again", "auth.start", json.dumps({"token": TOKEN, "password": "x"}), {"token": TOKEN, "password": "x"})
accept("auth", "an empty password", "auth.start", '{"user":"ada","password":""}', {"user": "ada", "password": ""})
accept("auth", "a password with escapes", "auth.start", r'{"user":"ada","password":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}', {"user": "ada", "password": "\"\\/\b\f\n\r\t\u00e9\U0001F600"})
accept("auth", "a password that is not ASCII", "auth.start", '{"user":"ada","password":"p\u00e4ssw\u00f6rd \u20ac"}', {"user": "ada", "password": "p\u00e4ssw\u00f6rd \u20ac"})
accept("auth", "a password of 511 bytes", "auth.start", '{"user":"ada","password":"%s"}' % ("p" * 511), {"user": "ada", "password": "p" * 511})
accept("auth", "a password of 511 bytes, escaped", "auth.start", '{"user":"ada","password":"%s"}' % ("\\u0070" * 511), {"user": "ada", "password": "p" * 511})
refuse("auth", "a password of 512 bytes", "auth.start", '{"user":"ada","password":"%s"}' % ("p" * 512), 1017)
accept("auth", "a user of 256 bytes", "auth.start", '{"user":"%s"}' % ("u" * 256), {"user": "u" * 256})
accept("auth", "a user with a realm, a backslash and a dash", "auth.start", r'{"user":"EX\\a-da~@example.org"}', {"user": "EX\\a-da~@example.org"})
accept("auth", "a user with a space and dots", "auth.start", '{"user":".ada b.."}', {"user": ".ada b.."})
accept("auth", "a user that is not ASCII", "auth.start", '{"user":"\u0430\u0434\u0430"}', {"user": "\u0430\u0434\u0430"})
for name, user in [("that is a dot", '"."'), ("that is two dots", '".."'), ("with a leading space", '" a"'), ("with a trailing space", '"a "'), ("that is a space", '" "'), ("with a trailing U+00A0", '"a\u00a0"'),
                   ("with a leading U+3000", r'"\u3000a"'), ("empty", '""'), ("of 257 bytes", '"%s"' % ("u" * 257)), ("of 129 characters and 258 bytes", '"%s"' % ("\u00e9" * 129)), ("with a slash", '"a/b"'), ("with an escaped slash", r'"a\/b"'),
                   ("with a leading dash", '"-a"'), ("with a leading tilde", '"~a"'), ("with a line feed", r'"a\nb"'), ("with a NUL", r'"a\u0000"'), ("with U+007F", '"a\x7f"'), ("with U+0080", '"a\x80"'), ("with an escaped U+009F", r'"a\u009f"'), ("with U+202E", '"a\u202e"'), ("with an escaped U+2066", r'"\u2066a"'),
                   ("with a lone surrogate", r'"a\ud800"'), ("as a number", "1"), ("null", "null")]:
    refuse("auth", "a user " + name, "auth.start", '{"user":%s}' % user)
for name, text in [("by nobody", "{}"), ("by both", '{"user":"ada","token":"%s"}' % TOKEN), ("by a token with a service", '{"token":"%s","service":"login"}' % TOKEN),
                   ("a token that is none", '{"token":"a"}'), ("a password with a NUL", r'{"user":"ada","password":"a\u0000b"}'), ("a password with a lone surrogate", r'{"user":"ada","password":"\udfff"}'),
                   ("a password as a number", '{"user":"ada","password":1}'), ("a password null", '{"user":"ada","password":null}'), ("a password twice", '{"user":"ada","password":"a","password":"b"}'),
                   ("a timeout of 0", '{"user":"ada","timeout_ms":0}'), ("a negative timeout", '{"user":"ada","timeout_ms":-1}'), ("a timeout with a fraction", '{"user":"ada","timeout_ms":1.5}'),
                   ("a timeout above 2^53", '{"user":"ada","timeout_ms":9007199254740993}'), ("a timeout as a string", '{"user":"ada","timeout_ms":"1"}'), ("a service as a number", '{"user":"ada","service":1}')]:
    refuse("auth", "start, " + name, "auth.start", text)
accept("auth", "respond", "auth.respond", json.dumps({"transaction": NAME, "answers": ["a", "b"]}), {"transaction": NAME, "answers": ["a", "b"]}, {"error": {"code": 1013, "reason": "no_such_transaction"}})
accept("auth", "respond with no answer", "auth.respond", json.dumps({"transaction": NAME, "answers": []}), {"transaction": NAME, "answers": []})
accept("auth", "respond with an empty answer and escapes", "auth.respond", r'{"transaction":"%s","answers":["","\u0041\n"]}' % NAME, {"transaction": NAME, "answers": ["", "A\n"]})
accept("auth", "respond with 32 answers", "auth.respond", json.dumps({"transaction": NAME, "answers": ["x"] * 32}), {"transaction": NAME, "answers": ["x"] * 32})
refuse("auth", "respond with 33 answers", "auth.respond", json.dumps({"transaction": NAME, "answers": ["x"] * 33}), 1017)
refuse("auth", "respond with an answer of 512 bytes", "auth.respond", json.dumps({"transaction": NAME, "answers": ["x" * 512]}), 1017)
for name, text in [("without answers", '{"transaction":"%s"}' % NAME), ("without transaction", '{"answers":[]}'), ("an answer with a NUL", r'{"transaction":"%s","answers":["\u0000"]}' % NAME),
                   ("an answer as a number", '{"transaction":"%s","answers":[1]}' % NAME), ("an answer null", '{"transaction":"%s","answers":[null]}' % NAME), ("answers as a string", '{"transaction":"%s","answers":"a"}' % NAME),
                   ("a transaction of 21 characters", '{"transaction":"%s","answers":[]}' % NAME[:-1]), ("a transaction with spare bits", '{"transaction":"%sx","answers":[]}' % NAME[:-1])]:
    refuse("auth", "respond, " + name, "auth.respond", text)
accept("auth", "cancel", "auth.cancel", json.dumps({"transaction": NAME}), {"transaction": NAME})
refuse("auth", "cancel without transaction", "auth.cancel", "{}")
refuse("auth", "cancel of what is no transaction", "auth.cancel", '{"transaction":"t"}')
accept("auth", "claim", "code.claim", '{"code":"%s","era":0,"until":9007199254740992}' % TOKEN, {"code": TOKEN, "era": 0, "until": 9007199254740992})
accept("auth", "claim in no era of the daemon", "code.claim", '{"code":"%s","era":0,"until":1}' % TOKEN, {"code": TOKEN, "era": 0, "until": 1}, {"error": {"code": 1010, "reason": "cancelled"}})
for name, text in [("without code", '{"era":1,"until":1}'), ("without era", '{"code":"%s","until":1}' % TOKEN), ("without until", '{"code":"%s","era":1}' % TOKEN),
                   ("a code of 42 characters", '{"code":"%s","era":1,"until":1}' % TOKEN[:-1]), ("a negative era", '{"code":"%s","era":-1,"until":1}' % TOKEN),
                   ("a negative end", '{"code":"%s","era":1,"until":-1}' % TOKEN), ("an end with a fraction", '{"code":"%s","era":1,"until":1.5}' % TOKEN),
                   ("an era as a string", '{"code":"%s","era":"1","until":1}' % TOKEN), ("a code twice", '{"code":"%s","code":"%s","era":1,"until":1}' % (TOKEN, TOKEN))]:
    refuse("auth", "claim, " + name, "code.claim", text)

# Context ------------------------------------------------------------------------------------------------------------
def context(name, text, value):
    accept("context", name, "auth.start", '{"user":"ada","context":%s}' % text, {"user": "ada", "context": value})


def bad_context(name, text, code=-32602):
    refuse("context", name, "auth.start", '{"user":"ada","context":%s}' % text, code)


context("empty", "{}", {})
context("escapes", r'{"host":"a\u0022\n\u00e9"}', {"host": 'a"\n\u00e9'})
names = {"n_" + chr(97 + i): "v" for i in range(16)}
context("16 members", json.dumps(names), names)
bad_context("17 members", json.dumps({**names, "x": "v"}), 1017)
context("a name of 32 characters", '{"%s":"v"}' % ("n" * 32), {"n" * 32: "v"})
bad_context("a name of 33 characters", '{"%s":"v"}' % ("n" * 33))
context("1,024 bytes", json.dumps({"ab": "x" * 1022}), {"ab": "x" * 1022})
bad_context("1,025 bytes", json.dumps({"ab": "x" * 1023}), 1017)
for address in ["192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8", "::ffff:192.0.2.1", "64:ff9b::192.0.2.33", "1:2:3:4:5:6:1.2.3.4"]:
    context("address " + address, json.dumps({"remote_ip": address}), {"remote_ip": address})
for address in ["", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "1.2..4", "0x1.2.3.4", "1", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                "1::2::3", "1:2:3:4:5:6:7:8::", "12345::", "::1%lo", "[::1]", "::1/64", "1:", ":1", "g::", "::1.2.3", "::1.2.3.4.5", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "::00001"]:
    bad_context("address '%s'" % address, json.dumps({"remote_ip": address}))
for name, text in [("an array", "[]"), ("a string", '"a"'), ("null", "null"), ("a number as value", '{"a":1}'), ("null as value", '{"a":null}'), ("an object as value", '{"a":{}}'), ("an empty name", '{"":"a"}'),
                   ("a name in capitals", '{"Host":"a"}'), ("a name with a digit", '{"a1":"a"}'), ("a name with a dash", '{"a-b":"a"}'), ("a name twice", r'{"a":"1","\u0061":"2"}'),
                   ("a NUL", r'{"a":"\u0000"}'), ("a lone surrogate", r'{"a":"\ud800"}')]:
    bad_context(name, text)

# Events and limits --------------------------------------------------------------------------------------------------
accept("events", "subscribe", "events.subscribe", None, {"kinds": ["created", "refused", "rotated", "updated", "revoked", "expired", "gap"]}, {"result": {}})
accept("events", "subscribe to kinds of a user", "events.subscribe", '{"kinds":["revoked","created"],"user":"ada"}', {"kinds": ["created", "revoked"], "user": "ada"}, {"result": {}})
accept("events", "subscribe to nothing but gaps", "events.subscribe", '{"kinds":[]}', {"kinds": []}, {"result": {}})
for name, text in [("an unknown kind", '{"kinds":["x"]}'), ("kinds as a string", '{"kinds":"created"}'), ("a number as kind", '{"kinds":[1]}'), ("a user that is none", '{"user":"a/b"}')]:
    refuse("events", "subscribe, " + name, "events.subscribe", text)
for method, result in [("limiter.list", None), ("limiter.clear", {"result": {}})]:
    accept("events", method, method, None, {}, result)
    accept("events", method + " of a user", method, '{"user":"ada"}', {"user": "ada"}, result)
    for name, text in [("a user that is none", '{"user":"-a"}'), ("an empty name", '{"user":""}'), ("a number as user", '{"user":1}'), ("a user twice", '{"user":"a","user":"a"}')]:
        refuse("events", method + " of " + name, method, text)

accept("events", "cluster.status", "cluster.status", None, {})
MEMBER = "00112233445566778899aabbccddeeff"
accept("events", "cluster.forget", "cluster.forget", '{"member":"%s"}' % MEMBER, {"high": "11223344556677", "low": "8899aabbccddeeff"}, {"error": {"code": 1018, "reason": "unsupported"}})
accept("events", "cluster.forget of all", "cluster.forget", '{"all":true}', {"all": True}, {"error": {"code": 1018, "reason": "unsupported"}})
for name, text in [("nobody", None), ("a member and all", '{"member":"%s","all":true}' % MEMBER), ("not all", '{"all":false}'), ("a number of all", '{"all":1}'), ("a member in capitals", '{"member":"%s"}' % MEMBER.upper()), ("a member of 31 digits", '{"member":"%s"}' % MEMBER[1:]), ("a member of 33 digits", '{"member":"0%s"}' % MEMBER),
                   ("a member with a sign", '{"member":"+%s"}' % MEMBER[1:]), ("a number", '{"member":1}')]:
    refuse("events", "cluster.forget of " + name, "cluster.forget", text)

# Answers and events, as a client reads them -------------------------------------------------------------------------
SESSION = {"handle": HANDLE, "realm": "default", "service": "login", "user": "ada", "uid": 1000, "created": 1790000000, "authenticated": 1790000000, "last_seen": 1790000100,
           "idle_expires": 1790001900, "expires": 1790043200, "methods": ["pwd"], "context": {"remote_ip": "192.0.2.1"}, "data": {"k": "v"}, "version": 1}
LISTED = {key: value for key, value in SESSION.items() if key != "data"}


def text(value):
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def result(name, method, value, expect=None):
    body = '{"jsonrpc":"2.0","id":7,"result":%s}' % text(value)
    add("answers", name, "response", frame(body), {"result": {"id": 7, "value": value if expect is None else expect}}, method=method)


def broken(name, body, method=None):
    more = {} if method is None else {"method": method}
    add("answers", name, "response", frame(body), {"broken": True}, **more)


def bad_result(name, method, value):
    broken(name, '{"jsonrpc":"2.0","id":7,"result":%s}' % text(value), method)


result("pong", "server.ping", {})
HELLO = {"server": "usherd 1.0", "protocol": 1, "peer": {"uid": 0, "gid": 0, "pid": 99}, "roles": ["validate"], "services": ["login"], "limits": {"frame": 65536}}
result("hello", "server.hello", HELLO)
LIFETIMES = {"login": {"idle_ms": 1800000, "absolute_ms": 43200000}}
result("hello with lifetimes", "server.hello", {**HELLO, "lifetimes": LIFETIMES})
result("hello with lifetimes of more than is known", "server.hello",
       {**HELLO, "lifetimes": {"login": {**LIFETIMES["login"], "x": 1}}}, {**HELLO, "lifetimes": LIFETIMES})
CLUSTER = {"name": "corp", "host": "a", "lease_ms": 10000}
result("hello with an era", "server.hello", {**HELLO, "era": 1790000000000})
result("a code that was free", "code.claim", {"claimed": True})
result("a code that was not free", "code.claim", {"claimed": False, "x": 1}, {"claimed": False})
result("hello of a host that shares sessions", "server.hello", {**HELLO, "cluster": CLUSTER})
result("hello with a cluster of more than is known", "server.hello", {**HELLO, "cluster": {**CLUSTER, "x": []}}, {**HELLO, "cluster": CLUSTER})
result("hello with more than is known", "server.hello", {**HELLO, "x": [1], "limits": {"frame": 65536, "y": "z"}}, HELLO)
result("stats", "server.stats", {"sessions": 3, "requests": 9007199254740993})
BY_SERVICE = {"sessions": 3, "services": [{"service": "web", "realm": "default", "sessions": 2, "logins_succeeded": 5}, {"service": "ssh", "realm": "r"}]}
result("stats by service", "server.stats", BY_SERVICE)
result("stats with more than is known", "server.stats", {**BY_SERVICE, "x": "y"}, BY_SERVICE)
result("valid", "session.validate", {"valid": True, "session": SESSION})
result("valid, to be cached", "session.validate", {"valid": True, "session": SESSION, "cache": {"slot": 0, "stamp": 4294967295}})
result("valid, without an account", "session.validate", {"valid": True, "session": {**SESSION, "uid": None}})
result("valid, with more than is known", "session.validate", {"valid": True, "session": {**SESSION, "x": {}}, "y": 1}, {"valid": True, "session": SESSION})
result("not valid", "session.validate", {"valid": False})
result("a new token", "session.rotate", {"token": TOKEN, "session": SESSION})
result("a created session", "session.create", {"token": TOKEN, "session": {**SESSION, "uid": None, "context": {}, "data": {}}})
result("version", "session.update", {"version": 2})
result("a page", "session.list", {"sessions": [LISTED, LISTED], "next": "c1"})
result("the last page", "session.list", {"sessions": []})
result("a page of a list that may lack sessions", "session.list", {"sessions": [LISTED], "partial": True})
result("revoked", "session.revoke", {"revoked": 1})
result("revoked many", "session.revoke_all", {"revoked": 10000})
result("revoked a part of all", "session.revoke_all", {"revoked": 4096, "next": "4095"})
COMPLETE = {"state": "complete", "token": TOKEN, "session": SESSION, "failures_since": 2, "last_login": 1789990000}
result("logged in", "auth.start", COMPLETE)
result("logged in for the first time", "auth.respond", {**COMPLETE, "last_login": None})
MESSAGES = [{"style": "info", "text": "Your password expires in 3 days."}, {"style": "error", "text": "\u00e9"}]
result("logged in with messages", "auth.start", {**COMPLETE, "messages": MESSAGES})
bad_result("messages without a style", "auth.start", {**COMPLETE, "messages": [{"text": ""}]})
bad_result("33 messages", "auth.start", {**COMPLETE, "messages": 33 * MESSAGES[:1]})
CHALLENGE = {"state": "challenge", "transaction": NAME, "purpose": "login", "prompts": [{"style": "info", "text": "hi \u00e9"}, {"style": "secret", "text": "Password: "}]}
result("a challenge", "auth.start", CHALLENGE)
CODE = {"style": "info", "text": "\u2588\u2588\n\u2588 \u2588\nhttps://id.example", "cut": True}
result("a challenge of several lines, the end of which is missing", "auth.start", {**CHALLENGE, "prompts": [CODE, {"style": "visible", "text": "1 - phone\n2 - key\n"}]})
result("a text that is whole", "auth.start", {**COMPLETE, "messages": [{**MESSAGES[0], "cut": False}]}, {**COMPLETE, "messages": MESSAGES[:1]})
bad_result("a cut that is a number", "auth.start", {**CHALLENGE, "prompts": [{**CODE, "cut": 1}]})
result("a challenge to change the password", "auth.respond", {**CHALLENGE, "purpose": "password_change", "prompts": [{"style": "visible", "text": ""}, {"style": "error", "text": "x"}]})
BOARD = {"board": "000102030405060708090a0b0c0d0e0f", "slots": 1048576, "offset": 4096, "boottime_ms": 123456}
result("the board", "board.attach", BOARD)
LIMITED = {"user": "ada", "realm": "default", "failures": 7, "failures_known_sources": 5, "retry_after_ms": 4000, "retry_after_known_sources_ms": 1000, "capped": False}
OLDER = {key: value for key, value in LIMITED.items() if key != "retry_after_known_sources_ms"}
result("limits of an older daemon", "limiter.list", {"entries": [OLDER], "more": False})
result("limits", "limiter.list", {"entries": [{**LIMITED, "user": None, "realm": None, "failures": 100, "capped": True}, LIMITED], "more": True})
result("no limits", "limiter.list", {"entries": [], "more": False})
result("cleared", "limiter.clear", {})
HOSTS = [{"member": MEMBER, "host": "a", "age_ms": 12}, {"member": MEMBER[::-1], "host": "b", "age_ms": 2400}]
STATUS = {"name": "corp", "host": "a", "member": MEMBER, "state": "member", "link": True, "store": True, "lease_ms": 10000, "lease_left_ms": 8123, "copies": 1, "epoch": "0000000a",
          "ordinal": 1790000000000, "whole": True, "acknowledged": 33, "acknowledged_by_all": 32, "sessions": 7, "doubtful": 0, "ends_pending": 1, "members": HOSTS, "awaited": []}
result("a cluster", "cluster.status", STATUS)
AWAY = {**STATUS, "state": "away", "store": False, "fault": "NOAUTH", "whole": False, "members": [], "awaited": [{"member": MEMBER}]}
result("a cluster whose store is away", "cluster.status", {key: value for key, value in AWAY.items() if key != "epoch"})
result("a cluster of more than is known", "cluster.status", {**STATUS, "x": [], "members": [{**HOSTS[0], "y": 1}]}, {**STATUS, "members": HOSTS[:1]})
result("forgotten", "cluster.forget", {})
for name, method, value in [
    ("a cluster without a state", "cluster.status", {key: value for key, value in STATUS.items() if key != "state"}), ("a member without its id", "cluster.status", {**STATUS, "members": [{"host": "a"}]}),
    ("a lease left below 0", "cluster.status", {**STATUS, "lease_left_ms": -1}), ("a store that is a number", "cluster.status", {**STATUS, "store": 1}),
    ("limits without an end", "limiter.list", {"entries": []}), ("a limit without a count", "limiter.list", {"entries": [{key: value for key, value in LIMITED.items() if key != "failures"}], "more": False}),
    ("a limit of a number", "limiter.list", {"entries": [{**LIMITED, "user": 1}], "more": False}), ("failures below 0", "limiter.list", {"entries": [{**LIMITED, "failures": -1}], "more": False}),
    ("valid without session", "session.validate", {"valid": True}), ("not valid with session", "session.validate", {"valid": False, "session": SESSION}), ("valid as a number", "session.validate", {"valid": 1}),
    ("valid twice", "session.validate", '{"valid":false,"valid":true}'), ("no valid", "session.validate", {}), ("a result that is no object", "session.validate", [True]),
    ("half a cache place", "session.validate", {"valid": True, "session": SESSION, "cache": {"slot": 1}}), ("a stamp above 32 bits", "session.validate", {"valid": True, "session": SESSION, "cache": {"slot": 1, "stamp": 4294967296}}),
    ("a uid below 0", "session.validate", {"valid": True, "session": {**SESSION, "uid": -1}}), ("a time with a fraction", "session.validate", text({"valid": True, "session": SESSION}).replace("1790000100", "1790000100.5")),
    ("a handle that is none", "session.validate", {"valid": True, "session": {**SESSION, "handle": "x"}}), ("context of numbers", "session.validate", {"valid": True, "session": {**SESSION, "context": {"a": 1}}}),
    ("a session without a user", "session.validate", {"valid": True, "session": {key: value for key, value in SESSION.items() if key != "user"}}),
    ("a claim that says nothing", "code.claim", {}), ("a claim that says a number", "code.claim", {"claimed": 1}), ("an era that is negative", "server.hello", {**HELLO, "era": -1}),
    ("a token that is none", "session.rotate", {"token": "a", "session": SESSION}), ("no session beside the token", "session.rotate", {"token": TOKEN}), ("version 0", "session.update", {"version": 0}),
    ("sessions as an object", "session.list", {"sessions": {}}), ("revoked below 0", "session.revoke", {"revoked": -1}),
    ("all revoked below 0", "session.revoke_all", {"revoked": -1}), ("revoked and an empty cursor", "session.revoke_all", {"revoked": 1, "next": ""}),
    ("services as an object", "server.stats", {"services": {}}), ("a service without a realm", "server.stats", {"services": [{"service": "web"}]}), ("an unknown state", "auth.start", {**COMPLETE, "state": "x"}),
    ("no state", "auth.start", {"token": TOKEN}), ("complete without a token", "auth.start", {key: value for key, value in COMPLETE.items() if key != "token"}),
    ("a prompt of an unknown style", "auth.start", {**CHALLENGE, "prompts": [{"style": "x", "text": ""}]}), ("an unknown purpose", "auth.start", {**CHALLENGE, "purpose": "x"}),
    ("a board id of 31 digits", "board.attach", {**BOARD, "board": BOARD["board"][1:]}), ("a board without slots", "board.attach", {**BOARD, "slots": 0}), ("a lifetime that is negative", "server.hello", {**HELLO, "lifetimes": {"a": {"idle_ms": -1, "absolute_ms": 1}}}), ("a lifetime without its end", "server.hello", {**HELLO, "lifetimes": {"a": {"idle_ms": 1}}}), ("a cluster without a lease", "server.hello", {**HELLO, "cluster": {"name": "corp", "host": "a"}}), ("a lease that is negative", "server.hello", {**HELLO, "cluster": {**CLUSTER, "lease_ms": -1}}), ("hello without roles", "server.hello", {key: value for key, value in HELLO.items() if key != "roles"})]:
    bad_result(name, method, value)


def refusal(name, body, code, id=7, retry=None, messages=None, missing=None, quota=None, pending=None):
    more = {"retry_after_ms": retry, "messages": messages, "missing": missing, "quota": quota, "pending": pending}
    expected = {"id": id, "code": code, **{key: value for key, value in more.items() if value is not None}}
    add("answers", name, "response", frame(body), {"refusal": expected})


refusal("denied", '{"jsonrpc":"2.0","id":7,"error":{"code":1001,"message":"Login refused","data":{"reason":"denied"}}}', 1001)
refusal("denied with messages", '{"jsonrpc":"2.0","id":7,"error":{"code":1001,"message":"","data":{"reason":"denied","messages":%s}}}' % text(MESSAGES), 1001, messages=MESSAGES)
refusal("rate limited", '{"jsonrpc":"2.0","id":7,"error":{"code":1006,"message":"","data":{"reason":"rate_limited","retry_after_ms":1500}}}', 1006, retry=1500)
MISSING = {"method": "session.list", "lacks": ["validate", "admin"], "uid": 995, "entry": "user wiki", "roles": ["login"]}
FORBIDDEN = '{"jsonrpc":"2.0","id":7,"error":{"code":1011,"message":"This peer may not do that","data":%s}}'
refusal("forbidden", FORBIDDEN % text({"reason": "forbidden", **MISSING}), 1011, missing=MISSING)
UNKNOWN = {key: value for key, value in MISSING.items() if key != "entry"}
refusal("forbidden to a peer without an entry", FORBIDDEN % text({"reason": "forbidden", **UNKNOWN}), 1011, missing=UNKNOWN)
refusal("forbidden by an older daemon", FORBIDDEN % '{"reason":"forbidden"}', 1011)
QUOTA = '{"jsonrpc":"2.0","id":7,"error":{"code":1015,"message":"A quota is used up","data":{"reason":"quota_exceeded"%s}}}'
refusal("quota exceeded", QUOTA % ',"quota":"memory"', 1015, quota="memory")
refusal("quota exceeded, of later times", QUOTA % ',"quota":"tea"', 1015)
refusal("quota exceeded by an older daemon", QUOTA % "", 1015)
UNAVAILABLE = '{"jsonrpc":"2.0","id":7,"error":{"code":1008,"message":"The authentication service is not available","data":{"reason":"unavailable"%s}}}'
refusal("unavailable", UNAVAILABLE % "", 1008)
refusal("unavailable, and when to ask again", UNAVAILABLE % ',"retry_after_ms":1000', 1008, retry=1000)
refusal("a change that goes on", UNAVAILABLE % ',"retry_after_ms":1000,"pending":true,"until_ms":11330', 1008, retry=1000, pending={"until_ms": 11330})
refusal("a change that goes on, nobody knows how long", UNAVAILABLE % ',"pending":true', 1008, pending={})
refusal("no change that goes on", UNAVAILABLE % ',"pending":false,"until_ms":5', 1008)
refusal("parse error", '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"","data":{"reason":"parse_error"}}}', -32700, id=None)
refusal("a code of later times", '{"jsonrpc":"2.0","id":7,"error":{"code":1999,"message":"x"}}', 1999)
refusal("data that is no object", '{"jsonrpc":"2.0","id":7,"error":{"code":1001,"message":"x","data":[1]}}', 1001)
EVENT = {"kind": "revoked", "handle": HANDLE, "realm": "default", "service": "login", "user": "ada", "reason": "request", "at": 1790000000}
add("answers", "an event", "response", frame('{"jsonrpc":"2.0","method":"event","params":%s}' % text(EVENT)), {"event": EVENT})
REFUSED = {"kind": "refused", "realm": "default", "service": "login", "user": "ada", "reason": "denied", "source": "192.0.2.7", "client": "user wiki", "at": 1790000000}
add("answers", "an event of a refused login", "response", frame('{"jsonrpc":"2.0","method":"event","params":%s}' % text(REFUSED)), {"event": REFUSED})
ACCOUNT = {**EVENT, "reason": "account", "detail": "locked"}
add("answers", "an event of an account that ended", "response", frame('{"jsonrpc":"2.0","method":"event","params":%s}' % text(ACCOUNT)), {"event": ACCOUNT})
ELSEWHERE = {**EVENT, "host": "wiki-2"}
add("answers", "an event of a session that another host ended", "response", frame('{"jsonrpc":"2.0","method":"event","params":%s}' % text(ELSEWHERE)), {"event": ELSEWHERE})
add("answers", "an event of a kind of later times", "response", frame('{"jsonrpc":"2.0","method":"event","params":{"kind":"x","at":1}}'), {"event": {"at": 1}})
add("answers", "another notification", "response", frame('{"jsonrpc":"2.0","method":"x"}'), {"ignored": True})
for name, body in [("an answer with result and error", '{"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1}}'), ("an answer with neither", '{"jsonrpc":"2.0","id":7}'), ("an answer without version", '{"id":7,"result":{}}'),
                   ("an answer with a string as id", '{"jsonrpc":"2.0","id":"7","result":{}}'), ("a result for null", '{"jsonrpc":"2.0","id":null,"result":{}}'), ("an id twice", '{"jsonrpc":"2.0","id":7,"id":7,"result":{}}'),
                   ("an error without code", '{"jsonrpc":"2.0","id":7,"error":{}}'), ("an error that is no object", '{"jsonrpc":"2.0","id":7,"error":1}'), ("an answer that is malformed", '{"jsonrpc":"2.0","id":7,"result":{}'),
                   ("an array", "[]"), ("an event without params", '{"jsonrpc":"2.0","method":"event"}'), ("a retry time below 0", '{"jsonrpc":"2.0","id":7,"error":{"code":1006,"data":{"retry_after_ms":-1}}}')]:
    broken(name, body)

for family, vectors in families.items():
    seen = [vector["name"] for vector in vectors]
    assert len(set(seen)) == len(seen), [name for name in seen if seen.count(name) > 1]
    lines = ",\n".join(json.dumps(vector) for vector in vectors)
    (HERE / (family + ".json")).write_text('{"family": "%s", "vectors": [\n%s\n]}\n' % (family, lines))
    print(family, len(vectors))
