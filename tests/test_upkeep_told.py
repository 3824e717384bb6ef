"""What is said of copies and of a damaged store: when the newest was taken, whether it is sound, and the way back."""

import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from store_builders import added, opened, write

from monitor import check
from monitor.cli import layoff_monitor
from monitor.clock import to_text, utc_now
from monitor.settings import BackupSettings, Settings, StoreSettings, WebhookChannel
from monitor.store import Database, Store, upkeep
from monitor.store.backup import back_up
from monitor.store.copies import Kept, name_of
from monitor.store.owner import Process
from monitor.store.upkeep import Standing
from monitor.upkeep.telling import backups, clock_of, in_clear, open_files

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DONE = Standing(NOW - 99 * HOUR, NOW - 5 * HOUR, NOW - 5 * HOUR)
FAILED = Standing(NOW - 99 * HOUR, NOW - 5 * HOUR, NOW - 29 * HOUR, "no room")
HERE = Path("/backups")


def kept(hours: int) -> Kept:
    return Kept(HERE / "m.db", NOW - hours * HOUR, 4096)


TOLD: dict[str, tuple[Standing, Kept | None, str | None, list[str]]] = {
    "one of last night": (DONE, kept(5), None, ["ok"]),
    "one of two nights ago": (DONE, kept(48), None, ["ok"]),
    "one of three nights ago": (DONE, kept(72), None, ["problem"]),
    "one that is damaged": (DONE, kept(5), "damaged", ["problem"]),
    "none yet": (Standing(NOW - 99 * HOUR), None, None, ["note"]),
    "none any more": (DONE, None, None, ["problem"]),
    "a failure, and one before it": (FAILED, kept(29), None, ["problem", "ok"]),
}


@pytest.mark.parametrize(("standing", "newest", "fault", "levels"), TOLD.values(), ids=TOLD)
def test_the_newest_copy_is_judged(
    standing: Standing, newest: Kept | None, fault: str | None, levels: list[str]
) -> None:
    assert [level for _, level, _, _ in backups(standing, newest, fault, NOW, HERE)] == levels


def daemon(began: datetime, ticks: str = "100000") -> Process:
    return Process("here", 7, "boot", ticks, "1:2", to_text(began))


CLOCKS = {
    "a clock that was never set": (daemon(NOW - HOUR), 4600.0, None),
    "one that was set forward": (daemon(NOW - 3 * HOUR), 4600.0, "was set forward by 7200 seconds"),
    "one that was set back": (daemon(NOW + HOUR), 4600.0, "was set back by 7200 seconds"),
    "a minute is no step": (daemon(NOW - HOUR - HOUR / 60), 4600.0, None),
    "no count of the machine's": (daemon(NOW - 9 * HOUR, ""), 4600.0, None),
}


@pytest.mark.parametrize(("owner", "up_s", "words"), CLOCKS.values(), ids=CLOCKS)
def test_the_clock_is_compared_with_one_that_cannot_be_set(owner: Process, up_s: float, words: str | None) -> None:
    found = [text for _, _, text, _ in clock_of(owner, NOW, up_s, 100)]
    assert found == ([f"{words} since the daemon began"] if words else [])


MODES = {"ours alone": (0o600, 0), "read by all": (0o644, 0), "written by the group": (0o664, 1), "by all": (0o602, 1)}


@pytest.mark.parametrize(("mode", "problems"), MODES.values(), ids=MODES)
def test_a_store_that_others_can_write_is_a_problem(mode: int, problems: int) -> None:
    assert [level for _, level, _, _ in open_files({Path("/m.db"): mode})] == ["problem"] * problems


URLS = {"https://hooks.example/x": 0, "http://hooks.example/x": 1, "http://127.0.0.1:9/x": 0, "http://localhost/x": 0}


@pytest.mark.parametrize(("url", "notes"), URLS.items(), ids=URLS)
def test_a_webhook_in_clear_text_is_a_note(url: str, notes: int) -> None:
    told = in_clear({"desk": WebhookChannel(name="desk", url=url)})
    assert [level for _, level, _, _ in told] == ["note"] * notes


# --- on a real store --------------------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a store with two nightly copies; in the newer one there is a feed."""
    path = tmp_path / "it's here" / "monitor.db"
    (path.parent / "backups").mkdir(parents=True)
    for day in (1, 0):
        with Store.open(path, clock=utc_now) as store:
            write(store, lambda db, day=day: added(db, f"https://{day}.example/feed"))
        made = utc_now() - day * 24 * HOUR
        back_up(path, path.parent / "backups" / name_of(path, made), now=made)
    return path


def copies_of(path: Path) -> list[Path]:
    return sorted((path.parent / "backups").iterdir(), reverse=True)


def call(path: Path, *args: str) -> Result:
    return CliRunner().invoke(layoff_monitor, ["--db", str(path), *args])


def spoil(file: Path) -> None:
    body = bytearray(file.read_bytes())
    body[4096:] = bytes(len(body) - 4096)
    file.write_bytes(body)


async def told_of(path: Path, subject: str, **backup: Any) -> list[tuple[str, str]]:
    settings = Settings(store=StoreSettings(path=path), backup=BackupSettings(**backup))
    found = await check.findings(settings, clock=utc_now)
    return [(one.level, one.text) for one in found if one.subject == subject]


async def test_check_names_the_newest_copy_and_looks_at_it(path: Path) -> None:
    [(level, text)] = await told_of(path, "backup")
    assert (level, text.endswith(str(copies_of(path)[0]))) == ("ok", True)
    spoil(copies_of(path)[0])
    [(level, text)] = await told_of(path, "backup")
    assert (level, "is not sound" in text) == ("problem", True)
    assert await told_of(path, "backup", keep=0) == [("note", "none are made")]


def failed(db: Database) -> None:
    upkeep.note_failed(db, "backup", "there is no folder /mnt/x", utc_now())
    upkeep.note_failed(db, "retention", "no room", utc_now())


async def test_check_tells_why_the_last_night_failed(path: Path) -> None:
    with opened(path) as store:
        write(store, failed)
    assert ("problem", "the last try failed: there is no folder /mnt/x") in await told_of(path, "backup")
    assert await told_of(path, "retention") == [("problem", "the last try failed: no room")]


SPOILT = {"zeros": spoil, "no database": lambda file: file.write_bytes(b"x" * 9000)}


@pytest.mark.parametrize("harm", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize("command", [("run", "--once"), ("feeds", "list"), ("poll",)], ids=" ".join)
def test_a_damaged_store_is_refused_with_the_command_that_brings_it_back(
    harm: Any, command: tuple[str, ...], path: Path
) -> None:
    harm(path)
    refused = call(path, *command)
    assert refused.exit_code == 3
    words = refused.stderr.partition("end the daemon and run: layoff-monitor ")[2].strip()
    assert str(copies_of(path)[0]) in shlex.split(words)
    assert CliRunner().invoke(layoff_monitor, shlex.split(words)).exit_code == 0
    listed = call(path, "feeds", "list", "--json")
    assert (listed.exit_code, listed.stdout.count("example/feed")) == (0, 2)


def test_the_newest_copy_that_is_sound_is_named_and_none_where_there_is_none(path: Path) -> None:
    spoil(path)
    newest, older = copies_of(path)
    spoil(newest)
    assert str(older).rpartition("/")[2] in call(path, "feeds", "list").stderr
    older.unlink()
    assert "There is no sound copy in" in call(path, "feeds", "list").stderr
    assert "There is no sound copy in" in call(path, "check").stdout
