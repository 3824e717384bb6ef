"""Bodies as they were meant: content codings undone step by step, with a hard limit on what comes out.

httpx would decode a whole chunk at once, and 832 bytes of brotli are a GiB (RELIABILITY.md, finding 1). Here no
step gives more than about 256 KiB, every layer's output is counted, and the end marker of every coding must
have been reached.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Protocol

import brotli

from monitor.model import Reason

STEP_BYTES: Final = 256 * 1024
MAX_CODINGS: Final = 2
BOMB_RATIO: Final = 100  # decoded over received; news pages and feeds compress 3 to 20 times
BOMB_FLOOR_BYTES: Final = 1 << 20  # below this no ratio is suspicious


class DecodeError(Exception):
    """A body that could not be decoded; `reason` is too_compressed, too_large, truncated or bad_http."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Coding(Protocol):
    """One content coding being undone."""

    def steps(self, data: bytes) -> Iterator[bytes]:
        """Return what `data` decodes to, in pieces of about STEP_BYTES at most; may raise the codec's error."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the coding's end marker has been read."""
        ...


def _inflate(inner: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    piece = inner.decompress(data, STEP_BYTES)
    yield piece
    # A full piece may leave output behind although all input was taken: ask until one is not full.
    # The end comes first: after it the tail stays as it was, and asking again would never stop.
    while not inner.eof and (inner.unconsumed_tail or len(piece) == STEP_BYTES):
        piece = inner.decompress(inner.unconsumed_tail, STEP_BYTES)
        yield piece


class Gzip:
    """The gzip coding; a body of several members is their sum, what else follows a member is ignored."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._over = False  # what follows is padding, wherever the next piece received begins

    @property
    def finished(self) -> bool:
        """Whether the last member begun was read to its end."""
        return self._member.eof

    def steps(self, data: bytes) -> Iterator[bytes]:
        """Return the decoded pieces."""
        while data and not self._over:
            if self._member.eof:
                self._over = not data.startswith(b"\x1f")
                if self._over:
                    return  # padding; browsers ignore it too
                self._member = zlib.decompressobj(wbits=31)
            yield from _inflate(self._member, data)
            data = self._member.unused_data


class Deflate:
    """The deflate coding: a zlib stream as the standard says, or bare deflate as many servers send."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj()
        self._head = b""  # until two bytes tell which it is

    @property
    def finished(self) -> bool:
        """Whether the stream's end was read."""
        return self._inner.eof

    def steps(self, data: bytes) -> Iterator[bytes]:
        """Return the decoded pieces."""
        if len(self._head) < 2:
            data = self._head + data
            self._head = data[:2]
            if len(self._head) < 2:
                return
            first, second = self._head
            if first & 0x0F != 8 or (first * 256 + second) % 31:
                self._inner = zlib.decompressobj(wbits=-15)
        if not self._inner.eof:
            yield from _inflate(self._inner, data)


class Brotli:
    """The br coding; needs brotli 1.2, whose `process` takes an output limit."""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    @property
    def finished(self) -> bool:
        """Whether the stream's end was read."""
        return bool(self._inner.is_finished())

    def steps(self, data: bytes) -> Iterator[bytes]:
        """Return the decoded pieces."""
        if self.finished:
            return
        piece = self._inner.process(data, output_buffer_limit=STEP_BYTES)
        yield piece
        # As with zlib, a full piece may have left output behind although the decoder would take more input.
        while piece and not self.finished and (len(piece) >= STEP_BYTES or not self._inner.can_accept_more_data()):
            piece = self._inner.process(b"", output_buffer_limit=STEP_BYTES)
            yield piece


class Zstd:
    """The zstd coding, where Python brings it (3.14); windows above 8 MiB are refused (RFC 9659)."""

    def __init__(self) -> None:
        self._inner = self._frame()

    @staticmethod
    def _frame() -> Any:
        zstd: Any = import_module("compression.zstd")
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})

    @property
    def finished(self) -> bool:
        """Whether the last frame begun was read to its end."""
        return bool(self._inner.eof)

    def steps(self, data: bytes) -> Iterator[bytes]:
        """Return the decoded pieces."""
        while data:
            if self._inner.eof:
                self._inner = self._frame()
            piece = self._inner.decompress(data, STEP_BYTES)
            yield piece
            while piece and not self._inner.eof and (len(piece) >= STEP_BYTES or not self._inner.needs_input):
                piece = self._inner.decompress(b"", STEP_BYTES)
                yield piece
            data = self._inner.unused_data


