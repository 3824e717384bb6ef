"""`explain` answers for every story, also for what was not read, not stored and not told."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from store_builders import NOW, added, article, draft, entry, opened, polled, verdict, write

from monitor.explain import Explanation, as_dict, as_text, explain
from monitor.model import AlertDraft, Facts, Kind, Label, Origin, Outcome, Reason, TextState
from monitor.settings import RuleSettings
from monitor.store import Database, Store, alerts, articles, entries, events, messages

URL = "https://news.example/story/1"
OTHER_FEED = "https://other.example/feed"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as opened_store:
        yield opened_store


LARGE = RuleSettings(name="large", kind="size", min_jobs=500)


def explained(store: Store, asked: str = URL, *rules: RuleSettings) -> Explanation:
    return store.read_now(lambda db: explain(db, asked, NOW, rules))


def listed(db: Database, number: int = 1, **changes: Any) -> int:
    """List one entry in a feed polled before, and return the entry's id."""
    feed = added(db)
    if not changes.pop("first_document", False):
        polled(db, feed, entry(1000))
    polled(db, feed, entry(number, **changes))
    return int(db.execute("select max(id) from entries").fetchone()[0])


def stored(db: Database, *, first_document: bool = False, **changes: Any) -> int:
    """Store the article of the first entry, and return its id."""
    entry_id = listed(db, first_document=first_document)
    article_id, _ = articles.upsert(db, article(1, **changes), NOW)
    entries.end(db, entry_id, entries.Ending(Outcome.STORED, article_id=article_id), NOW)
    return article_id


def with_event(db: Database, *, kind: Kind = Kind.EVENT, first_document: bool = False, **changes: Any) -> int:
    """Store an article that makes an event, and return the event's id."""
    article_id = stored(db, first_document=first_document, **changes)
    told = draft(kind=kind, facts=Facts(jobs_count=320, jobs_qualifier="about"))
    return events.insert_event(db, told, article_id=article_id, origin=changes.get("origin", Origin.LIVE), now=NOW)


def with_alert(db: Database) -> None:
    event_id = with_event(db)
    alert = AlertDraft("every event", f"event:{event_id}", Label.CUT, "Brackwater Mutual", "a cut", event_id)
    alerts.insert(db, alert, [("desk", 1)], NOW)
    zero = timedelta(0)
    (job,) = messages.lease_due(db, messages.Lease(60, zero, zero, lambda _: None), NOW, 1)
    messages.end_attempt(db, job.id, messages.End("sent", None, 200, None), NOW)


# --- the way of one story ----------------------------------------------------------------------------------


def test_a_story_is_followed_from_feed_to_delivery(store: Store) -> None:
    write(store, with_alert)
    alert_id = alerts.alert_id("every event", "event:1")
    assert as_text(explained(store)) == [
        URL,
        "entry 2: Story 1",
        "  seen      2026-03-02T09:00:00.000Z in https://news.example/feed: new",
        f"  address   {URL}",
        "  outcome   stored at 2026-03-02T09:00:00.000Z",
        "  attempts  0",
        "article 1: Brackwater Mutual replaces agents, part 1",
        f"  read      {URL}, news.example",
        "  text      full, 40 characters",
        "  judged    cut / event, high confidence (0.90), rule 7, by rules 1",
        "  employer  Brackwater Mutual",
        '  cue       cut.verb in the title at 0: "replaces"',
        '  cue       people in the text at 2: "staff"',
        "event 1: Brackwater Mutual, cut, announced 2026-03-02, jobs about 320",
        "  sources   1 article, 1 publisher, 1 independent report",
        "  joined    this article was the first of it",
        f"  alert     {alert_id} by rule 'every event' at 2026-03-02T09:00:00.000Z: sent",
        "    desk 1: sent after 1 attempt",
    ]


