"""Fills the disk under a store, and says what that did: `python full_child.py FOLDER`, on a disk of a few MiB."""

import sys
from contextlib import suppress
from pathlib import Path

from store_builders import added, entry, opened, polled, problems, write

from monitor.errors import StoreFullError
from monitor.store import Database, Store
from monitor.store.rows import scalar


def rounds(store: Store) -> int:
    """Poll until there is no more room; return how many polls were written."""
    for number in range(10_000):
        entries = [entry(number * 50 + step, summary="x" * 2000) for step in range(50)]
        try:
            write(store, lambda db, entries=entries: polled(db, 1, *entries))  # type: ignore[misc]  # bound at once
        except StoreFullError:
            return number
    raise AssertionError("the disk is too large")


def counts(db: Database) -> tuple[int, int]:
    """Return how many polls and entries there are."""
    return scalar(db, "select count(*) from polls"), scalar(db, "select count(*) from entries")


def main(folder: Path) -> None:
    """Fill it, see that nothing is half there and all can be read, make room, and write on."""
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(2**21))  # room for what the log holds to move into the file, and for more
    with opened(folder / "monitor.db") as store:
        write(store, added)
        kept = rounds(store)
        assert store.read_now(counts) == (kept, kept * 50)
        with suppress(OSError), (folder / "filler").open("ab") as filler:  # to the last byte
            filler.write(bytes(2**24))
        ballast.unlink()
        write(store, lambda db: polled(db, 1, entry(10**6)))
        assert store.read_now(counts) == (kept + 1, kept * 50 + 1)
    with opened(folder / "monitor.db") as store:
        assert store.read_now(problems) == []


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    print("sound")
