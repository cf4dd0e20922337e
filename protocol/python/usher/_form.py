"""The body of a form, in one bytearray that is wiped behind the request.

urllib.parse makes a str of each field, passwords too, which stays in memory until Python uses its place again. Here a
secret is decoded into a bytearray of its own, and nothing else of it is left.
"""
from collections.abc import Iterator

# A form of ours has at most as many bytes; sixteen answers of PAM's longest.
LIMIT = 8192
_FIELD_LIMIT = 40
_DIGITS = {ord(digit): int(digit, 16) for digit in "0123456789abcdefABCDEF"}
_PERCENT, _PLUS, _BLANK = b"%+ "


class Form:
    """Fields of application/x-www-form-urlencoded. Of a name that comes twice the first counts."""

    def __init__(self, body: bytearray | None) -> None:
        self._body = bytearray() if body is None else body

    def text(self, name: str, default: str = "") -> str:
        """The value of a field that is no secret."""
        span = self._span(name.encode())
        return default if span is None else _decoded(self._body, *span).decode("utf-8", "replace")

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return self._span(name.encode()) is not None

    def secret(self, name: str) -> bytearray:
        """The value of a field, which whoever takes it wipes; empty where it is not there."""
        span = self._span(name.encode())
        return bytearray() if span is None else _decoded(self._body, *span)

    def wipe(self) -> None:
        """Zeroes the body."""
        self._body[:] = bytes(len(self._body))

    def _span(self, name: bytes) -> tuple[int, int] | None:
        """Where the value of a field begins and ends."""
        body, start = self._body, 0
        for _ in range(_FIELD_LIMIT):
            end = body.find(b"&", start)
            end = len(body) if end < 0 else end
            equals = body.find(b"=", start, end)
            if equals >= 0 and _decoded(body, start, equals) == name:
                return equals + 1, end
            if end == len(body):
                break
            start = end + 1
        return None


def _decoded(source: bytearray, start: int, end: int) -> bytearray:
    """The bytes that a part of a form stands for. A bytearray that grows would leave copies behind."""
    decoded = bytearray(sum(1 for _ in _bytes(source, start, end)))
    for index, byte in enumerate(_bytes(source, start, end)):
        decoded[index] = byte
    return decoded


def _bytes(source: bytearray, start: int, end: int) -> Iterator[int]:
    while start < end:
        byte = source[start]
        if byte == _PERCENT and start + 2 < end:
            high, low = _DIGITS.get(source[start + 1]), _DIGITS.get(source[start + 2])
            if high is not None and low is not None:
                yield high << 4 | low
                start += 3
                continue
        yield _BLANK if byte == _PLUS else byte
        start += 1
