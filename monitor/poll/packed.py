"""Documents that are gzip files themselves, as sitemaps are published: unpacked within bounds. Runs in the sandbox.

What a server packs for the way is undone where it arrives; this is for files that lie packed on the server.
"""

import zlib
from typing import Final

from monitor.errors import ParseError
from monitor.model import Reason

MAGIC: Final = b"\x1f\x8b"  # RFC 1952 section 2.3.1
MAX_BYTES: Final = 10 << 20  # as of any feed document
MAX_MEMBERS: Final = 100  # of one file; whoever packs in pieces needs a few
BOMB_RATIO: Final = 100  # unpacked over packed, as for bodies packed for the way
BOMB_FLOOR_BYTES: Final = 1 << 20  # below this no ratio is suspicious
_STEP_BYTES: Final = 256 * 1024


def unpacked(body: bytes, *, whole: bool = True) -> bytes:
    """Return a document without the gzip around it, if there is any.

    With `whole=False` the end may be missing: what came is given back. Raises ParseError: `too_large`,
    `too_compressed`, `truncated`, `not_a_feed` for gzip that is broken.
    """
    if not body.startswith(MAGIC):
        return body
    found, rest = bytearray(), body
    for _ in range(MAX_MEMBERS):
        member = zlib.decompressobj(wbits=31)
        try:
            _inflate(member, rest, found, len(body))
        except zlib.error as error:
            raise ParseError(Reason.NOT_A_FEED, f"a broken gzip file: {error}") from error
        if not member.eof:
            if whole:
                raise ParseError(Reason.TRUNCATED, "the gzip file ends before its end marker")
            return bytes(found)
        rest = member.unused_data
        if not rest.startswith(MAGIC):  # padding, or nothing
            return bytes(found)
    raise ParseError(Reason.TOO_COMPRESSED, f"a gzip file of more than {MAX_MEMBERS} parts")


def _inflate(member: "zlib._Decompress", data: bytes, found: bytearray, packed: int) -> None:
    """Add what one part holds to what was found, step by step; raises ParseError beyond a bound."""
    while True:
        piece = member.decompress(data, _STEP_BYTES)
        found += piece
        if len(found) > MAX_BYTES:
            raise ParseError(Reason.TOO_LARGE, f"the gzip file holds more than {MAX_BYTES} bytes")
        if len(found) > max(BOMB_FLOOR_BYTES, BOMB_RATIO * packed):
            raise ParseError(Reason.TOO_COMPRESSED, f"{packed} bytes of gzip had become {len(found)}")
        data = member.unconsumed_tail
        if member.eof or not (data or len(piece) == _STEP_BYTES):
            return
