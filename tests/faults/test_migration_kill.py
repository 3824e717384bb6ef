"""An upgrade killed at any moment leaves a whole older version or today's, never a mix, and loses nothing (S11, P13).

Stores of every older version, with rows in every table, are upgraded by a program that is killed at a random moment or
before a random statement. What is left is compared with what a store of that version is made of; the copy made
beforehand with the store as it was; and the store opened anew with one that was upgraded in peace. The control applies
the same migrations statement by statement, without a transaction: it must leave a mix.
"""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from faults.nursery import Ended, Nursery, nursery
from faults.sizes import Size
from store_builders import NOW, opened

from monitor.store import Database, audit, meta, seeds
from monitor.store.connection import checkpoint, connect
from monitor.store.migrations import migrate, migration_files, statements
from monitor.store.rows import rows

ROWS = Path(__file__).with_name("old_stores")
FILES = migration_files()
NAMES = [file.stem for file in FILES]
EMPTY = ("trend_signals", "trend_ratios", "trend_survival")  # made anew every hour
CONTROL_KILLS = 20  # at most; the first mix ends it
PATIENCE_S = 300.0

Counted = Callable[[str, int], None]
Contents = dict[str, list[str]]  # table -> its rows
Schema = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Old:
    """A store of an older version, and what an upgrade in peace makes of it."""

    path: Path
    version: int  # so many migrations were applied
    before: Contents
    after: Contents
    statements: int  # of the upgrade, its copy included
    seconds: float


@dataclass(frozen=True, slots=True)
class Bench:
    """What upgrades, the older stores, and what a store of each version is made of."""

    born: Nursery
    stores: list[Old]
    schemas: dict[int, Schema]


def contents(db: Database) -> Contents:
    """Return all rows, but for who has the store open and when it was upgraded."""
    listed = rows(db, "select name from pragma_table_list where schema = 'main' and type in ('table', 'virtual')")
    ours = sorted(row["name"] for row in listed if not row["name"].startswith(("sqlite_", "_sqlite_")))
    chosen = {name: "where key <> 'owner'" if name == "meta" else "" for name in ours}
    return {name: sorted(map(repr, db.execute(f"select * from {name} {chosen[name]}"))) for name in ours}  # noqa: S608  # ours


def schema(db: Database) -> Schema:
    """Return what the store is made of."""
    sql = "select name, sql from sqlite_master where sql is not null and tbl_name <> '_sqlite_migrations'"
    return frozenset((row["name"], row["sql"]) for row in rows(db, sql))


def applied(db: Database) -> list[str]:
    """Return the names of the migrations that were applied."""
    return [row["name"] for row in rows(db, "select name from _sqlite_migrations order by id")]


def problems(db: Database) -> list[str]:
    """Return what the audit finds wrong; the seeds' checksum and the ledger's sums are in it."""
    return [finding.text for finding in audit.audit(db, NOW) if finding.level == "problem"]


def lived(folder: Path) -> tuple[dict[int, Path], dict[int, Schema]]:
    """Return a store of each version, which went through all before it and got rows in each, and their schemas."""
    path, scripts = folder / "store.db", folder / "migrations"
    scripts.mkdir()
    stores, schemas = dict[int, Path](), dict[int, Schema]()
    for number, file in enumerate(FILES, 1):
        shutil.copy(file, scripts)
        with closing(connect(path)) as db:
            migrate(db, path, scripts)
            added = ROWS / f"{file.name[:4]}.sql"
            for statement in statements(added.read_text(encoding="utf-8") if added.exists() else ""):
                db.execute(statement)
            for row in rows(db, "select seed_id from articles where is_seed = 1"):
                meta.put(db, f"seed:{row['seed_id']}", seeds.fingerprint(db, row["seed_id"]) or "")
            checkpoint(db, "truncate")
            schemas[number] = schema(db)
        stores[number] = Path(shutil.copy(path, folder / f"{number}.db"))
    return stores, schemas


