"""The chart of a trend: a picture any reader of PNG can open, and the same in text."""

import struct
import zlib
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.chart import HEIGHT, WIDTH, alt_text, as_png, as_text
from monitor.model import Point

MONDAY = date(2025, 2, 3)


def points(*pairs: tuple[float, float | None]) -> list[Point]:
    return [Point(MONDAY + timedelta(weeks=n), seen, expected) for n, (seen, expected) in enumerate(pairs)]


def pixels(picture: bytes) -> list[bytes]:
    """Return the rows of a picture, read as the PNG specification says."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    at, data = 8, b""
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        name, body = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", picture[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(name + body)
        if name == b"IHDR":
            assert struct.unpack(">IIBBBBB", body) == (WIDTH, HEIGHT, 8, 3, 0, 0, 0)
        data += body if name == b"IDAT" else b""
        at += 12 + length
    raw = zlib.decompress(data)
    assert len(raw) == HEIGHT * (WIDTH + 1)
    return [raw[n * (WIDTH + 1) + 1 : (n + 1) * (WIDTH + 1)] for n in range(HEIGHT)]


def height(rows: list[bytes], column: int) -> int:
    return sum(row[column] == 1 for row in rows)


def test_a_bar_twice_as_high_counts_twice_as_much() -> None:
    rows = pixels(as_png(points((4, None), (8, None))))
    left, right = height(rows, WIDTH // 4), height(rows, 3 * WIDTH // 4)
    assert right == 2 * left
    assert left > 30


def test_what_was_expected_is_a_line() -> None:
    rows = pixels(as_png(points((0, 5), (10, 5))))
    assert sum(row[WIDTH // 4] == 2 for row in rows) == 2


@given(
    st.lists(st.tuples(st.floats(0, 1e9, allow_nan=False), st.none() | st.floats(0, 1e9, allow_nan=False)), max_size=60)
)
def test_whatever_was_counted_it_can_be_drawn(pairs: list[tuple[float, float | None]]) -> None:
    drawn = points(*pairs)
    pixels(as_png(drawn))
    assert all(len(line) <= 72 for line in as_text(drawn))
    assert alt_text(drawn)


def test_the_text_has_a_bar_with_a_mark_at_what_was_expected() -> None:
    first, second = as_text(points((2, 4.0), (8, 4.0)))
    assert first == "2025-02-03 ########       |                2 (expected 4)"
    assert second == "2025-02-10 ###############|##############  8 (expected 4)"
