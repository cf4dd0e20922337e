"""Writes the seeds of FuzzClient beside itself: the answers of protocol/vectors as scripts of a server, and plays of calls."""
import json
import pathlib

HERE = pathlib.Path(__file__).parent
VECTORS = HERE.parents[3] / "protocol" / "vectors"
# The number of a call in FuzzClient, by the method that its answer is of.
CALLS = {
    "server.hello": 0, "server.stats": 1, "session.validate": 2, "session.rotate": 3, "session.update": 4,
    "session.list": 5, "session.revoke": 6, "session.create": 7, "limiter.list": 8, "session.touch": 9,
    "auth.start": 10, "server.ping": 11,
}
seen = {}
for path in sorted(VECTORS.glob("*.json")):
    for vector in json.loads(path.read_text())["vectors"]:
        if vector["side"] != "response":
            continue
        body = bytes.fromhex(vector["hex"])[4:]
        try:
            message = json.loads(body)
        except ValueError:
            continue
        if not isinstance(message, dict) or b"\xff" in body:
            continue
        number = CALLS.get(vector.get("method"), 11)
        kind = b"\3" if "result" in message else b"\2" if "error" in message else b"\1"
        piece = json.dumps(message.get("result", message.get("error", message))).encode()
        key = (number, kind, str(sorted(vector["expect"])))
        if seen.setdefault(key, 0) < 2:
            seen[key] += 1
            name = f"{number:02d}-{kind[0]}-{seen[key]}-{len(seen):02d}.bin"
            (HERE / name).write_bytes(bytes([number * 4 + 1]) + kind + piece + b"\xff")
PLAYS = {
    "calls": [0, 2, 9, 5, 0, 3, 9, 2, 0, 2, 1],
    "late": [0, 2, 9, 5, 4, 0, 2, 0, 4, 1, 2, 1],
    "lost": [0, 2, 9, 5, 0, 2, 9, 7, 3, 9, 5, 5, 2, 0],
    "full": [0, 1, 99] * 9 + [5] + [2, 0] * 9,
}
for name, play in PLAYS.items():
    (HERE / f"play-{name}.bin").write_bytes(bytes([0] + play))