def _zstd_exists() -> bool:
    return find_spec("compression") is not None and find_spec("compression.zstd") is not None


def codings() -> dict[str, Callable[[], Coding]]:
    """Return the content codings that can be undone within bounds, by name; what we offer to servers."""
    known: dict[str, Callable[[], Coding]] = {"gzip": Gzip, "deflate": Deflate, "br": Brotli}
    if _zstd_exists():
        known["zstd"] = Zstd
    return known


def codec_errors() -> tuple[type[Exception], ...]:
    """Return the classes the codecs raise for broken data."""
    zstd = (import_module("compression.zstd").ZstdError,) if _zstd_exists() else ()
    return (zlib.error, brotli.error, *zstd)


class Body:
    """A body being received: decoded piece by piece, never longer than `max_bytes`.

    With `cut`, what is beyond the limit is left unread instead of refused.
    """

    def __init__(self, names: Sequence[str], max_bytes: int, *, cut: bool = False) -> None:
        layers = [name for name in (name.strip().lower() for name in names) if name not in {"", "identity"}]
        known = codings() if layers else {}
        unknown = [name for name in layers if name.removeprefix("x-") not in known]
        if unknown:
            raise DecodeError(Reason.BAD_HTTP, f"content coding {unknown[0]!r} was not offered")
        if len(layers) > MAX_CODINGS:
            raise DecodeError(Reason.TOO_COMPRESSED, f"{len(layers)} content codings on top of each other")
        self._layers = [known[name.removeprefix("x-")]() for name in reversed(layers)]
        self._output = [0] * len(self._layers)
        self._max_bytes = max_bytes
        self._cut = cut
        self._data = bytearray()
        self.received = 0  # bytes on the wire, without framing

    @property
    def full(self) -> bool:
        """Whether the limit is reached and nothing more will be taken."""
        return self._cut and len(self._data) >= self._max_bytes

    @property
    def encoded(self) -> bool:
        """Whether the body came in a content coding."""
        return bool(self._layers)

    def feed(self, chunk: bytes) -> None:
        """Take the next received bytes. Raises DecodeError once a limit is passed or the coding is broken."""
        self.received += len(chunk)
        try:
            for piece in self._pieces(chunk, 0):
                self._take(piece)
                if self.full:
                    break
        except codec_errors() as error:
            raise DecodeError(Reason.BAD_HTTP, f"the content coding is broken: {error}") from error

    def _take(self, piece: bytes) -> None:
        self._data += piece
        if len(self._data) > self._max_bytes and not self._cut:
            raise DecodeError(Reason.TOO_LARGE, f"the body has more than {self._max_bytes} bytes")

    def _pieces(self, data: bytes, depth: int) -> Iterator[bytes]:
        if depth == len(self._layers):
            yield data
            return
        for piece in self._layers[depth].steps(data):
            self._output[depth] += len(piece)
            self._weigh(depth)
            yield from self._pieces(piece, depth + 1)

    def _weigh(self, depth: int) -> None:
        output = self._output[depth]
        if output > BOMB_FLOOR_BYTES and output > BOMB_RATIO * self.received and not self._cut:
            detail = f"{self.received} bytes received had become {output}"
            raise DecodeError(Reason.TOO_COMPRESSED, detail)
        if depth < len(self._layers) - 1 and output > self._max_bytes + BOMB_FLOOR_BYTES:
            raise DecodeError(Reason.TOO_COMPRESSED, f"an inner content coding has more than {self._max_bytes} bytes")

    @property
    def kept(self) -> bytes:
        """What has been decoded so far."""
        return bytes(self._data[: self._max_bytes])

    def finish(self) -> bytes:
        """Return the whole body. Raises DecodeError(TRUNCATED) if a coding did not reach its end marker."""
        if self.received and not self.full and not all(layer.finished for layer in self._layers):
            raise DecodeError(Reason.TRUNCATED, "the content coding ends before its end marker")
        return self.kept
