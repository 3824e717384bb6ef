"""`check`: what is a finding, what is a note, and that a sound store has none."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from monitor import check
from monitor.check import Finding
from monitor.cli import layoff_monitor
from monitor.clock import to_text, utc_now
from monitor.settings import NetworkSettings, Settings, StoreSettings, WebhookChannel
from monitor.store import Store

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
MIB = 2**20


def levels(found: list[Finding]) -> list[str]:
    return [finding.level for finding in found]


def feed(**changes: Any) -> dict[str, Any]:
    return {"url": "https://e.example/f", "state": "ok", "failures": 0, "last_error": None} | changes


def channel(url: str = "https://hooks.example.org/x") -> dict[str, WebhookChannel]:
    return {"desk": WebhookChannel(name="desk", url=url, secret=SECRET)}


FEEDS: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "no feeds": ([], ["note"]),
    "feeds that answer": ([feed(), feed()], ["ok"]),
    "one failure": ([feed(state="failing", failures=1)], ["ok", "note"]),
    "failures that last": ([feed(state="failing", failures=3)], ["ok", "problem"]),
    "a blocked one": ([feed(state="blocked", failures=1)], ["ok", "problem"]),
    "one that is gone": ([feed(state="gone", failures=1)], ["ok", "problem"]),
    "twelve that are gone": ([feed(state="gone")] * 12, ["ok", *["problem"] * 11]),
}


@pytest.mark.parametrize(("listing", "expected"), FEEDS.values(), ids=FEEDS)
def test_feeds_are_judged(listing: list[dict[str, Any]], expected: list[str]) -> None:
    assert levels(check.feed_states(listing)) == expected


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
    "a log that a reader holds": (900 * MIB, 200 * MIB, ["ok", "note"]),
}


@pytest.mark.parametrize(("free", "wal", "expected"), ROOM.values(), ids=ROOM)
def test_the_disk_is_judged(free: int, wal: int, expected: list[str]) -> None:
    assert levels(check.room(free, wal)) == expected


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /srv/share nfs4 rw 0 0
/dev/sdb1 /srv/share/local ext4 rw 0 0
//box/c /mnt/with\\040space cifs rw 0 0
broken
"""
FILE_SYSTEMS = {
    "a local disk": ("/var/lib/x.db", []),
    "a network share": ("/srv/share/x.db", ["problem"]),
    "a local disk within a share": ("/srv/share/local/x.db", []),
    "a share whose name only begins alike": ("/srv/shared/x.db", []),
    "a share with a space": ("/mnt/with space/a/x.db", ["problem"]),
}


@pytest.mark.parametrize(("path", "expected"), FILE_SYSTEMS.values(), ids=FILE_SYSTEMS)
def test_the_file_system_is_judged(path: str, expected: list[str]) -> None:
    assert levels(check.file_system(Path(path), MOUNTS)) == expected


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


async def test_a_store_that_is_owned_can_be_checked_and_its_owner_is_named(tmp_path: Path) -> None:
    with Store.open(tmp_path / "x.db", clock=utc_now):
        found = await check.findings(Settings(store=StoreSettings(path=tmp_path / "x.db")), clock=utc_now)
    assert not check.failed(found)
    assert any(finding.subject == "owner" and finding.text.startswith("process ") for finding in found)


def test_the_command_prints_lines_or_json_and_says_1_for_a_finding(tmp_path: Path) -> None:
    missing = ["--db", str(tmp_path / "none.db"), "check"]
    lines, document = (CliRunner().invoke(layoff_monitor, [*missing, *more]) for more in ([], ["--json"]))
    assert (lines.exit_code, document.exit_code) == (1, 1)
    assert "problem  store: there is no store at" in lines.stdout
    assert {"subject", "level", "text", "remedy"} == set(json.loads(document.stdout)[0])


def test_a_line_holds_no_control_characters() -> None:
    assert check.line(Finding("feed \x1b[2J", "note", "a\nb", "\u202ec")) == (
        "note     feed \\u001b[2J: a\\nb -> \\u202ec"
    )
