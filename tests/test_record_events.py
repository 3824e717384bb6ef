"""Stories on their way to events: copies, reports of one plan, other employers, and what a person excluded."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from pipes import settings
from typing import Any

import pytest
from store_builders import NOW, added, entry, opened, polled, write

from monitor.classify import publishers
from monitor.model import (
    ClassifierId,
    Confidence,
    Extracted,
    Facts,
    Kind,
    Label,
    PageRead,
    TextState,
    Verdict,
)
from monitor.record import Recorder
from monitor.store import Database, Store, events, stories
from monitor.store.rows import rows, scalar

EventOf = Callable[[Database, int], int | None]


class Known:
    """A judge that is told what each story is."""

    id = ClassifierId("known", "1")

    def __init__(self) -> None:
        self.said: dict[str, Verdict] = {}

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        return self.said.get(title, judged())

    def first_look(self, title: str, summary: str) -> bool:
        return True

    def second_look(self, title: str, summary: str, paragraphs: Sequence[str]) -> bool:
        return True


def judged(label: Label = Label.CUT, kind: Kind = Kind.EVENT, **facts: Any) -> Verdict:
    told = Facts(**{"company": "Norvik Bank", **facts})
    return Verdict(label, kind, Confidence.HIGH, 0.9, "7", (), told, {}, Known.id)


class Newsroom:
    """A store that stories are written to as the pipeline does it."""

    def __init__(self, path: Path, store: Store) -> None:
        self.store, self.number = store, 0
        self.settings = settings(path / "m.db", hook="http://127.0.0.1:1/hook")

    def story(
        self, verdict: Verdict, *, days: int = 0, copied: EventOf = stories.event_of, state: str = "full"
    ) -> None:
        """Write one live story of an outlet of its own, `days` after the first day."""
        self.number += 1
        at, number = NOW + timedelta(days=days), self.number
        recorder = Recorder(self.settings, publishers.load(), Known(), copied)
        url = f"https://paper{number}.example/story"
        page = Extracted(f"Story {number}", f"Text {number}.", TextState(state), published_at=at)

        def unit(db: Database) -> None:
            polled(db, added(db, f"https://paper{number}.example/feed"), entry(number, url=url), now=at)
            [found] = rows(db, "select id, url from entries order by id desc limit 1")
            recorder.page(db, PageRead(found["id"], page, verdict, found["url"]), at)

        write(self.store, unit)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.store.read_now(lambda db: rows(db, sql))]


@pytest.fixture
def news(tmp_path: Path) -> Iterator[Newsroom]:
    with opened(tmp_path / "m.db") as store:
        yield Newsroom(tmp_path, store)


STORY = "update articles set story_id = 1 where id = ?"


def first_event(db: Database, article_id: int) -> int | None:
    db.execute(STORY, [article_id])
    return 1 if article_id > 1 else None


def test_twenty_copies_of_one_agency_story_are_one_event_one_alert_and_one_report(news: Newsroom) -> None:
    for _ in range(20):
        news.story(judged(jobs_count=320), copied=first_event)
    counts = "select articles, publishers, independent_reports, corrections from events_view"
    assert news.ask(counts) == [(20, 20, 1, 0)]
    assert news.ask("select count(*) from alerts") == [(1,)]


def test_two_employers_events_of_one_day_stay_two_whatever_they_have_in_common(news: Newsroom) -> None:
    for company in ("Norvik Bank", "Norvik Pay", "Norvik", "Lumo Bank"):
        news.story(judged(company=company, jobs_count=320, country="NO", function="software"), copied=first_event)
    assert news.ask("select company, articles from events_view order by id") == [
        ("Norvik Bank", 1), ("Norvik Pay", 1), ("Norvik", 1), ("Lumo Bank", 1),
    ]  # fmt: skip


def test_spellings_of_an_employer_are_one_with_one_event(news: Newsroom) -> None:
    for company in ("Norvik Bank AB", "NORVIK BANK", "The Norvik Bank"):
        news.story(judged(company=company))
    assert news.ask("select company, articles from events_view") == [("Norvik Bank AB", 3)]


def test_a_copy_joins_the_event_of_its_story_whatever_its_date_and_without_naming_the_employer(news: Newsroom) -> None:
    news.story(judged())
    news.story(judged(Label.HYBRID), days=40, copied=first_event)
    news.story(judged(company=None), days=41, copied=first_event)
    assert news.ask("select company, label, articles from events_view") == [("Norvik Bank", "cut", 3)]
    assert news.ask("select announced_on from events") == [("2026-03-02",)]


@pytest.mark.parametrize("other", [{"company": "Lumo Pay"}, {"kind": Kind.PRODUCTIVITY_CLAIM}])
def test_a_copy_of_another_employer_or_kind_does_not(news: Newsroom, other: Mapping[str, Any]) -> None:
    news.story(judged())
    news.story(judged(**other), copied=first_event)
    assert news.ask("select articles from events_view") == [(1,), (1,)]


@pytest.mark.parametrize("kind", [Kind.COMMENTARY, Kind.SURVEY, Kind.FORECAST, Kind.ROUNDUP])
def test_what_tells_of_no_action_is_the_employers_and_no_event(news: Newsroom, kind: Kind) -> None:
    news.story(judged(kind=kind))
    assert news.ask("select company, event_id from articles_view") == [("Norvik Bank", None)]


def test_an_update_months_later_changes_the_event_and_makes_no_second(news: Newsroom) -> None:
    news.story(judged(function="customer service", jobs_count=320))
    news.story(judged(kind=Kind.UPDATE, function="customer service", jobs_count=350), days=90)
    assert news.ask("select announced_on, jobs_count, articles from events_view") == [("2026-03-02", 350, 2)]


def test_what_tells_of_an_excluded_event_makes_no_other_and_alerts_nobody(news: Newsroom) -> None:
    news.story(judged(), state="headline_only")
    write(news.store, lambda db: db.execute("delete from deliveries"))
    write(news.store, lambda db: db.execute("delete from alerts"))
    write(news.store, lambda db: events.exclude(db, 1, "satire", NOW))
    news.story(judged(), days=1)
    assert news.ask("select review_state, articles from events_view") == [("excluded", 2)]
    assert news.ask("select count(*) from alerts") == [(0,)]


def test_a_report_that_moves_an_event_moves_its_links(news: Newsroom) -> None:
    news.story(judged(), days=0)
    news.story(judged(Label.REVERSAL), days=12)
    news.story(judged(), days=30)
    links = "select id, linked_event_id from events where label = 'reversal'"
    assert news.ask(links) == [(2, 1)]
    news.story(judged(), days=20)  # the second cut is known ten days earlier, and still after the answer
    assert news.ask(links) == [(2, 1)]
    news.story(judged(announced_on=date(2026, 3, 13)), days=30)
    assert news.ask(links) == [(2, 3)]


def test_a_unit_that_fails_leaves_event_account_and_corrections_as_they_were(news: Newsroom) -> None:
    news.story(judged(jobs_count=320))

    def unit(db: Database) -> None:
        events.correct(db, 1, "jobs_count", "300", "by the notice", NOW)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(news.store, unit)
    assert news.ask("select jobs_count, review_state, corrections from events_view") == [(320, "auto", 0)]
    assert news.store.read_now(lambda db: scalar(db, "select count(*) from corrections")) == 0


def test_a_report_of_the_same_number_that_names_no_cause_is_of_the_event_and_says_nothing_of_it(news: Newsroom) -> None:
    news.story(judged(jobs_count=320))
    news.story(judged(Label.NONE, jobs_count=320, function="software"), days=2)
    assert news.ask("select articles, function, corrections from events_view") == [(2, None, 0)]
    assert news.ask("select count(*) from alerts") == [(1,)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"jobs_count": 90}, id="another number"),
        pytest.param({}, id="no number"),
        pytest.param({"jobs_count": 320, "company": "Lumo Pay"}, id="another employer"),
        pytest.param({"jobs_count": 320, "kind": Kind.COMMENTARY}, id="no report"),
    ],
)
def test_nothing_else_without_a_side_is_of_an_event(news: Newsroom, other: dict[str, Any]) -> None:
    news.story(judged(jobs_count=320))
    news.story(judged(Label.NONE, **other))
    assert news.ask("select articles from events_view") == [(1,)]


def test_a_report_without_a_side_makes_no_event(news: Newsroom) -> None:
    news.story(judged(Label.NONE, jobs_count=320))
    assert news.ask("select * from events") == []


def test_a_copy_is_of_the_event_of_its_story_however_it_was_judged(news: Newsroom) -> None:
    news.story(judged(jobs_count=320))
    news.story(judged(Label.NONE, Kind.OFF_TOPIC, company=None), copied=first_event)
    assert news.ask("select articles, jobs_count from events_view") == [(2, 320)]


def test_copies_that_came_before_the_event_are_of_it_once_one_of_them_tells(news: Newsroom) -> None:
    for verdict in (judged(Label.NONE, Kind.OFF_TOPIC, company=None), judged(company="Lumo Pay"), judged(company=None)):
        news.story(verdict)
    write(news.store, lambda db: db.execute("update articles set story_id = 1"))
    news.story(judged(jobs_count=320), copied=lambda db, number: db.execute(STORY, [number]) and None)
    assert news.ask("select company, articles from events_view") == [("Lumo Pay", 1), ("Norvik Bank", 3)]


def test_a_seed_whose_own_text_tells_otherwise_leaves_the_event_it_made(news: Newsroom) -> None:
    judge = Known()
    judge.said["Own title"] = judged(Label.REVERSAL)
    recorder = Recorder(news.settings, publishers.load(), judge)
    write(news.store, lambda db: recorder.load_seeds(db, NOW))
    before = news.ask("select id, articles, review_state from events_view")
    write(news.store, lambda db: recorder.seed_text(db, "000", "Own title", "Own text.", NOW))
    assert before == [(1, 1, "auto"), (2, 2, "auto")]
    assert news.ask("select label, review_state, articles from events_view order by id") == [
        ("cut", "excluded", 1), ("cut", "auto", 2), ("reversal", "auto", 1),
    ]  # fmt: skip


WHOLE = re.compile(
    r"SCAN (a|e|c|o|articles|events|event_articles|accounts|companies|corrections)\b.*|.*\(event_id>\?\).*"
)


def test_no_story_makes_the_store_read_all_others(news: Newsroom) -> None:
    asked: list[str] = []
    news.story(judged(jobs_count=320, jobs_qualifier="exact"))
    write(news.store, lambda db: db.conn.set_trace_callback(asked.append))
    news.story(judged(jobs_count=320, jobs_qualifier="exact"), days=1)
    news.story(judged(Label.REVERSAL), days=40)
    write(news.store, lambda db: db.conn.set_trace_callback(None))
    some = [sql for sql in asked if re.match(r"\s*(select|with|update|delete)", sql) and " in ()" not in sql]
    assert [
        (plan, sql) for sql in some for *_, plan in news.ask(f"explain query plan {sql}") if WHOLE.fullmatch(plan)
    ] == []
    assert len(some) > 50


def test_a_name_in_full_does_not_tear_a_history_in_two(news: Newsroom) -> None:
    told = {"jobs_count": 900, "jobs_qualifier": "exact"}
    news.story(judged(company="Kestrel", **told))
    news.story(judged(Label.REVERSAL, company="Kestrel"), days=30)
    news.story(judged(company="Kestrel Parcel", **told), days=1)
    assert news.ask("select id, company, reverses_event_id, articles from events_view order by id") == [
        (1, "Kestrel", None, 2),
        (2, "Kestrel", 1, 1),
    ]


def test_a_seed_whose_event_a_person_reviewed_keeps_to_it_when_its_own_text_comes(news: Newsroom) -> None:
    judge = Known()
    judge.said["Own title"] = judged(Label.REVERSAL)
    recorder = Recorder(news.settings, publishers.load(), judge)
    write(news.store, lambda db: recorder.load_seeds(db, NOW))
    write(news.store, lambda db: events.correct(db, 1, "label", "hybrid", "read", NOW))
    write(news.store, lambda db: recorder.seed_text(db, "000", "Own title", "Own text.", NOW))
    assert news.ask("select label, articles from events_view order by id") == [("hybrid", 1), ("cut", 2)]
