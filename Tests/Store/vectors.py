#!/usr/bin/env python3
"""Calls of all functions that hosts make, and what a real server answers: protocol/cluster/vectors.json.

`Tests/Store/vectors.py` writes the file, `test_vectors.py` compares it with the servers, and `UsherStoreWireTests` compares
it with what Swift writes and reads. Arguments are made here without Swift's code. What a server answers differently each
time (its run, its clock) is named by its place in `volatile`.
"""

import json
import struct

from store import LIBRARY, PREFIX, RECORD, Refused, Server

FILE = LIBRARY.parent / "vectors.json"
EPOCH, OTHER = b"0000000a", b"0000000b"
ORDINAL = 9_000_000_000_000_000
FAR = 4_102_444_800
BUCKET, REALM = 0x80000007, 7
A, B, C, D, E, F = (bytes([letter]) * 16 for letter in b"ABCDEF")
NONE = bytes(8)


def tag(digit):
    return bytes(7) + bytes([digit])


def digest(digit):
    return bytes([0xD0 + digit]) * 16


def record(digit, version=1, stamp=(0, 0), sealed=b"sealed", era=0):
    head = struct.pack(
        RECORD, b"L", 1, 0, 1_600_000_000, 31_536_000, FAR, version, era, *stamp, BUCKET, REALM, tag(digit))
    return head + bytes([digit]) * 8 + bytes([version]) * 8 + sealed


def calls():
    """Name, function, arguments, places in the answer that differ. Arguments include the epoch."""
    o, moved = ORDINAL + 1, digest(13) + struct.pack(">QQ", 1, 5)
    mark = o % 2**21 << 32 | int(EPOCH, 16)
    return [
        ("hello of an empty store", "hello", [], [6, 10, 11]),
        ("probe", "probe", [], []),
        ("open", "open", [b"", ORDINAL, EPOCH, 10_000, b"0123456789abcdef"], []),
        ("hello", "hello", [], [3, 6, 10, 11]),
        ("open what is open", "open", [EPOCH, ORDINAL, OTHER, 10_000, b"0123456789abcdef"], []),
        ("trim of what nobody has", "trim", [EPOCH, 256], []),
        ("join", "join", [EPOCH, A, 1, 1, b"one", b"", 0, 0], []),
        ("join of a second host", "join", [EPOCH, B, 1, 2, "zwei, \u00e4".encode(), b"", 0, 0], []),
        ("join with a number that was sent", "join", [EPOCH, B, 1, 2, b"two", b"", 0, 0], []),
        ("beat that lists the members", "beat", [EPOCH, A, 2, 3, 1, 0], [4, 5]),
        ("beat with a number that was sent", "beat", [EPOCH, A, 2, 3, 1, 0], []),
        ("beat of no member", "beat", [EPOCH, C, 2, 3, 1, 0], []),
        ("beat", "beat", [EPOCH, B, 2, 3, 0, 1], [4, 5]),
        ("get what is not there", "get", [EPOCH, digest(1)], []),
        ("put", "put", [EPOCH, digest(1), record(1), 0, 0, o, 3, b"note"], []),
        ("get", "get", [EPOCH, digest(1)], []),
        ("put under a name that is taken", "put", [EPOCH, digest(1), record(1), 0, 0, o, 3, b""], []),
        ("put over the quota", "put", [EPOCH, digest(2), record(2), 1, 0, o, 3, b""], []),
        ("put that displaces", "put", [EPOCH, digest(2), record(2), 1, 1, o, 3, b"gone"], []),
        ("get what has ended", "get", [EPOCH, digest(1)], []),
        ("list", "list", [EPOCH, BUCKET, 0, b"", 10], []),
        ("list the rest", "list", [EPOCH, BUCKET, 0, tag(2), 10], []),
        ("change", "change", [EPOCH, A, digest(2), 1, o, record(2, 2)], []),
        ("change from another version", "change", [EPOCH, A, digest(2), 5, o, record(2, 6)], []),
        ("change from another era", "change", [EPOCH, A, digest(2), 2, 5, record(2, 3)], []),
        ("move", "move", [EPOCH, A, digest(2), digest(3), o, record(2, 2), b"moved"], []),
        ("change what has ended", "change", [EPOCH, A, digest(2), 2, o, record(2, 3)], []),
        ("move what is not there", "move", [EPOCH, A, digest(9), digest(8), 5, record(9), b""], []),
        ("uses", "touch", [EPOCH, digest(3), 5, digest(9), 0, digest(2), 7], []),
        ("end by token", "end", [EPOCH, A, 2, 3, digest(3), tag(2), BUCKET, FAR, 1, b"bye"], []),
        ("end by handle", "end", [EPOCH, A, 2, 7, b"", tag(9), BUCKET, FAR, 4, b""], []),
        ("put of a second user's session", "put", [EPOCH, digest(4), record(4), 0, 0, o, 9, b""], []),
        ("end of all but one", "endall", [EPOCH, A, 2, BUCKET, tag(4), FAR, b"all"], []),
        ("end of all once more", "endall", [EPOCH, A, 2, BUCKET, tag(4), FAR, b"again"], []),
        ("get what was spared", "get", [EPOCH, digest(4)], []),
        ("end of all", "endall", [EPOCH, B, 3, BUCKET, b"", FAR, b""], []),
        ("what has ended goes", "sweep", [EPOCH, BUCKET, 0], []),
        ("put that was cancelled", "put", [EPOCH, digest(5), record(5), 0, 0, o, 3, b""], []),
        ("end of everybody of an earlier join", "endrealm", [EPOCH, A, 1, REALM, FAR, b"realm"], []),
        ("end of everybody", "endrealm", [EPOCH, A, 2, REALM, FAR, b"realm"], []),
        ("join that is behind", "join", [EPOCH, C, 1, 12, b"three", b"00000009", o, 1, A], []),
        ("join with an older epoch", "join", [EPOCH, C, 1, 12, b"three", b"00000009", 5, 1, A, B, b"00000007"], []),
        ("ends told again", "restore_ends",
         [EPOCH, digest(6), NONE, 0, FAR, b"", NONE + tag(7), tag(7), 0, FAR, b"", digest(12), NONE, 0, FAR, moved], []),
        ("ends of all told again", "restore_all",
         [EPOCH, 8, REALM + 1, 5, 6, b"", FAR, 4, BUCKET + 1, 5, 7, tag(8), FAR], []),
        ("changes told again", "restore_changes", [EPOCH, digest(7), 3, 5, b"noncenon", FAR], []),
        ("sessions put back", "again",
         [EPOCH, digest(3), record(3, 2, (5, 8), era=5), digest(10), record(10, 4, (o, 13), era=o)], []),
        ("a change told again", "restore_changes", [EPOCH, digest(11), 2, 5, bytes([11]) * 8, FAR], []),
        ("change that was lost", "change", [EPOCH, A, digest(11), 1, 5, record(11, 2, (o, 13))], []),
        ("move that was lost", "move", [EPOCH, A, digest(12), digest(13), 5, record(12, 1, (o, 13)), moved], []),
        ("join that waits for another", "join", [EPOCH, D, 1, 12, b"four", b"00000008", 4, 0, E], []),
        ("get of an epoch that is not complete", "get", [EPOCH, digest(9)], []),
        ("change in an epoch that is not complete", "change", [EPOCH, A, digest(9), 1, o, record(9, 2)], []),
        ("sessions put back too early", "again", [EPOCH, digest(9), record(9)], []),
        ("beat that expels", "beat", [EPOCH, A, 3, 12, 0, 1, B, 2, 3, D, 0, 99], [4, 5]),
        ("claim", "claim", [EPOCH, digest(1), mark, FAR], []),
        ("claim of what was claimed", "claim", [EPOCH, digest(1), mark, FAR], []),
        ("claim of another epoch", "claim", [EPOCH, digest(2), mark - 2**32, FAR], []),
        ("leave", "leave", [EPOCH, A], []),
        ("leave of no member", "leave", [EPOCH, F], []),
        ("call in another epoch", "get", [OTHER, digest(1)], []),
        ("arguments that are none", "get", [EPOCH, b"short"], []),
    ]


