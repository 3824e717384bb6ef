"""A small chart of a trend, as a picture and as text: bars for what was counted, a line for what was expected. Pure."""

import struct
import zlib
from collections.abc import Sequence
from typing import Final

from monitor.model import Point

WIDTH, HEIGHT, MARGIN = 560, 160, 8
_BAR_CHARACTERS: Final = 30
_WHITE, _BAR, _LINE, _AXIS = range(4)
_COLOURS: Final = bytes((255, 255, 255, 74, 111, 165, 200, 60, 40, 120, 120, 120))  # red, green, blue of each


def as_text(points: Sequence[Point]) -> list[str]:
    """Return one line a bar, 72 characters at most: its date, its length, what was expected."""
    top = _top(points)
    return [_text_bar(point, top) for point in points]


def _text_bar(point: Point, top: float) -> str:
    length = round(point.observed / top * _BAR_CHARACTERS)
    bar = ["#"] * length + [" "] * (_BAR_CHARACTERS + 1 - length)
    expected = ""
    if point.expected is not None:
        bar[min(round(point.expected / top * _BAR_CHARACTERS), _BAR_CHARACTERS)] = "|"
        expected = f" (expected {point.expected:.3g})"
    return f"{point.start.isoformat()} {''.join(bar)} {point.observed:g}{expected}"[:72].rstrip()


def alt_text(points: Sequence[Point]) -> str:
    """Return the picture in a sentence, for those who do not see it."""
    if not points:
        return "no data"
    last = points[-1]
    expected = "" if last.expected is None else f", expected {last.expected:.3g}"
    return f"{len(points)} bars from {points[0].start} to {last.start}; the last is {last.observed:g}{expected}"


def as_png(points: Sequence[Point]) -> bytes:
    """Return the chart as a PNG picture (colour type 3) of 560 by 160 pixels, the same for equal points."""
    rows = [bytearray(WIDTH) for _ in range(HEIGHT)]
    floor, top = HEIGHT - MARGIN, _top(points)
    slot = (WIDTH - 2 * MARGIN) / max(len(points), 1)
    for number, point in enumerate(points):
        left, right = round(MARGIN + number * slot), round(MARGIN + (number + 1) * slot)
        height = round(point.observed / top * (floor - MARGIN))
        for row in rows[floor - height : floor]:
            _paint(row, left + 1, right - 1, _BAR)
        if point.expected is not None:
            at = floor - round(point.expected / top * (floor - MARGIN))
            for row in rows[at - 1 : at + 1]:
                _paint(row, left, right, _LINE)
    _paint(rows[floor], MARGIN, WIDTH - MARGIN, _AXIS)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    chunks = ((b"IHDR", header), (b"PLTE", _COLOURS), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _paint(row: bytearray, left: int, right: int, colour: int) -> None:
    row[left:right] = bytes([colour]) * max(right - left, 0)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _top(points: Sequence[Point]) -> float:
    return max((max(point.observed, point.expected or 0) for point in points), default=0) or 1
