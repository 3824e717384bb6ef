"""What is on a disk after the power failed: the diary of `disk.c`, cut at any moment and made into files.

What was flushed is there. Of what was written since, each write is there, is not, or is there in some of its sectors of
512 bytes; of the names given, taken and changed since their folder was flushed, the first so many are there.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from random import Random
from typing import Final

SECTOR: Final = 512
_HEAD: Final = struct.Struct("=ciqI")
_SHARES: Final = (0.0, 0.2, 0.5, 0.8, 1.0)  # of the writes, that the disk happened to carry out


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the diary."""

    kind: str
    node: int
    at: int
    data: bytes

    @property
    def words(self) -> str:
        """The name or the promise it holds."""
        return self.data.decode()


def records(diary: Path) -> Iterator[Record]:
    """Yield what is in the diary, in the order in which it happened."""
    whole = memoryview(diary.read_bytes())
    place = 0
    while place < len(whole):
        kind, node, at, size = _HEAD.unpack_from(whole, place)
        place += _HEAD.size + size
        yield Record(kind.decode(), node, at, bytes(whole[place - size : place]))


@dataclass(slots=True)
class _File:
    durable: bytearray
    since: list[Record] = field(default_factory=list)  # its last flush

    def happen(self, record: Record, luck: Random) -> None:
        """Let it be written, cut or flushed."""
        if record.kind in "wt":
            self.since.append(record)
            return
        # What could not be flushed, Linux says once and forgets: no later flush brings it.
        self.durable = self.flushed() if record.kind == "s" else self.torn(luck)
        self.since.clear()

    def flushed(self) -> bytearray:
        """Return all that was written."""
        for one in self.since:
            _carry_out(self.durable, one)
        return self.durable

    def torn(self, luck: Random) -> bytearray:
        """Return what is left of it if its last writes were not flushed."""
        left = bytearray(self.durable)
        share = luck.choice(_SHARES)
        for one in self.since:
            fate = luck.random()
            if fate < share:
                _carry_out(left, one)
            elif one.kind == "w" and fate < share + (1 - share) / 3:
                for piece in _sectors(one):
                    if luck.random() < 0.5:
                        _carry_out(left, piece)
        return left


class Disk:
    """A disk to which what a diary says happens, one record after the other; `before` is what was on it."""

    def __init__(self, before: Mapping[str, bytes], luck: Random) -> None:
        self._before = before
        self._luck = luck
        self._files: dict[int, _File] = {}
        self._names: dict[str, int | None] = dict.fromkeys(before)  # None: as it was before, and never opened
        self._renamed: list[Record] = []  # creations, removals and renamings since the last flush of their folder
        self.promises: list[str] = []

    def happen(self, record: Record) -> None:
        """Let one thing happen."""
        match record.kind:
            case "a":
                self.promises.append(record.words)
            case "d":
                here = [one for one in self._renamed if _folder(one) == record.words]
                self._renamed = [one for one in self._renamed if one not in here]
                for one in here:
                    self._rename(self._names, one)
            case "e":
                self._files[record.node] = _File(bytearray(self._before[record.words]))
                self._names[record.words] = record.node
            case "c" | "u" | "r":
                self._files.setdefault(record.node, _File(bytearray()))
                self._renamed.append(record)
            case _:
                self._files[record.node].happen(record, self._luck)

    def image(self) -> dict[str, bytes]:
        """Return the files that the next start would find, by name."""
        names = dict(self._names)
        for one in self._renamed[: self._luck.randint(0, len(self._renamed))]:
            self._rename(names, one)
        return {
            name: self._before[name] if node is None else bytes(self._files[node].torn(self._luck))
            for name, node in names.items()
        }

    @staticmethod
    def _rename(names: dict[str, int | None], record: Record) -> None:
        old, _, new = record.words.partition("\0")
        match record.kind:
            case "c":
                names[old] = record.node
            case "u":
                names.pop(old, None)
            case "r" if old in names:
                names[new] = names.pop(old)


def _folder(record: Record) -> str:
    parent = str(PurePosixPath(record.words.partition("\0")[0]).parent)
    return "" if parent == "." else parent


def _carry_out(content: bytearray, record: Record) -> None:
    end = record.at + len(record.data)
    if record.kind == "t":
        del content[record.at :]
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[record.at : end] = record.data


def _sectors(record: Record) -> Iterator[Record]:
    """Yield a write in pieces, each within one sector of the disk."""
    start, end = record.at, record.at + len(record.data)
    while start < end:
        stop = min(end, start - start % SECTOR + SECTOR)
        yield Record("w", record.node, start, record.data[start - record.at : stop - record.at])
        start = stop
