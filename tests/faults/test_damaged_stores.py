"""A store damaged at random is refused as it is, or is whole: it never ends in a traceback, nor is it repaired.

What each named damage leads to is told in `test_store_open`. SQLite keeps no checksums of its pages: a letter that
changed within a text is a store that is whole. The control is a look that goes by the first bytes of the file only.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from faults.sizes import Size
from faults.store_child import STEPS
from store_builders import added, opened, problems, write

from monitor.errors import StoreError
from monitor.store import Database, connection
from monitor.store.connection import state_on_disk

PAGE = 4096
ROUNDS = 8
Damage = Callable[[bytearray, Random], None]


def flip(body: bytearray, luck: Random, times: int = 1) -> None:
    for _ in range(times):
        body[luck.randrange(len(body))] ^= 1 << luck.randrange(8)


def overwrite(body: bytearray, luck: Random) -> None:
    at, size = luck.randrange(len(body)), luck.randrange(1, 3000)
    body[at : at + size] = luck.randbytes(min(size, len(body) - at))


def cut(body: bytearray, luck: Random) -> None:
    del body[luck.randrange(1, len(body)) :]


def swap(body: bytearray, luck: Random) -> None:
    one, other = (PAGE * luck.randrange(len(body) // PAGE) for _ in range(2))
    body[one : one + PAGE], body[other : other + PAGE] = body[other : other + PAGE], body[one : one + PAGE]


def empty_page(body: bytearray, luck: Random) -> None:
    at = PAGE * luck.randrange(len(body) // PAGE)
    body[at : at + PAGE] = bytes(PAGE)


def older_page(body: bytearray, luck: Random) -> None:
    at, other = (PAGE * luck.randrange(len(body) // PAGE) for _ in range(2))
    body[at : at + PAGE] = body[other : other + PAGE]


DAMAGES: dict[str, Damage] = {
    "a bit": flip,
    "a few bits": lambda body, luck: flip(body, luck, 5),
    "many bits": lambda body, luck: flip(body, luck, 200),
    "a stretch": overwrite,
    "the tail": cut,
    "two pages in each other's place": swap,
    "a page of zeros": empty_page,
    "a page in the place of another": older_page,
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a store, `closed`, and with one and its log as a killed daemon leaves them, `killed`."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "killed").mkdir()
    with opened(folder / "closed" / "monitor.db") as store:
        write(store, added)
        for number in range(1, ROUNDS + 1):
            for step in STEPS.values():
                write(store, lambda db, step=step, number=number: step(db, number))  # type: ignore[misc]  # bound at once
        # By another process: this one must not touch the file of a store it has open.
        subprocess.run(["cp", *map(str, store.path.parent.glob("monitor.db*")), str(folder / "killed")], check=True)
    return folder


def read_whole(db: Database) -> None:
    """Read every row of every table."""
    tables = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'").fetchall()]
    for table in tables:
        db.execute(f'select * from "{table}"').fetchall()  # noqa: S608  # names from the schema


def came_of(path: Path) -> str:
    """Return what came of opening a store; raises whatever is no refusal."""
    before = path.read_bytes()
    refusal = refused(path)
    if refusal is not None:
        assert (refusal.exit_code, path.read_bytes() == before, str(path.parent) in str(refusal)) == (3, True, True)
        return "refused"
    with opened(path) as store:
        try:
            findings = store.read_now(problems)
            store.read_now(read_whole)
        except StoreError:
            return "found by the audit"
        return "found by the audit" if findings else "whole"


def refused(path: Path) -> StoreError | None:
    try:
        opened(path).close()
    except StoreError as error:
        return error
    return None


def damaged(folder: Path, kept: str, file: str, sound: Path, hurt: Callable[[bytearray], None]) -> Path:
    """Return a copy of a sound store in which one file was damaged."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound / kept, folder)
    body = bytearray((folder / file).read_bytes())
    hurt(body)
    (folder / file).write_bytes(body)
    return folder / "monitor.db"


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_store_damaged_at_random_is_refused_or_whole(
    damage: Damage, sound: Path, memory: Path, size: Size, luck: Random, counted: Callable[[str, int], None]
) -> None:
    number = max(2, size.images // 80)
    came = set()
    for _ in range(number):
        path = damaged(memory / "x", "closed", "monitor.db", sound, lambda body: damage(body, luck))
        came.add(came_of(path))
    counted("damaged files", number)
    assert came <= {"refused", "found by the audit", "whole"}


def test_a_log_damaged_at_random_costs_at_most_its_end(
    sound: Path, memory: Path, size: Size, luck: Random, counted: Callable[[str, int], None]
) -> None:
    number = max(4, size.images // 40)
    for _ in range(number):
        hurt = luck.choice((flip, overwrite, cut))
        path = damaged(memory / "x", "killed", "monitor.db-wal", sound, lambda body, hurt=hurt: hurt(body, luck))  # type: ignore[misc]  # bound at once
        assert came_of(path) in {"whole", "refused"}
    counted("damaged files", number)


BESIDE: dict[str, tuple[str, Callable[[Path, Path], object]]] = {
    "the log is gone": ("killed", lambda path, _: path.with_name("monitor.db-wal").unlink()),
    "the log's index is another's": (
        "killed",
        lambda path, _: path.with_name("monitor.db-shm").write_bytes(b"\7" * 32768),
    ),
    "the log's index is gone": ("killed", lambda path, _: path.with_name("monitor.db-shm").unlink()),
    "the log is of an older day": (
        "closed",
        lambda path, sound: shutil.copy(sound / "killed" / "monitor.db-wal", path.parent),
    ),
    "a journal that is none": ("closed", lambda path, _: path.with_name("monitor.db-journal").write_bytes(b"x" * 600)),
}


@pytest.mark.parametrize(("kept", "change"), BESIDE.values(), ids=BESIDE)
def test_what_lies_beside_a_store_is_believed_only_if_it_fits(
    kept: str, change: Callable[[Path, Path], object], sound: Path, tmp_path: Path
) -> None:
    shutil.copytree(sound / kept, tmp_path / "x")
    change(tmp_path / "x" / "monitor.db", sound)
    assert came_of(tmp_path / "x" / "monitor.db") in {"whole", "refused"}


def test_the_control_that_looks_at_the_first_bytes_only_opens_what_is_damaged(
    sound: Path, memory: Path, luck: Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "check_contents", lambda *_, **__: None)
    came = set()
    for _ in range(10):
        path = damaged(memory / "x", "closed", "monitor.db", sound, lambda body: empty_page(body, luck))
        if state_on_disk(path) == "ours":
            came.add(came_of(path))
    assert "found by the audit" in came