def test_the_same_is_one_json_document(store: Store) -> None:
    write(store, with_alert)
    document = json.loads(json.dumps(as_dict(explained(store))))
    assert set(document) == {"asked", "found", "canonical_url", "feed", "entries", "article", "events", "why"}
    assert document["found"] is True
    assert document["article"]["evidence"][0]["quote"] == "replaces"
    assert document["events"][0]["alerts"][0]["deliveries"][0]["state"] == "sent"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(URL, id="the address"),
        pytest.param(f"{URL}?utm_source=mail#top", id="the address with a tracker"),
        pytest.param(f"  {URL} ", id="the address with spaces round it"),
        pytest.param("https://elsewhere.example/final", id="where the redirects ended"),
        pytest.param("1", id="a number"),
        pytest.param("article 1", id="the article's number"),
        pytest.param("entry 2", id="the entry's number"),
        pytest.param("entry:2", id="the entry's number with a colon"),
        pytest.param("event 1", id="the event's number"),
        pytest.param(alerts.alert_id("every event", "event:1"), id="the alert's id"),
    ],
)
def test_a_story_is_found_by(asked: str, store: Store) -> None:
    write(store, with_alert)
    write(store, lambda db: db.execute("update articles set final_url = 'https://elsewhere.example/final'").rowcount)
    answer = explained(store, asked)
    assert [row["id"] for row in answer.entries] == [2]
    assert answer.article is not None
    assert answer.article["id"] == 1


def test_a_number_is_an_article_and_else_an_entry(store: Store) -> None:
    write(store, stored)
    assert [explained(store, "1").article is None, explained(store, "2").article is None] == [False, False]
    assert [row["id"] for row in explained(store, "entry 1").entries] == [1]


def test_our_own_summary_is_not_shown_as_a_quotation(store: Store) -> None:
    write(store, lambda db: stored(db, text_state=TextState.ABSTRACT))
    assert "  cue       cut.verb in the title at 0: our summary: replaces" in as_text(explained(store))


# --- which layer recognised it -----------------------------------------------------------------------------


def test_an_entry_of_another_feed_names_the_one_it_copies(store: Store) -> None:
    def twice(db: Database) -> None:
        stored(db)
        polled(db, added(db, OTHER_FEED), entry(1, guid="another"))

    write(store, twice)
    answer = explained(store)
    assert [(row["feed"], row["recognised"]) for row in answer.entries] == [
        ("https://news.example/feed", "new"),
        (OTHER_FEED, "same address as entry 2 from https://news.example/feed"),
    ]


def test_an_entry_whose_redirect_led_to_a_known_story_says_so(store: Store) -> None:
    def redirected(db: Database) -> None:
        stored(db)
        entry_id = listed(db, 2)
        db.execute("update entries set hops = 1 where id = ?", [entry_id])
        entries.move(db, entry_id, URL, NOW)

    write(store, redirected)
    answer = explained(store, "https://news.example/story/2")
    assert "its redirect led to the address of" in answer.entries[-1]["recognised"]
    assert answer.article is not None


def test_a_copy_of_an_article_without_an_entry_names_the_article(store: Store) -> None:
    def imported_first(db: Database) -> None:
        articles.upsert(db, article(1, origin=Origin.IMPORTED), NOW)
        listed(db)

    write(store, imported_first)
    assert explained(store).entries[-1]["recognised"] == "same address as article 1"


# --- why not -----------------------------------------------------------------------------------------------


def why(store: Store, asked: str = URL) -> str:
    return "\n".join(explained(store, asked, LARGE).why)


def test_an_unknown_address_is_shown_as_it_was_looked_up_with_what_to_do(store: Store) -> None:
    answer = explained(store, "https://news.example/nothing?utm_source=x")
    assert not answer.found
    assert "looked up as https://news.example/nothing" in answer.why[0]
    assert "import" in answer.why[1]


@pytest.mark.parametrize("asked", ["17", "event 17", "article 17", "entry 17", "banana", "alert_0b9c"])
def test_an_unknown_number_says_what_would_do(asked: str, store: Store) -> None:
    assert "an address always works" in why(store, asked)


@pytest.mark.parametrize("asked", ["", "no address at all", "http://[", "\x00", "9" * 40, "' or 1=1 --", "%"])
def test_nonsense_is_unknown_and_raises_nothing(asked: str, store: Store) -> None:
    write(store, stored)
    answer = explained(store, asked)
    assert (answer.found, bool(answer.why)) == (False, True)


