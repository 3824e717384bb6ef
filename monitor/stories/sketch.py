"""The sketch of a text, from which the likeness of two texts can be told without reading them again; pure.

MinHash with one permutation (Li, Owen and Zhang, 2012) over the text's distinct runs of three words; a slot that no run
fell into takes the value of another (Shrivastava, 2017). A sketch is kept in the store for ever, so nothing in
here may change without a migration that drops all sketches; a test pins one.
"""

import re
from array import array
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from struct import Struct, unpack
from typing import Final
from zlib import crc32

SLOTS: Final = 64
BANDS: Final = 21  # of three slots; the share of copies with a tenth of the words changed that meet in one: 0.99
MOST_CHARACTERS: Final = 200_000  # of a text; what comes after them is not read
MOST_WORDS: Final = 20_000
LEAST_RUNS: Final = 10  # distinct runs of three words; texts with fewer say too little

_FORM: Final = Struct(f"<I{SLOTS}H")  # number of distinct runs, then the slots
_IN_BAND: Final = 3
_HEAD_BYTES: Final = 4
_BAND_BYTES: Final = 2 * _IN_BAND
_POSITIVE: Final = 0x7FFFFFFF  # SQLite keeps it in four bytes
# Thai, Lao, Burmese, Khmer, kana and Han are written without spaces: each sign counts as a word.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD: Final = re.compile(f"[^\\W_{_UNSPACED}]+|[{_UNSPACED}]")


def words(text: str) -> list[str]:
    """Return the first words of a text as printed, without punctuation; at most MOST_WORDS of MOST_CHARACTERS."""
    return _WORD.findall(text[:MOST_CHARACTERS])[:MOST_WORDS]


def sketch(text: str) -> bytes:
    """Return the sketch of a text: 132 bytes, or none for a text that says too little to be told from others.

    The same for every spelling in capitals and every punctuation, in every process and on every machine.
    """
    read = words(text.casefold())
    runs = set(map(" ".join, zip(read, read[1:], read[2:], strict=False)))
    if len(runs) < LEAST_RUNS:
        return b""
    digests = b"".join([blake2b(run.encode(errors="replace"), digest_size=8).digest() for run in runs])
    numbers = sorted(unpack(f"<{len(runs)}Q", digests), reverse=True)
    lowest = {number % SLOTS: number // SLOTS & 0xFFFF for number in numbers}  # of those in a slot the last one stays
    return _FORM.pack(len(runs), *_filled(lowest))


def size(of: bytes) -> int:
    """Return of how many distinct runs of words a sketch was made; 0 of none."""
    return int.from_bytes(of[:_HEAD_BYTES], "little")


def likeness(one: bytes, other: bytes) -> float | None:
    """Return how alike two sketched texts are, 0..1: the share of their runs of words that both have, as estimated.

    None if one of them has no sketch. The estimate strays by up to 0.06 (one standard deviation).
    """
    if not one or not other:
        return None
    apart = int.from_bytes(one[_HEAD_BYTES:]) ^ int.from_bytes(other[_HEAD_BYTES:])
    return array("H", apart.to_bytes(2 * SLOTS)).count(0) / SLOTS


def bands(of: bytes) -> list[int]:
    """Return one number for each band of a sketch: texts that are alike have at least one in common; none of none."""
    if not of:
        return []
    starts = range(_HEAD_BYTES, _HEAD_BYTES + BANDS * _BAND_BYTES, _BAND_BYTES)
    return [crc32(of[start : start + _BAND_BYTES]) & _POSITIVE for start in starts]


def _filled(lowest: Mapping[int, int]) -> Iterator[int]:
    """Yield the values of all slots; an empty one takes that of the first full one on a walk of its own."""
    for slot in range(SLOTS):
        step = 2 * slot + 1  # odd, so that the walk comes by every slot
        at = slot
        while at not in lowest:
            at = (at + step) % SLOTS
        yield lowest[at]
