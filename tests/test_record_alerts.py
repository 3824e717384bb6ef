"""What a page result raises: the rules asked of the event as it is then, in the same transaction."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from pipes import WordJudge
from pipes import settings as plain
from typing import Any

import pytest
from store_builders import HOUR, NOW, added, entry, opened, polled, ran, verdict, write

from monitor.classify import publishers
from monitor.model import Extracted, Label, PageRead, TextState
from monitor.record import Recorder
from monitor.settings import RuleSettings, Settings
from monitor.store import Database, Store, mutes, rules, watching
from monitor.store.rows import Row
from monitor.store.rows import rows as rows_of

ANY = RuleSettings(name="any")
DAY = timedelta(days=1)
HOSTS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "m.db") as store:
        yield store


class Press:
    """A recorder with these rules, to whom articles on Norvik Bank come, each from another outlet."""

    def __init__(self, store: Store, *chosen: RuleSettings, **alerting: Any) -> None:
        settings = plain(store.path)
        self.settings: Settings = replace(
            settings, rules=chosen, channels={}, alerts=replace(settings.alerts, **alerting)
        )
        self.store = store
        self.recorder = Recorder(self.settings, publishers.load(), WordJudge())
        self.feed = write(store, added)
        self.number = 0
        self.before = "select 1"  # what happens to the store before each article is read

    def tells(
        self,
        label: Label = Label.CUT,
        at: datetime = NOW,
        text_state: TextState = TextState.FULL,
        *,
        read: datetime | None = None,
        **facts: Any,
    ) -> None:
        """Have one more article of this moment come, then or when it is `read`."""
        self.number += 1
        url = f"https://{HOSTS[self.number]}.example/story"
        title, number = f"Norvik Bank, part {self.number}", self.number
        stated = {"company": "Norvik Bank", "attribution_strength": "explicit", **facts}
        judged = replace(verdict(label, **stated), evidence=())

        def unit(db: Database) -> str:
            polled(db, self.feed, entry(number, url=url, title=title, published_at=at), now=read or at)
            entry_id = db.execute("select max(id) from entries").fetchone()[0]
            db.execute("update entries set first_document = 0 where id = ?", [entry_id])
            text = f"{title}. " + " ".join(f"word{number}x{place}" for place in range(120))
            db.execute(self.before)
            page = Extracted(title=title, text=text, text_state=text_state, published_at=at)
            return self.recorder.page(db, PageRead(entry_id, page, judged, url), read or at)

        assert write(self.store, unit) == "stored"

    def raised(self) -> list[Row]:
        """Return the alerts, oldest first."""
        return self.store.read_now(lambda db: rows_of(db, "select * from alerts order by sequence"))


def test_an_event_is_told_once_and_again_when_its_number_is_stated(store: Store) -> None:
    press = Press(store, ANY)
    press.tells()
    press.tells(at=NOW + HOUR)
    press.tells(at=NOW + 2 * HOUR, jobs_count=320, jobs_qualifier="exact")
    first, second = press.raised()
    assert (first["subject"], second["subject"]) == ("event:1", "event:1:2")
    assert '"320 jobs, was not stated"' in second["details"]


def test_a_rumour_waits_for_confirmation_and_the_confirmation_releases_it(store: Store) -> None:
    press = Press(store, ANY, replace(ANY, name="sure", confirm=1))
    press.tells(text_state=TextState.HEADLINE_ONLY)
    assert [(row["rule"], "rumoured" in row["headline"]) for row in press.raised()] == [("any", True)]
    press.tells(at=NOW + HOUR)
    assert [(row["rule"], row["subject"]) for row in press.raised()[1:]] == [("any", "event:1:2"), ("sure", "event:1")]
    assert '"now announced, was rumoured"' in press.raised()[1]["details"]


def test_a_flip_is_told_with_the_days_between(store: Store) -> None:
    press = Press(store, RuleSettings(name="flips", kind="flip"))
    press.tells(jobs_count=320, jobs_qualifier="exact")
    press.tells(Label.REVERSAL, at=NOW + timedelta(days=190))
    [row] = press.raised()
    assert row["headline"] == "Norvik Bank took people back 190 days after cutting 320 jobs"


FLIPS = RuleSettings(name="flips", kind="flip")
LATE: dict[str, tuple[timedelta, timedelta, list[str]]] = {
    "a cut read a day late": (2 * DAY, 3 * DAY, ["Norvik Bank took people back 2 days after cutting 320 jobs"]),
    "an old cut, from a feed of years": (
        190 * DAY,
        191 * DAY,
        ["Norvik Bank took people back 190 days after cutting 320 jobs"],
    ),
    "a cut read when its reversal is history": (2 * DAY, 10 * DAY, []),
}


@pytest.mark.parametrize(("reversal", "read", "told"), LATE.values(), ids=LATE)
def test_a_flip_that_is_read_before_its_cut_is_told_once_the_cut_is_known(
    store: Store, reversal: timedelta, read: timedelta, told: list[str]
) -> None:
    press = Press(store, FLIPS)
    press.tells(Label.REVERSAL, at=NOW + reversal)
    assert press.raised() == []
    press.tells(at=NOW, read=NOW + read, jobs_count=320, jobs_qualifier="exact")
    assert [row["headline"] for row in press.raised()] == told
    press.tells(at=NOW, read=NOW + read + HOUR)
    press.tells(Label.REVERSAL, at=NOW + reversal, read=NOW + reversal + 12 * DAY)
    assert [row["headline"] for row in press.raised()] == told


@pytest.mark.parametrize("by", ["a first document", "an import"])
def test_a_flip_read_before_its_cut_is_not_told_where_either_is_history_by_where_it_came_from(
    by: str, store: Store
) -> None:
    press = Press(store, FLIPS, first_document="quiet")
    press.tells(Label.REVERSAL, at=NOW + 2 * DAY)
    where = {
        "a first document": "set first_document = 1 where id = 1",
        "an import": "set origin = 'imported' where id > 1",
    }
    press.before = f"update entries {where[by]}"
    press.tells(at=NOW, read=NOW + 3 * DAY)
    assert press.raised() == []


def test_a_rule_without_a_match_costs_no_look_at_the_past(store: Store) -> None:
    press = Press(store, replace(ANY, labels=("hybrid",)))
    asked: list[str] = []
    write(store, lambda db: db.conn.set_trace_callback(asked.append))
    press.tells()
    write(store, lambda db: db.conn.set_trace_callback(None))
    assert [sql for sql in asked if "from alerts" in sql or "from mutes" in sql] == []
    assert asked


@pytest.mark.parametrize(
    ("shadow", "withheld"),
    [(None, "shadow"), (False, None), (True, "shadow")],
    ids=["not said", "shadow = false", "shadow = true"],
)
def test_a_rule_that_came_later_is_in_shadow_unless_it_says_otherwise(
    *, shadow: bool | None, withheld: str | None, store: Store
) -> None:
    press = Press(store, replace(ANY, shadow=shadow))
    write(store, lambda db: (rules.note(db, {"first": "any"}, NOW), ran(db), rules.note(db, {"any": "any"}, NOW)))
    press.tells()
    assert [row["withheld"] for row in press.raised()] == [withheld]


def test_what_is_muted_is_kept_with_the_reason(store: Store) -> None:
    press = Press(store, ANY)
    until = NOW + timedelta(days=3)
    write(store, lambda db: mutes.mute(db, rule="any", company=None, until=until, why="quiet", by="eva", now=NOW))
    press.tells()
    [row] = press.raised()
    assert (row["withheld"], row["why"]) == ("muted", "rule any is muted until 2026-03-05 09:00 UTC by eva: quiet")


def test_a_watched_employer_is_told_of(store: Store) -> None:
    press = Press(store, RuleSettings(name="ours", kind="watch", watchlist=True))
    press.tells()
    assert press.raised() == []
    write(store, lambda db: watching.add(db, "Norvik Bank", name="watch", why=None, now=NOW))
    press.tells(at=NOW + HOUR)
    assert [row["subject"] for row in press.raised()] == ["event:1"]


def test_the_budget_of_a_day_is_one_of_the_zone(store: Store) -> None:
    press = Press(store, replace(ANY, max_per_day=1), time_zone="Asia/Tokyo")  # midnight there is 15:00 UTC
    press.tells()
    press.tells(at=NOW + HOUR, jobs_count=5)
    press.tells(at=NOW + 6 * HOUR, jobs_count=50)
    late = [row["why"] for row in press.raised()]
    assert late == [None, "the day's 1 are sent: it goes out with the others after midnight", None]
