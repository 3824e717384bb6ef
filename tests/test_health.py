"""/healthz and /metrics: that the figures are the ledger's, in the format they say, and when a daemon is not well."""

import asyncio
import errno
import json
import math
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from pipes import runtime, settings
from typing import Any

import pytest
from asking import free_port, got
from store_builders import NOW, added, article, entry, opened, polled, verdict, write

from monitor.errors import ConfigurationError, StoreFullError
from monitor.health import Manager, Pulse, attended
from monitor.health.attending import FRESH_S, SHARE, WRITER_S, Kept, health, state
from monitor.health.exposition import Family, text
from monitor.health.pulse import STALLED_S, Reason, reasons
from monitor.model import Label
from monitor.pipeline import Runtime
from monitor.settings import HealthSettings, load
from monitor.store import Database, articles, figures, meta, upkeep
from monitor.store.rows import scalar

# --- an independent reader of the exposition format ---------------------------------------------------------

_SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)')
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"')


def parsed(document: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return the samples of a document, having seen that it keeps to the format and to the conventions of names."""
    kinds: dict[str, str] = {}
    helped: list[str] = []
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    assert document.endswith("\n")
    for line in document.splitlines():
        if line.startswith("# HELP "):
            _, _, name, about = line.split(" ", 3)
            assert name not in helped
            assert about
            helped.append(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == helped[-1]
            assert kind in {"gauge", "counter"}
            assert name not in kinds
            assert name.endswith("_total") == (kind == "counter"), name
            kinds[name] = kind
        else:
            match = _SAMPLE.fullmatch(line)
            assert match, line
            labels = tuple((key, value) for key, value in _LABEL.findall(match[2] or ""))
            assert match[1] == helped[-1]
            assert (match[1], labels) not in samples, line
            samples[match[1], labels] = float(match[3])
    assert set(helped) == set(kinds)
    assert not [
        name for name in kinds if re.search(r"_(ms|milliseconds|minutes|mib|kb|count|sum|bucket)(_total)?$", name)
    ]
    return samples


def test_the_reader_refuses_what_is_no_exposition() -> None:
    """The control of the format: each of these is wrong in one way."""
    head = "# HELP a Words.\n# TYPE a gauge\n"
    for wrong in ("a 1\n", head + "a 1", head + "a 1\na 1\n", head + "b 1\n", head + "a x\n", head + 'a{b="c} 1\n'):
        with pytest.raises((AssertionError, ValueError, IndexError)):
            parsed(wrong)


def test_values_of_labels_are_escaped() -> None:
    strange = 'a "b"\n\\c'
    found = parsed(text((Family("x", "gauge", "Words.", (({"a": strange}, 1.5),)),)))
    assert found == {("layoff_monitor_x", (("a", 'a \\"b\\"\\n\\\\c'),)): 1.5}


# --- the pages ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def watched(tmp_path: Path, pulse: Pulse | None = None) -> AsyncIterator[tuple[Runtime, int]]:
    port = free_port()
    chosen = replace(settings(tmp_path / "m.db"), health=HealthSettings(port=port, names=("monitor.example",)))
    async with runtime(chosen, lambda: NOW) as given, attended(given, pulse or Pulse(), Manager(), asyncio.Event()):
        yield given, port


def filled(db: Database) -> None:
    feed_id = added(db)
    polled(db, feed_id, entry(1), entry(2), worth=lambda one: one.guid == "guid-1")
    for result in ("not_modified", "failed", "unchanged", "failed"):
        polled(db, feed_id, result=result, document=None)
    for number, label in enumerate((Label.CUT, Label.CUT, Label.NONE), start=5):
        words = {"title": f"Number {number}", "text": f"Of {number} " * 30}
        articles.upsert(db, article(number, verdict=verdict(label), **words), NOW)
    upkeep.note_done(db, "backup", {"bytes": 4096}, NOW)


LEDGER = {
    ("feeds", (("state", "ok"),)): "select count(*) from feeds_view where state = 'ok'",
    **{
        ("polls_total", (("result", result),)): f"select count(*) from polls where result = '{result}'"  # noqa: S608  # one of these
        for result in ("document", "not_modified", "unchanged", "failed")
    },
    ("polls_total", (("result", "other"),)): "select 0",
    ("entries", (("outcome", "waiting"), ("reason", ""))): "select count(*) from entries where outcome is null",
    (
        "entries",
        (("outcome", "passed_over"), ("reason", "")),
    ): "select count(*) from entries_view where outcome is not null",
    ("articles", (("label", "cut"), ("kind", "event"))): "select count(*) from articles_view where label = 'cut'",
    ("alerts", ()): "select count(*) from alerts",
    ("backup_size_bytes", ()): "select json_extract(told, '$.bytes') from upkeep",
    ("backup_timestamp_seconds", ()): "select cast(strftime('%s', done_at) as integer) from upkeep",
}


async def test_the_figures_are_those_of_the_ledger_and_keep_to_the_format(tmp_path: Path) -> None:
    async with watched(tmp_path) as (given, port):
        await given.store.write(filled)
        status, body = await got(port, "/metrics")
        found = parsed(body)
        for (name, labels), sql in LEDGER.items():
            wanted = await given.store.read(lambda db, sql=sql: scalar(db, sql))
            assert found[f"layoff_monitor_{name}", labels] == wanted, name
    assert status == 200
    assert all(math.isfinite(value) for value in found.values())
    names = {name for name, _ in found}
    assert {"process_open_fds", "process_cpu_seconds_total", "layoff_monitor_disk_free_bytes"} <= names


def test_polls_of_before_they_were_told_apart_are_counted_as_other(tmp_path: Path) -> None:
    def results(db: Database) -> dict[str, int]:
        return {key[0]: number for key, number in figures.read(db, NOW).polls.items() if number}

    with opened(tmp_path / "m.db") as store:
        write(store, filled)
        write(store, lambda db: db.execute("delete from meta where key like 'polls_%'"))
        write(store, figures.begin)
        write(store, lambda db: polled(db, 1, result="failed", document=None))
        write(store, figures.begin)
        assert store.read_now(results) == {"other": 3, "not_modified": 1, "unchanged": 1, "failed": 1}
        write(store, lambda db: polled(db, 1, entry(3)))
        assert store.read_now(results) == {"other": 3, "not_modified": 1, "unchanged": 1, "failed": 1, "document": 1}


async def test_a_daemon_that_lives_is_well_and_one_that_lost_its_store_is_not(tmp_path: Path) -> None:
    async with watched(tmp_path) as (_given, port):
        assert await got(port, "/healthz") == (200, '{"status": "ok", "reasons": []}\n')
    async with watched(tmp_path) as (_given, port):
        (tmp_path / "m.db.lock").unlink()
        status, body = await got(port, "/healthz")
    assert status == 503
    assert "its lock file was removed" in json.loads(body)["reasons"][0]


async def test_a_writer_that_died_is_told(tmp_path: Path) -> None:
    async with watched(tmp_path) as (given, port):
        await asyncio.to_thread(given.store.close)
        status, body = await got(port, "/healthz")
    assert (status, "the writer of the store does not answer" in body) == (503, True)


async def test_of_a_disk_that_does_not_answer_all_else_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_folder: Path) -> int:
        raise OSError(errno.EIO, "Input/output error")

    async with watched(tmp_path) as (_given, port):
        monkeypatch.setattr(shutil, "disk_usage", asked)
        (healthy, _), (status, body) = await got(port, "/healthz"), await got(port, "/metrics")
    assert (healthy, status) == (200, 200)
    assert not [name for name, _ in parsed(body) if "disk_free" in name]


def full(_db: Database, now: object) -> None:
    raise StoreFullError(f"no room to write at {now}")


async def test_a_full_disk_is_told_and_is_no_reason_to_start_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with runtime(settings(tmp_path / "m.db"), lambda: NOW) as given:
        monkeypatch.setattr(meta, "probe", full)
        [reason] = await state(given.store, Pulse(), lambda: NOW)
    assert ("no room to write" in reason.text, reason.fatal) == (True, False)


@pytest.mark.parametrize(("share", "kept_s"), [(0, FRESH_S), (SHARE, SHARE * WRITER_S)])
async def test_only_figures_are_kept_the_longer_the_longer_they_took(share: int, kept_s: float) -> None:
    """A state that was found by waiting for the writer is old in a moment: the service manager is to hear a new one."""
    now, found = [0.0], []

    async def find() -> int:
        now[0] += WRITER_S
        found.append(now[0])
        return len(found)

    kept = Kept(find, share=share, steady=lambda: now[0])
    assert await kept.get() == 1
    now[0] += kept_s * 0.9
    assert await kept.get() == 1
    now[0] += kept_s * 0.2
    assert await kept.get() == 2


async def test_a_loop_is_heard_of_each_time_it_goes_round() -> None:
    now = iter((5.0, 9.0))
    pulse = Pulse(lambda: next(now))
    await pulse.round("poll", always)()
    assert pulse.silences() == {"poll": 4.0}


UNWELL: dict[str, tuple[dict[str, Any], str | None, bool]] = {
    "all is well": ({}, None, False),
    "another owner": ({"owner": False}, "no longer this daemon's", True),
    "a writer that died": ({"writer_fault": Reason("the writer is silent", fatal=True)}, "the writer is silent", True),
    "a loop that stalled": ({"silences": {"poll": STALLED_S + 1}}, "nothing was heard of the loop poll for 601", True),
    "a long backup": ({"silences": {"upkeep": STALLED_S * 99}}, None, False),
    "a long check of a large store": ({"silences": {"audit": STALLED_S * 99}}, None, False),
    "a full disk": ({"free_bytes": 99 * 2**20}, "99 MiB are free beside the store", False),
}


@pytest.mark.parametrize(("changes", "words", "fatal"), UNWELL.values(), ids=UNWELL)
def test_what_is_not_well_is_told_and_whether_a_new_start_would_help(
    changes: dict[str, Any], words: str | None, *, fatal: bool
) -> None:
    well = {"owner": True, "writer_fault": None, "silences": {"poll": 1.0}, "free_bytes": 10**9}
    found = reasons(**(well | changes))
    assert [(words in reason.text, reason.fatal) for reason in found if words] == ([(True, fatal)] if words else [])
    assert health(found).status is (HTTPStatus.SERVICE_UNAVAILABLE if words else HTTPStatus.OK)


async def always() -> None:
    """Do nothing."""


# --- the settings -------------------------------------------------------------------------------------------

BOUND = {
    "loopback": ('host = "127.0.0.1"', None),
    "loopback by name": ('host = "localhost"', None),
    "loopback of version 6": ('host = "::1"', None),
    "all addresses": ('host = "0.0.0.0"', "others could reach it there"),
    "no address": ('host = ""', "must be an address"),
    "all addresses, told so": ('host = "0.0.0.0"\nallow_others = true', None),
}


@pytest.mark.parametrize(("said", "problem"), BOUND.values(), ids=BOUND)
def test_others_are_answered_only_if_the_settings_say_so(said: str, problem: str | None, tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_text(f"[health]\nport = 9464\n{said}\n", encoding="utf-8")
    if problem is None:
        assert load(file, {"HOME": "/"}).health.port == 9464
    else:
        with pytest.raises(ConfigurationError, match=problem):
            load(file, {"HOME": "/"})


def test_nothing_listens_unless_it_is_asked_for() -> None:
    assert HealthSettings().port == 0
