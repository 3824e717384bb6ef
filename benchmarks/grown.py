"""A store of any size for `growth.py`: made-up rows in the shape and the indexes of the product's own, in bulk.

The tables are filled without indexes and triggers, which are built at the end from what the migrations made: minutes
for a million articles instead of hours. The full-text index is really built of the texts; sketches are drawn at random,
which is what those of different texts are.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

from benchmarks.grown_rows import TABLES, UNTIL, Scale
from monitor import trending
from monitor.store import Store
from monitor.stories.copies import ADDRESS_BAND, TITLE_BAND
from monitor.stories.sketch import bands


def made(path: Path, articles: int) -> Path:
    """Return a store of so many articles, made if it is not there."""
    if path.exists():
        return path
    Store.open(path, clock=lambda: UNTIL).close()
    scale = Scale(articles)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -1500000", "temp_store = file"):
            db.execute(f"pragma {pragma}")
        with _bare(db):
            db.execute("begin")
            for table, (columns, rows) in TABLES.items():
                marks = ", ".join("?" * len(columns.split(",")))
                sql = f"insert into {table} ({columns}) values ({marks})"  # noqa: S608  # our names
                db.executemany(sql, rows(scale, Random(table)))
            _keys(db)
            db.execute("commit")
        db.execute("insert into articles_fts (articles_fts) values ('rebuild')")
        db.execute("pragma journal_mode = wal")
    with Store.open(path, clock=lambda: UNTIL) as store:
        store.submit(lambda db: trending.refresh(db, now=UNTIL)).result()
    return path


@contextmanager
def _bare(db: sqlite3.Connection) -> Iterator[None]:
    """Leave out every index and trigger within the block, and build them anew at its end."""
    sql = "select type, name, sql from sqlite_master where type in ('index', 'trigger') and sql is not null"
    left = db.execute(sql)
    parts = left.fetchall()
    for sort, name, _ in parts:
        db.execute(f'drop {sort} "{name}"')
    yield
    for _, _, sql in sorted(parts):
        db.execute(sql)


def _keys(db: sqlite3.Connection) -> None:
    """Put the keys that articles are found by into their table, in its order."""
    db.execute("create temp table drawn (band integer, value integer, article_id integer)")
    found = db.execute("select article_id, sketch from sketches")
    while batch := found.fetchmany(10_000):
        rows = [(band, value, number) for number, sketch in batch for band, value in enumerate(bands(sketch))]
        rows += [(band, hash((number, band)) & 0x7FFFFFFF, number)
                 for number, _ in batch for band in (ADDRESS_BAND, TITLE_BAND)]  # fmt: skip
        db.executemany("insert into drawn values (?, ?, ?)", rows)
    db.execute("insert or ignore into story_keys select * from drawn order by 1, 2, 3")
    db.execute("drop table drawn")
