"""What can be subscribed to: Atom that any reader parses, a calendar folded and escaped as RFC 5545 wants it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen
from xml.etree import ElementTree as ET

import feedparser
import pytest
from alert_builders import SEEN, event, record, trend
from hypothesis import example, given
from hypothesis import strategies as st
from store_builders import NOW, article, draft, opened, write
from viewers import serving

from monitor.alerts import atom, ical
from monitor.alerts.documents import DOCUMENTS, document
from monitor.model import AlertArticle, AlertDraft, Label, Origin
from monitor.store import Database, Store, alerts, articles, events, published

ATOM = "{http://www.w3.org/2005/Atom}"
DUE = ical.Due(7, "Norvik Bank", date(2025, 1, 31), 6, date(2025, 7, 31), "nothing found yet")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    def unit(db: Database) -> None:
        articles.upsert(db, article(1), NOW)
        event_id = events.insert_event(db, draft(), article_id=1, origin=Origin.LIVE, now=NOW)
        for number, withheld in ((1, None), (2, "shadow"), (3, "muted")):
            told = AlertDraft("mine", f"event:{number}", Label.CUT, "Norvik", f"cut {number}", event_id)
            alerts.insert(db, replace(told, withheld=withheld), [("hook", 1)], NOW)

    with opened(tmp_path / "m.db") as store:
        write(store, unit)
        yield store


# --- Atom ------------------------------------------------------------------------------------------------------


def test_the_feed_of_alerts_says_what_a_message_would() -> None:
    found = feedparser.parse(atom.alerts([record(), trend(id="alert_2")], "https://m.example"))
    assert (found.bozo, found.version) == (False, "atom10")
    first, second = found.entries
    assert (first.title, first.link) == (
        "Norvik Bank: cut of about 320 jobs",
        "https://m.example/monitor/alerts_view?id=alert_1",
    )
    assert "“320 posts go because the assistant answers the calls”" in first.content[0].value
    assert "Seldom so many" in second.content[0].value
    assert first.id != second.id


def test_an_entry_keeps_its_id() -> None:
    ids = [feedparser.parse(atom.alerts([record(headline=words)])).entries[0].id for words in ("a", "b")]
    assert ids[0] == ids[1]
    assert ids[0].startswith("urn:uuid:")


def test_the_feed_of_events_has_their_number_and_status() -> None:
    told = atom.Told("Norvik Bank", event(days_to_reversal=9), SEEN, SEEN)
    [entry] = feedparser.parse(atom.events([told])).entries
    assert (entry.title, entry.link) == ("Norvik Bank: cut, about 320 jobs", "https://news.example/a?b=1")
    assert "status: announced" in entry.content[0].value
    assert "9 days after the cut" in entry.content[0].value


def test_a_feed_of_nothing_is_a_feed() -> None:
    found = feedparser.parse(atom.alerts([]))
    assert (found.bozo, found.entries, found.feed.title) == (False, [], "Alerts of layoff-monitor")


@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=100))
def test_whatever_the_web_says_the_feed_is_xml(words: str, url: str) -> None:
    named = {"headline": words, "company": words, "articles": (AlertArticle(url, words),)}
    told = record(**named, event=event(quote=words, quote_url=url))
    root = ET.fromstring(atom.alerts([told]))  # noqa: S314  # we wrote it
    required = [f"{ATOM}{name}" for name in ("id", "title", "updated")]
    assert all(entry.find(name) is not None for entry in root.iter(f"{ATOM}entry") for name in required)
    root = ET.fromstring(atom.events([atom.Told(words, event(quote_url=url), SEEN, SEEN)]))  # noqa: S314  # as above
    links = [str(link.get("href")) for link in root.iter(f"{ATOM}link")]
    assert all(link.startswith(("http://", "https://")) for link in links)
    raw = atom.Told(words, event(quote=words, quote_url=url, status=words), SEEN, SEEN)
    ET.fromstring(atom.events([raw]))  # noqa: S314  # as above


def test_what_is_on_trial_or_muted_is_in_no_feed(store: Store) -> None:
    assert [one.headline for one in store.read_now(published.newest_alerts)] == ["cut 1"]


def test_every_document_is_made_from_a_store(store: Store) -> None:
    for name in DOCUMENTS:
        media_type, body = store.read_now(lambda db, name=name: document(db, name, NOW))
        assert media_type.startswith("text/calendar" if name.endswith("ics") else "application/atom+xml")
        assert body
    with pytest.raises(LookupError):
        store.read_now(lambda db: document(db, "else", NOW))


@pytest.mark.usefixtures("store")
def test_the_site_serves_them(tmp_path: Path) -> None:
    with serving(tmp_path / "m.db") as running:
        for name in DOCUMENTS:
            with urlopen(running.base + name, timeout=20) as answer:  # noqa: S310  # our own server
                assert answer.status == 200
                body = answer.read()
            if name == "alerts.atom":
                [entry] = feedparser.parse(body).entries
                assert entry.link.startswith(running.base + "monitor/alerts_view?id=alert_")
                assert urlopen(entry.link, timeout=20).status == 200  # noqa: S310  # as above


# --- calendar --------------------------------------------------------------------------------------------------


def unfolded(calendar: bytes) -> list[str]:
    return calendar.decode().replace("\r\n ", "").split("\r\n")


def test_a_look_back_is_in_the_calendar_until_90_days_after_it_fell_due(store: Store) -> None:
    first = store.read_now(lambda db: published.follow_ups(db, date(2000, 1, 1)))[0]["due_on"]
    last_day = first + published.OVERDUE
    shown = [
        store.read_now(lambda db, day=day: published.follow_ups(db, day)[0]["due_on"])
        for day in (last_day, last_day + timedelta(days=1))
    ]
    assert shown[0] == first < shown[1]


def test_a_follow_up_is_a_day_in_the_calendar() -> None:
    lines = unfolded(ical.calendar([DUE], datetime(2025, 3, 10, 9, tzinfo=UTC), "https://m.example"))
    assert lines == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//layoff-monitor//follow-ups//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Follow-ups of layoff-monitor",
        "BEGIN:VEVENT",
        "UID:follow-up-7-6@layoff-monitor",
        "DTSTAMP:20250310T090000Z",
        "DTSTART;VALUE=DATE:20250731",
        "DTEND;VALUE=DATE:20250801",
        "SUMMARY:Norvik Bank: 6 months after the cut\\, has it lasted?",
        "DESCRIPTION:Cut announced 2025-01-31. Since then: nothing found yet.",
        "URL:https://m.example/monitor/events_view?id=7",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a;b,c\\d", "a\\;b\\,c\\\\d"),
        ("a\r\nb\nc", "a\\nb\\nc"),
        ("a\x00\x1bb", "ab"),
        ("BEGIN:VEVENT", "BEGIN:VEVENT"),
    ],
)
def test_a_value_is_escaped(text: str, value: str) -> None:
    assert ical.escaped(text) == value


@example("x" * 400)
@example("ö" * 200)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=400))
def test_no_line_has_more_than_75_octets_and_all_can_be_put_together(words: str) -> None:
    line = "SUMMARY:" + ical.escaped(words)
    folded = ical.fold(line)
    assert all(len(part) <= 75 for part in folded.split(b"\r\n"))
    assert folded.decode().replace("\r\n ", "") == line + "\r\n"


@given(st.text(st.characters(), max_size=200))
def test_whatever_an_employer_is_called_the_calendar_has_only_our_lines(name: str) -> None:
    due = ical.Due(7, name, date(2025, 1, 31), 6, date(2025, 7, 31), name)
    names = [line.partition(":")[0].partition(";")[0] for line in unfolded(ical.calendar([due], SEEN))]
    assert names == [
        *("BEGIN", "VERSION", "PRODID", "CALSCALE", "X-WR-CALNAME", "BEGIN", "UID", "DTSTAMP", "DTSTART", "DTEND"),
        *("SUMMARY", "DESCRIPTION", "TRANSP", "END", "END", ""),
    ]