def raw(argument):
    return argument if isinstance(argument, bytes) else str(argument).encode()


def value(answer):
    """Bytes as hexadecimal digits, all else as JSON has it."""
    if isinstance(answer, list):
        return [value(part) for part in answer]
    return answer.hex() if isinstance(answer, bytes) else answer


def run(server):
    """What the server answers to the calls, one after the other, and the stream after them."""
    server.call("FLUSHALL")
    server.call("FUNCTION", "LOAD", "REPLACE", LIBRARY.read_bytes())
    vectors = []
    for name, function, arguments, volatile in calls():
        arguments = [raw(argument) for argument in arguments]
        vector = {"name": name, "function": function, "arguments": value(arguments)}
        try:
            vector["answer"] = value(server.call("FCALL", "usher_" + function, 1, PREFIX, *arguments))
        except Refused as error:
            vector["error"] = str(error)
        if volatile:
            vector["volatile"] = volatile
        vectors.append(vector)
    stream = server.call("XRANGE", PREFIX + b"s", "-", "+")
    return {"vectors": vectors, "stream": [[id.decode(), fields[1].hex()] for id, fields in stream]}


if __name__ == "__main__":
    server = Server()
    try:
        found = run(server)
    finally:
        server.close()
    lines = ",\n".join("  " + json.dumps(vector) for vector in found["vectors"])
    entries = ",\n".join("  " + json.dumps(entry) for entry in found["stream"])
    FILE.write_text(f'{{"vectors": [\n{lines}\n],\n"stream": [\n{entries}\n]}}\n')
