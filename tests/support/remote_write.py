"""Series of any moments as Prometheus's remote-write protocol wants them, encoded by hand."""

import struct
from collections.abc import Hashable, Iterable, Iterator, Mapping

HEADERS = {
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "0.1.0",
}
STALE = struct.pack("<Q", 0x7FF0000000000002)
"""The value that says that a series has ended, as its bytes."""

AT_ONCE = 400
"""Series in one request."""

Labels = Mapping[str, str]
Series = Mapping[Hashable, bytes]
"""Encoded samples by what a series is called."""


class Columns:
    """Scrapes, or answers of a rule, turned into series; one that is missing once has ended."""

    def __init__(self) -> None:
        self._columns: dict[Hashable, bytearray] = {}
        self._going_on: set[Hashable] = set()

    def add(self, at: float, values: Mapping[Hashable, float]) -> None:
        """Take up everything that is there at one moment, in Unix seconds."""
        moment = varint(round(at * 1000))
        for key in self._going_on - values.keys():
            self._columns[key] += _sample(STALE, moment)
        self._going_on = set(values)
        for key, value in values.items():
            column = self._columns.setdefault(key, bytearray())
            column += _sample(struct.pack("<d", value), moment)

    def series(self) -> Series:
        """Every series with its samples."""
        return {key: bytes(column) for key, column in self._columns.items()}


def requests(series: Iterable[tuple[Labels, bytes]]) -> Iterator[bytes]:
    """The bodies of the requests that write these labelled series."""
    body = bytearray()
    for count, (labels, samples) in enumerate(series, 1):
        body += _field(1, b"".join(_pair(*pair) for pair in sorted(labels.items())) + samples)
        if count % AT_ONCE == 0:
            yield _snappy(bytes(body))
            body = bytearray()
    if body:
        yield _snappy(bytes(body))


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def _pair(name: str, value: str) -> bytes:
    return _field(1, _field(1, name.encode()) + _field(2, value.encode()))


def _sample(value: bytes, moment: bytes) -> bytes:
    return _field(2, b"\x09" + value + b"\x10" + moment)


def _snappy(content: bytes) -> bytes:
    """One literal: the format allows to compress nothing."""
    return varint(len(content)) + b"\xfc" + struct.pack("<I", len(content) - 1) + content
