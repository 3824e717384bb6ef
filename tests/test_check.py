"""`check`: what is a finding, what is a note, and that a sound store has none."""

import base64
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from store_builders import ran

from monitor import check
from monitor.check import Finding
from monitor.cli import layoff_monitor
from monitor.clock import to_text, utc_now
from monitor.errors import MonitorError, StoreBusyError
from monitor.model import FeedState
from monitor.settings import NetworkSettings, RuleSettings, Settings, StoreSettings, WebhookChannel
from monitor.store import Store, disk, rules, watching

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
MIB = 2**20


def levels(found: list[Finding]) -> list[str]:
    return [finding.level for finding in found]


def feed(**changes: Any) -> dict[str, Any]:
    """Return a row as `feeds_view` has it, as far as it is judged."""
    fresh = {"url": "https://e.example/f", "state": "ok", "failures": 0, "last_error": None, "last_reason": None}
    habits = {"last_new_at": None, "moved_to": None, "false_304s": 0, "read_in_part": 0, "guids_changed_at": None}
    return fresh | habits | changes


def channel(url: str = "https://hooks.example.org/x") -> dict[str, WebhookChannel]:
    return {"desk": WebhookChannel(name="desk", url=url, secret=SECRET)}


FEEDS: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "no feeds": ([], ["note"]),
    "feeds that answer": ([feed(), feed()], ["ok"]),
    "one failure": ([feed(state="failing", failures=1)], ["ok", "note"]),
    "failures that last": ([feed(state="failing", failures=3)], ["ok", "problem"]),
    "one refused once": ([feed(state="blocked", failures=1)], ["ok", "note"]),
    "one refused for long": ([feed(state="blocked", failures=3)], ["ok", "problem"]),
    "one we refuse ourselves": ([feed(state="blocked", failures=1, last_reason="blocked_port")], ["ok", "problem"]),
    "one with new guids for known links": ([feed(guids_changed_at="2026-11-20")], ["ok", "note"]),
    "one that is read in part": ([feed(read_in_part=1)], ["ok", "note"]),
    "one that is gone": ([feed(state="gone", failures=1)], ["ok", "problem"]),
    "a quiet one": ([feed(state="quiet", last_new_at="2026-01-01")], ["ok", "note"]),
    "one that lists nothing any more": ([feed(state="silent_zero", last_new_at="2026-01-01")], ["ok", "problem"]),
    "one that never listed anything": ([feed(state="silent_zero")], ["ok", "note"]),
    "one that moves": ([feed(moved_to="https://e.example/new")], ["ok", "note"]),
    "one that lied about changes": ([feed(false_304s=1)], ["ok", "note"]),
    "one that is gone and had moved": ([feed(state="gone", moved_to="https://x.example")], ["ok", "problem", "note"]),
    "twelve that are gone": ([feed(state="gone")] * 12, ["ok", *["problem"] * 11]),
}


@pytest.mark.parametrize(("listing", "expected"), FEEDS.values(), ids=FEEDS)
def test_feeds_are_judged(listing: list[dict[str, Any]], expected: list[str]) -> None:
    assert levels(check.feed_states(listing)) == expected


def test_every_state_but_ok_is_told_with_its_remedy() -> None:
    others = [state for state in FeedState if state is not FeedState.OK]
    found = check.feed_states([feed(state=state, failures=3, last_new_at="2026-01-01") for state in others])[1:]
    assert {finding.text.partition(",")[0].partition(":")[0] for finding in found} == set(others)
    assert all(finding.remedy for finding in found)


REMEDIES: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "no contact": ({"failures": 3, "last_error": "the server answered 403"}, None, "set a contact in [network]"),
    "a contact": ({"failures": 3, "last_error": "the server answered 403"}, "a@b.example", "ask its publisher"),
    "the first time": ({"failures": 1, "last_error": "the server answered 429"}, None, "nothing to do yet"),
    "maintenance": (
        {"failures": 3, "last_error": "the server answered 503"},
        None,
        "nothing to do: its server is being",
    ),
    "our own guard": ({"failures": 1, "last_reason": "blocked_address"}, None, "if it is meant, allow it"),
}


@pytest.mark.parametrize(("row", "contact", "words"), REMEDIES.values(), ids=REMEDIES)
def test_the_remedy_for_a_feed_that_is_refused_fits_who_refuses(
    row: dict[str, Any], contact: str | None, words: str
) -> None:
    assert check.feed_states([feed(state="blocked", **row)], contact)[1].remedy.startswith(words)