def test_an_entry_that_waits_says_until_when(store: Store) -> None:
    write(store, listed)
    assert "entry 2 waits for its page; due since or at 2026-03-02T09:00:00.000Z" in why(store)


def test_an_entry_that_is_tried_again_says_what_went_wrong(store: Store) -> None:
    write(store, lambda db: entries.retry(db, listed(db), Reason.HTTP_5XX, "503", NOW + timedelta(hours=1)))
    assert "(http_5xx: 503); due since or at 2026-03-02T10:00:00.000Z" in why(store)


def test_an_entry_that_was_passed_over_says_so(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), entry(1), worth=lambda _: False))
    assert "entry 1 was passed over: its title and summary were judged to be about something else" in why(store)
    assert "`layoff-monitor import URL` reads it all the same" in why(store)


@pytest.mark.parametrize(
    ("outcome", "reason", "words"),
    [
        (Outcome.REFUSED, Reason.ROBOTS_DENIED, "entry 2 was refused (robots_denied: said so)"),
        (Outcome.FAILED, Reason.DNS_FAILED, "entry 2 failed (dns_failed: said so)"),
    ],
)
def test_an_entry_that_ended_without_an_article_says_why(
    outcome: Outcome, reason: Reason, words: str, store: Store
) -> None:
    write(store, lambda db: entries.end(db, listed(db), entries.Ending(outcome, reason, "said so"), NOW))
    assert words in why(store)


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (verdict(Label.NONE, Kind.OFF_TOPIC), "no event: the label is none"),
        (verdict(kind=Kind.COMMENTARY), "no event: a text of kind commentary tells of no new action"),
        (verdict(company=None), "no event: no employer was found in the text"),
        (verdict(company="Lumo Pay"), "no event: none was made of it"),
    ],
)
def test_an_article_without_an_event_says_why(judged: Any, words: str, store: Store) -> None:
    write(store, lambda db: stored(db, verdict=judged))
    assert words in why(store)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        pytest.param({"origin": Origin.IMPORTED}, "this is an import", id="imported"),
        pytest.param({"kind": Kind.PRODUCTIVITY_CLAIM}, "a claim of productivity is no action", id="a claim"),
        pytest.param({"first_document": True}, "its feed's first document", id="a first document"),
        pytest.param({"published_at": NOW - timedelta(days=8)}, "dated over 7 days before", id="old"),
        pytest.param(
            {"published_at": NOW - timedelta(days=8), "first_document": True}, "dated over 7 days", id="old in any case"
        ),
        pytest.param({"published_at": NOW - timedelta(days=7)}, "at least 500 stated jobs", id="new enough, unwanted"),
        pytest.param({"published_at": None}, "and 320 are stated", id="without a date, and unwanted"),
    ],
)
def test_an_event_without_an_alert_says_why(how: dict[str, Any], words: str, store: Store) -> None:
    write(store, lambda db: with_event(db, **how))
    assert words in why(store)


def test_a_seed_says_that_it_never_alerts(store: Store) -> None:
    def seeded(db: Database) -> None:
        with_event(db, origin=Origin.SEED)
        db.execute("update articles set is_seed = 1")

    write(store, seeded)
    assert "this is a seed" in why(store)


def test_what_was_told_needs_no_excuse_and_each_other_rule_has_its_own(store: Store) -> None:
    write(store, with_alert)
    told = RuleSettings(name="every event")
    assert explained(store, URL, told).why == ()
    digest, late = RuleSettings(name="digest", kind="digest"), RuleSettings(name="late")
    assert explained(store, URL, told, LARGE, digest, late).why == (
        "no alert of rule 'large' on event 1: it asks for at least 500 stated jobs, and 320 are stated",
        "no alert of rule 'digest' on event 1: it looks back over a day or a week, not at single events",
        "no alert of rule 'late' on event 1: it asks for the event as it is now; its next account will alert",
    )
