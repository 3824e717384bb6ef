"""Articles come in any order, from slow feeds and old ones: events, links, histories and flips are the same in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from pipes import settings
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as chosen
from hypothesis import strategies as st
from store_builders import NOW, added, entry, opened, polled, problems, verdict, write

from monitor.classify import publishers
from monitor.histories import history
from monitor.model import ClassifierId, Extracted, Label, PageRead, TextState, Verdict
from monitor.record import Recorder
from monitor.settings import RuleSettings
from monitor.store import Database
from monitor.store.rows import rows

DAY = timedelta(days=1)
RULES = (RuleSettings(name="flips", kind="flip"),)


@dataclass(frozen=True)
class Report:
    """One article: by its number, what it tells of whom, dated so many days after the first day."""

    number: int
    company: str
    label: Label
    day: int
    jobs: int | None = None

    @property
    def title(self) -> str:
        return f"Report {self.number}"


class Told:
    """A judge that is told what each report says."""

    id = ClassifierId("told", "1")

    def __init__(self, reports: Sequence[Report]) -> None:
        self.said = {one.title: one for one in reports}

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        one = self.said[title]
        stated = {"company": one.company, "jobs_count": one.jobs, "attribution_strength": "explicit"}
        stated |= {"jobs_qualifier": "none_stated" if one.jobs is None else "exact"}
        return replace(verdict(one.label, **stated), evidence=(), classifier=self.id)

    def first_look(self, title: str, summary: str) -> bool:
        return True


def read(db: Database, reports: Sequence[Report], path: Path, seen: datetime | None) -> None:
    """Read reports in this order, each of an outlet of its own; all are first seen at that moment, or on their day."""
    recorder = Recorder(replace(settings(path), rules=RULES), publishers.load(), Told(reports))
    for one in reports:
        url, at = f"https://paper{one.number}.example/story", NOW + one.day * DAY
        listed = entry(one.number, url=url, title=one.title, published_at=at)
        polled(db, added(db, f"https://paper{one.number}.example/feed"), listed, now=seen or at)
        [found] = rows(db, "select max(id) as id from entries")
        text = " ".join(f"word{one.number}x{place}" for place in range(120))
        page = Extracted(one.title, text, TextState.FULL, published_at=at)
        judged = recorder.classifier.classify(one.title, text, None)
        recorder.page(db, PageRead(found["id"], page, judged, url), seen or at)


EVENTS = """
    select e.id, c.name as company, e.label, e.announced_on, e.jobs_count, e.status, e.review_state,
      e.linked_event_id, e.link_type,
      (select group_concat(title)
        from (select a.title from articles a where a.event_id = e.id order by a.title)) as told
    from events e join companies c on c.id = e.company_id
"""


def outcome(db: Database) -> tuple[set[tuple[Any, ...]], list[Any]]:
    """Return events with their links, and histories, without the numbers that come of the order."""
    found = {row["id"]: row for row in rows(db, EVENTS)}
    events = {
        (*(row[name] for name in row if name not in {"id", "linked_event_id"}), found[row["linked_event_id"]]["told"])
        if row["linked_event_id"]
        else tuple(row[name] for name in row if name not in {"id", "linked_event_id"})
        for row in found.values()
    }
    names = [row["name"] for row in rows(db, "select name from companies order by name")]
    return events, [_steps(history(db, name, {}, NOW.date() + 999 * DAY)) for name in names]


def _steps(told: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    kept = ("step", "date", "label", "jobs_count", "status", "link_type", "days_to_reversal")
    return [tuple(step.get(name) for name in kept) for step in told["steps"]]


def after(reports: Sequence[Report], seen: datetime | None = None) -> tuple[Any, list[tuple[str, str]]]:
    """Return what comes of reading reports in this order, and the alerts that it raises."""
    with TemporaryDirectory() as folder, opened(Path(folder) / "m.db") as store:
        write(store, lambda db: read(db, reports, store.path, seen))
        assert store.read_now(problems) == []
        told = store.read_now(lambda db: rows(db, "select rule, headline from alerts order by headline"))
        return store.read_now(outcome), [(row["rule"], row["headline"]) for row in told]


@st.composite
def actions(draw: st.DrawFn) -> list[Report]:
    """Draw reports of actions a month apart, each told by one to three outlets within three days."""
    reports: list[Report] = []
    for company in ("Norvik Bank", "Lumo Pay"):
        for month in range(draw(st.integers(0, 4))):
            label, jobs = draw(st.sampled_from([Label.CUT, Label.REVERSAL, Label.HYBRID])), draw(st.integers(10, 900))
            for _ in range(draw(st.integers(1, 3))):
                stated = draw(st.sampled_from([None, jobs]))
                day = 35 * month + draw(st.integers(0, 2))
                reports.append(Report(len(reports) + 1, company, label, day, stated))
    return reports


@given(actions(), st.randoms(use_true_random=False))
@chosen(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
def test_whatever_is_read_first_events_links_and_histories_are_the_same(reports: list[Report], luck: Any) -> None:
    shuffled = luck.sample(reports, len(reports))
    seen = NOW + 400 * DAY
    assert after(shuffled, seen) == after(reports, seen)


FLIP = [
    Report(1, "Norvik Bank", Label.CUT, 0, 320),
    Report(2, "Norvik Bank", Label.REVERSAL, 3),
    Report(3, "Norvik Bank", Label.REVERSAL, 4),
]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_whatever_is_read_first_a_flip_is_told_once(order: tuple[int, ...]) -> None:
    _, alerts = after([FLIP[place] for place in order], NOW + 5 * DAY)
    [(rule, headline)] = alerts
    assert (rule, headline.endswith("after cutting 320 jobs")) == ("flips", True)