def test_of_many_feeds_the_worst_are_shown() -> None:
    listing = [feed(state="quiet") for _ in range(20)] + [feed(state="gone") for _ in range(8)]
    found = check.feed_states(listing)
    assert levels(found) == ["ok", *["problem"] * 8, *["note"] * 3]
    assert found[0].text == "28: 20 quiet, 8 gone"
    assert found[-1].text == "and 18 more like these"


CLOCKS = {
    "a clock that fits": (NOW, to_text(NOW), "ok"),
    "a store without a moment": (NOW, None, "ok"),
    "a clock before the program was made": (NOW.replace(year=1970), None, "problem"),
    "a clock that went back": (NOW, to_text(NOW + timedelta(hours=1)), "problem"),
    "a few seconds apart": (NOW, to_text(NOW + timedelta(seconds=20)), "ok"),
}


@pytest.mark.parametrize(("now", "newest", "level"), CLOCKS.values(), ids=CLOCKS)
def test_the_clock_is_judged(now: datetime, newest: str | None, level: str) -> None:
    assert levels(check.clock_state(now, newest)) == [level]


ROOM = {
    "plenty": (900 * MIB, 0, ["ok"]),
    "little": (400 * MIB, 0, ["note"]),
    "next to none": (50 * MIB, 0, ["problem"]),
    "a disk that does not say": (None, 0, ["problem"]),
    "a log that a reader holds": (900 * MIB, 200 * MIB, ["ok", "note"]),
}


