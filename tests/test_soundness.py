"""The weekly check of the whole store: when it is due, what it says, and that it gives way."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from store_builders import NOW, added, entry, polled

from monitor.store import Store
from monitor.upkeep.soundness import EVERY, look

SECOND = timedelta(seconds=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "monitor.db", clock=lambda: NOW) as store:
        await store.write(lambda db: polled(db, added(db), *map(entry, range(50))))
        yield store


async def told(store: Store, now: datetime, caplog: pytest.LogCaptureFixture, *, stopping: bool = False) -> list[str]:
    """Return what a look at this moment logs."""
    caplog.set_level(logging.INFO, "monitor")
    caplog.clear()
    await look(store, now, lambda: stopping)
    return [one.getMessage() for one in caplog.records if one.getMessage().startswith("store.")]


async def test_a_store_is_checked_each_week(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    moments = (NOW, NOW + EVERY - SECOND, NOW + EVERY, NOW + 2 * EVERY - SECOND, NOW + 2 * EVERY)
    found = [await told(store, moment, caplog) for moment in moments]
    assert found == [[], [], ["store.audited"], [], ["store.audited"]]


async def test_a_check_in_the_future_was_none(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    assert await told(store, NOW - SECOND, caplog) == ["store.audited"]


async def test_what_is_wrong_is_told_with_its_remedy(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("delete from entries where id = 7")
    assert "store.unsound" in await told(store, NOW + EVERY, caplog)
    [first, *_] = [one for one in caplog.records if one.getMessage() == "store.unsound"]
    assert (first.levelname, vars(first)["check"], bool(vars(first)["remedy"])) == ("CRITICAL", "ledger", True)


async def test_a_stop_cuts_it_off_and_it_is_due_again(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.store.audit._STEPS_BETWEEN_LOOKS", 10)
    assert await told(store, NOW + EVERY, caplog, stopping=True) == []
    assert await told(store, NOW + EVERY, caplog) == ["store.audited"]
