"""Writes the seeds of FuzzPAM beside itself: messages as UsherPAMWire reads them, and plays of a broker."""
import pathlib
import struct

HERE = pathlib.Path(__file__).parent


def text(value, size="H"):
    return struct.pack(">" + size, len(value)) + value


MESSAGES = {
    "hello": b"\1" + struct.pack(">H", 1),
    "cancel": b"\5" + struct.pack(">Q", 7),
    "start": b"\3" + struct.pack(">Q", 7) + text(b"default") + text(b"ann") + b"\0\1\0" + bytes(40),
    "answers": b"\4" + struct.pack(">QB", 7, 1) + text(b"secret"),
    "challenge": b"\x82" + struct.pack(">QB", 7, 1) + text(b"") + b"\1" + b"\1\0" + text(b"Password: "),
    "lines": b"\x82" + struct.pack(">QB", 7, 2) + text(b"ann") + b"\2" + b"\4\1" + text(b"1\n2\n" * 9) + b"\2\0" + text(b""),
    "verdict": b"\x83" + struct.pack(">QBi", 7, 2, 0) + text(b"ann") + b"\1" + text(b"ann") + struct.pack(">I", 5000)
    + bytes(2) + struct.pack(">I", 9) + b"\1" + b"\3\0" + text(b"soon"),
    "failed": b"\x84" + struct.pack(">QB", 7, 3) + bytes(8),
}
# Octets of BrokerWorld: a client comes and greets, logs somebody in, answers, leaves; workers speak, end and die.
COME = bytes([0, 1, 2, 1, 1])
START = bytes([3, 1, 1, 0, 0, 0, 9])
PLAYS = {
    "login": COME + START + bytes([7, 0, 1, 0, 5, 1, 1, 7, 0, 1, 2, 9, 0, 1, 0, 0]),
    "guess": COME + (START + bytes([7, 0, 1, 3, 9, 0, 1, 1, 1])) * 6,
    "queue": COME + b"".join(bytes([3, 1, n, n % 3, 0, n % 3, 9]) for n in range(8)) + bytes([10, 250] * 4),
    "left": COME + START + bytes([7, 0, 1, 0, 1, 1, 10, 30, 10, 30, 9, 0, 0, 0]),
    "stop": COME + START + bytes([11, 0, 10, 99, 9, 0, 1, 0, 0, 9, 0, 1, 0, 0]),
}
for name, message in MESSAGES.items():
    (HERE / f"{name}.bin").write_bytes(b"\0" + message)
for name, play in PLAYS.items():
    (HERE / f"play-{name}.bin").write_bytes(b"\1" + play)