@pytest.mark.parametrize(("free", "wal", "expected"), ROOM.values(), ids=ROOM)
def test_the_disk_is_judged(free: int | None, wal: int, expected: list[str]) -> None:
    assert levels(check.room(free, wal)) == expected


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /srv/share nfs4 rw 0 0
/dev/sdb1 /srv/share/local ext4 rw 0 0
//box/c /mnt/with\\040space cifs rw 0 0
tmpfs /run tmpfs rw,nosuid 0 0
overlay /box overlay rw,lowerdir=/a,volatile 0 0
host /mnt/host 9p rw 0 0
broken
"""
FILE_SYSTEMS = {
    "a local disk": ("/var/lib/x.db", []),
    "a network share": ("/srv/share/x.db", ["problem"]),
    "a local disk within a share": ("/srv/share/local/x.db", []),
    "a share whose name only begins alike": ("/srv/shared/x.db", []),
    "memory": ("/run/x.db", ["note"]),
    "a layer that flushes nothing": ("/box/x.db", ["note"]),
    "a folder of the host": ("/mnt/host/x.db", ["note"]),
    "a share with a space": ("/mnt/with space/a/x.db", ["problem"]),
}


@pytest.mark.parametrize(("path", "expected"), FILE_SYSTEMS.values(), ids=FILE_SYSTEMS)
def test_the_file_system_is_judged(path: str, expected: list[str]) -> None:
    assert levels(check.file_system(disk.mount_of(Path(path), MOUNTS))) == expected


CHANNELS = {
    "none": ({}, ["note"]),
    "a public one": (channel(), []),
    "one at a private address": (channel("http://10.0.0.9/x"), ["problem"]),
    "one at an odd port": (channel("https://hooks.example.org:9999/x"), ["problem"]),
}


@pytest.mark.parametrize(("channels", "expected"), CHANNELS.values(), ids=CHANNELS)
def test_addresses_of_channels_are_judged(channels: dict[str, WebhookChannel], expected: list[str]) -> None:
    assert levels(check.channel_addresses(channels, NetworkSettings())) == expected


def test_a_private_channel_that_is_allowed_is_no_finding() -> None:
    network = NetworkSettings(allow_private=("10.0.0.9:80",))
    assert check.channel_addresses(channel("http://10.0.0.9/x"), network) == []


@pytest.mark.parametrize(
    ("state", "level"), [("retrying", "note"), ("expired", "problem"), ("refused", "problem"), ("sent", "ok")]
)
def test_deliveries_are_judged(state: str, level: str) -> None:
    states = [{"channel": "desk", "state": state, "number": 2, "last_error": "503"}]
    assert levels(check.deliveries(channel(), states)) == [level]


async def test_a_fresh_store_with_packaged_defaults_has_no_finding(tmp_path: Path) -> None:
    with Store.open(tmp_path / "x.db", clock=utc_now):
        pass
    found = await check.findings(Settings(store=StoreSettings(path=tmp_path / "x.db")), clock=utc_now)
    assert not check.failed(found)
    assert {"configuration", "store", "owner", "disk", "feeds", "channels", "clock", "versions"} <= {
        finding.subject for finding in found
    }


async def test_a_rule_in_shadow_is_a_note_with_the_remedy(tmp_path: Path) -> None:
    with Store.open(tmp_path / "x.db", clock=utc_now) as store:
        for unit in (
            partial(rules.note, kinds={"first": "any"}, now=NOW),
            ran,
            partial(rules.note, kinds={"later": "any"}, now=NOW),
        ):
            store.submit(unit).result(timeout=30)
    chosen = (RuleSettings(name="first"), RuleSettings(name="later"))
    found = await check.findings(Settings(store=StoreSettings(path=tmp_path / "x.db"), rules=chosen), clock=utc_now)
    assert [(one.level, one.text) for one in found if one.subject.startswith("rule ")] == [
        ("note", "in shadow: the rule is new since 2026-11-22; write shadow = false to send")
    ]


async def test_a_rule_whose_watch_list_is_empty_is_a_note_with_the_remedy(tmp_path: Path) -> None:
    with Store.open(tmp_path / "x.db", clock=utc_now) as store:
        store.submit(partial(watching.add, company="Norvik Bank", name="banks", why=None, now=NOW)).result(timeout=30)
    names = {"none": "peers", "some": "banks"}
    chosen = tuple(RuleSettings(name=name, kind="watch", watchlist=watched) for name, watched in names.items())
    found = await check.findings(Settings(store=StoreSettings(path=tmp_path / "x.db"), rules=chosen), clock=utc_now)
    assert [(one.subject, one.text, one.remedy) for one in found if "watch-list" in one.text] == [
        (
            "rule none",
            "tells of nothing: nobody is on the watch-list 'peers'",
            "`layoff-monitor watch add COMPANY --list peers`",
        )
    ]


async def test_a_store_that_is_owned_can_be_checked_and_its_owner_is_named(tmp_path: Path) -> None:
    with Store.open(tmp_path / "x.db", clock=utc_now):
        found = await check.findings(Settings(store=StoreSettings(path=tmp_path / "x.db")), clock=utc_now)
    assert not check.failed(found)
    assert any(finding.subject == "owner" and finding.text.startswith("process ") for finding in found)


async def test_a_copy_made_beside_a_daemon_is_not_said_to_be_owned(tmp_path: Path) -> None:
    with Store.open(tmp_path / "x.db", clock=utc_now), closing(sqlite3.connect(tmp_path / "x.db")) as db:
        db.execute("vacuum into ?", [str(tmp_path / "copy.db")])
    found = await check.findings(Settings(store=StoreSettings(path=tmp_path / "copy.db")), clock=utc_now)
    [owner] = [finding for finding in found if finding.subject == "owner"]
    assert owner.level == "ok"
    assert owner.text.endswith("is gone or has another file; the next daemon takes over")


def test_the_command_prints_lines_or_json_and_says_1_for_a_finding(tmp_path: Path) -> None:
    missing = ["--db", str(tmp_path / "none.db"), "check"]
    lines, document = (CliRunner().invoke(layoff_monitor, [*missing, *more]) for more in ([], ["--json"]))
    assert (lines.exit_code, document.exit_code) == (1, 1)
    assert "problem  store: there is no store at" in lines.stdout
    assert {"subject", "level", "text", "remedy"} == set(json.loads(document.stdout)[0])


ALIVE: dict[str, tuple[MonitorError | None, str, str]] = {
    "a daemon that answers": (None, "ok", "it answers"),
    "none": (StoreBusyError("x"), "problem", "none answers that has /x.db"),
    "one that refuses": (MonitorError("it knows no such command"), "problem", "it knows no such command"),
}


@pytest.mark.parametrize(("silence", "level", "words"), ALIVE.values(), ids=ALIVE)
def test_a_daemon_is_alive_or_not(silence: MonitorError | None, level: str, words: str) -> None:
    finding = check.daemon(Path("/x.db"), silence)
    assert (finding.level, words in finding.text) == (level, True)


def test_without_a_daemon_nothing_is_alive(tmp_path: Path) -> None:
    """Whether one that runs is alive is asked of a real one in `test_docker`."""
    done = CliRunner().invoke(layoff_monitor, ["--db", str(tmp_path / "x.db"), "check", "--alive", "--json"])
    assert done.exit_code == 1
    assert [finding["subject"] for finding in json.loads(done.stdout)] == ["daemon"]


def test_a_line_holds_no_control_characters() -> None:
    assert check.line(Finding("feed \x1b[2J", "note", "a\nb", "\u202ec")) == (
        "note     feed \\u001b[2J: a\\nb -> \\u202ec"
    )