def measured(born: Nursery, path: Path, version: int) -> Old:
    """Return an older store with what an upgrade in peace makes of it."""
    upgraded, out = path.with_name(f"{version}-upgraded.db"), path.with_name("statements")
    shutil.copy(path, upgraded)
    out.unlink(missing_ok=True)
    with closing(connect(path)) as db:
        before = contents(db)
    began = monotonic()
    assert born.run(out, PATIENCE_S, str(upgraded), "whole", "0") == Ended(0, cut=False)
    seconds = monotonic() - began
    with closing(connect(upgraded)) as db:
        assert problems(db) == []
        return Old(path, version, before, contents(db), int(out.read_text()), seconds)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    stores, schemas = lived(tmp_path_factory.mktemp("older"))
    with nursery("migration_child") as born:
        yield Bench(born, [measured(born, stores[number], number) for number in range(1, len(FILES))], schemas)


def killed(bench: Bench, old: Old, folder: Path, luck: Random, *, by_statement: bool) -> Path:
    """Return a copy of an older store whose upgrade was killed, by itself before a statement or by us at a moment."""
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        path = Path(shutil.copy(old.path, folder / "monitor.db"))
        limit_s, statement = PATIENCE_S, 0
        if by_statement:
            statement = luck.randint(1, old.statements)
        else:
            limit_s = luck.uniform(0, old.seconds)
        if bench.born.run(folder / "out", limit_s, str(path), "whole", str(statement)).code == -signal.SIGKILL:
            return path


def faults(bench: Bench, old: Old, path: Path) -> Iterator[str]:
    """Yield what is not as promised in a store whose upgrade was killed, before and after it is opened again."""
    with closing(connect(path)) as db:
        names = applied(db)
        if names != NAMES[: len(names)] or len(names) < old.version:
            yield f"an order of migrations that never was: {names}"
        elif schema(db) != bench.schemas[len(names)]:
            yield f"neither {names[-1]} nor another version"
        elif len(names) == old.version and contents(db) != old.before:
            yield "the older version has other rows than before"
    copy = path.with_name(f"{path.name}.before-{NAMES[old.version][:4]}")
    if copy.exists():
        with closing(connect(copy)) as db:
            if (applied(db), contents(db), audit.integrity(db)) != (NAMES[: old.version], old.before, []):
                yield "the copy made before is not the store as it was"
    elif len(names) > old.version:
        yield "no copy was made before"
    with opened(path) as store:
        found = store.read_now(lambda db: (applied(db), contents(db), schema(db)))
        if found != (NAMES, old.after, bench.schemas[len(NAMES)]):
            yield "opened again, it is not what an upgrade in peace makes of it"
        problems = [
            finding.text for finding in store.read_now(lambda db: audit.audit(db, NOW)) if finding.level == "problem"
        ]
        yield from problems  # the seeds' checksum and the ledger's sums among them


def test_an_upgrade_killed_at_any_moment_is_old_or_new_and_loses_nothing(
    tmp_path: Path, bench: Bench, size: Size, luck: Random, counted: Counted
) -> None:
    for number in range(size.migration_kills):
        old = bench.stores[number % len(bench.stores)]
        path = killed(bench, old, tmp_path / "kill", luck, by_statement=number % 2 == 0)
        found = list(faults(bench, old, path))
        assert found == [], f"kill {number}, from version {old.version}"
    counted("migration kills", size.migration_kills)


def test_the_control_without_a_transaction_leaves_a_mix(tmp_path: Path, bench: Bench, luck: Random) -> None:
    old = bench.stores[0]

    def is_caught(number: int) -> bool:
        folder = tmp_path / str(number)
        folder.mkdir()
        path = Path(shutil.copy(old.path, folder / "monitor.db"))
        statement = str(luck.randint(1, old.statements))
        bench.born.run(folder / "out", PATIENCE_S, str(path), "bare", statement)
        with closing(connect(path)) as db:
            return schema(db) != bench.schemas[len(applied(db))]

    assert any(is_caught(number) for number in range(CONTROL_KILLS)), "no mix was seen in the control"


def test_every_table_of_the_older_stores_has_rows_in_it(bench: Bench) -> None:
    newest = max(int(file.stem) for file in ROWS.glob("*.sql"))  # who adds tables may add a file
    [old] = [old for old in bench.stores if old.version == newest]
    assert [name for name, held in old.before.items() if not held and name not in EMPTY] == []
