"""Articles and events as rows: what is written once, and what a second account fills in or changes."""

from collections.abc import Iterator
from dataclasses import asdict as to_dict
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from store_builders import HOUR, NOW, article, draft, opened, verdict, write

from monitor.clock import to_text
from monitor.model import EventDraft, Facts, Label, Origin, Span, TextState
from monitor.store import Database, Store, articles, companies, events, verdicts
from monitor.store.rows import Row, one, rows, scalar


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


# --- articles ----------------------------------------------------------------------------------------------------


def test_an_article_is_stored_once_under_its_canonical_address(store: Store) -> None:
    assert write(store, lambda db: articles.upsert(db, article(1), NOW)) == (1, True)
    other_words = replace(article(1), title="Other words", url="https://copy.example/1")
    assert write(store, lambda db: articles.upsert(db, other_words, NOW)) == (1, False)
    assert store.read_now(lambda db: scalar(db, "select title from articles")) == article(1).title


def test_an_article_without_an_address_is_known_by_its_words(store: Store) -> None:
    nameless = replace(article(1), canonical_url=None, url=None)
    assert write(store, lambda db: articles.upsert(db, nameless, NOW)) == (1, True)
    assert write(store, lambda db: articles.upsert(db, nameless, NOW)) == (1, False)
    assert write(store, lambda db: articles.upsert(db, replace(nameless, text="Other words."), NOW)) == (2, True)


def test_evidence_facts_and_spans_come_back_as_they_went_in(store: Store) -> None:
    stated = verdict(company="Brackwater Mutual", jobs_count=320, announced_on=date(2026, 2, 27))
    judged = replace(stated, spans={"jobs_count": Span("text", 4, 7)})
    write(store, lambda db: articles.upsert(db, article(1, verdict=judged), NOW))
    row = store.read_now(lambda db: one(db, "select facts, spans from articles")) or {}
    evidence = store.read_now(lambda db: rows(db, 'select quote, start, "end" from evidence order by position'))
    assert msgspec.json.decode(row["facts"], type=Facts) == judged.facts
    assert msgspec.json.decode(row["spans"]) == {"jobs_count": ["text", 4, 7]}
    assert [tuple(quote.values()) for quote in evidence] == [("replaces", 0, 8), ("staff", 2, 7)]


def test_another_verdict_takes_the_place_of_the_first(store: Store) -> None:
    write(store, lambda db: articles.upsert(db, article(1), NOW))
    second = replace(verdict(Label.REVERSAL), evidence=verdict().evidence[:1])
    write(store, lambda db: verdicts.replace(db, 1, second, NOW))
    assert store.read_now(lambda db: one(db, "select label, company_id from articles")) == {
        "label": "reversal",
        "company_id": None,
    }
    assert store.read_now(lambda db: scalar(db, "select count(*) from evidence")) == 1


def test_an_article_keeps_its_language_and_its_two_dates(store: Store) -> None:
    changed_at = NOW + 3 * HOUR
    write(store, lambda db: articles.upsert(db, article(1, language="sv", modified_at=changed_at), NOW))
    [kept] = store.read_now(lambda db: rows(db, "select language, published_at, modified_at from articles_view"))
    assert kept == {"language": "sv", "published_at": to_text(NOW), "modified_at": to_text(changed_at)}


def test_two_stories_whose_pages_call_themselves_by_a_wall_s_address_stay_two(store: Store) -> None:
    """Where no page was read, the last address may be a wall at which many stories end."""
    for number in (1, 2):
        stub = article(number, text_state=TextState.PAYWALLED, final_url="https://news.example/subscribe")
        write(store, lambda db, stub=stub: articles.upsert(db, stub, NOW))  # type: ignore[misc]  # bound now
    assert store.read_now(lambda db: scalar(db, "select count(*) from articles")) == 2


def test_articles_are_found_by_their_words_and_follow_changes(store: Store) -> None:
    def hits(word: str) -> Any:
        sql = "select count(*) from articles_fts where articles_fts match ?"
        return store.read_now(lambda db: scalar(db, sql, [word]))

    write(store, lambda db: articles.upsert(db, article(1), NOW))
    assert (hits("program"), hits("orchard")) == (1, 0)
    write(store, lambda db: db.execute("update articles set text = 'An orchard.'"))
    assert (hits("program"), hits("orchard")) == (0, 1)
    write(store, lambda db: db.execute("delete from articles"))
    assert (hits("orchard"), hits("replaces")) == (0, 0)


ENTRY = "https://a.example/entry"
CANONICALS: dict[str, tuple[str | None, str | None, str | None]] = {
    "the page's own word": ("https://a.example/real", "https://a.example/amp/real", "https://a.example/real"),
    "with its trackers off": ("https://a.example/real?utm_source=x", "https://a.example/r", "https://a.example/real"),
    "www does not make another outlet": (
        "https://www.a.example/real",
        "https://a.example/r",
        "https://www.a.example/real",
    ),
    "another outlet is not believed": ("https://b.example/real", "https://a.example/r", ENTRY),
    "a front page is not believed": ("https://a.example/", "https://a.example/r", ENTRY),
    "a front page of a front page is": ("https://a.example/", "https://a.example", "https://a.example/"),
    "the section of a story is not believed": ("https://a.example/news/", "https://a.example/news/2026/r", ENTRY),
    "the first page of a story is": ("https://a.example/r", "https://a.example/r/page/2", "https://a.example/r"),
    "the story of a page for telephones is": ("https://a.example/r", "https://a.example/r/amp/", "https://a.example/r"),
    "none stated": (None, "https://a.example/r", ENTRY),
    "never fetched": ("https://a.example/real", None, ENTRY),
    "moved to another host": (None, "https://c.example/r?utm_source=x", "https://c.example/r"),
    "moved to another host, and another outlet stated": (
        "https://b.example/real",
        "https://c.example/r",
        "https://c.example/r",
    ),
    "moved to another host's front page": (None, "https://c.example/", ENTRY),
    "moved to another host's front page without a slash": (None, "https://c.example", ENTRY),
}


@pytest.mark.parametrize(("stated", "final", "expected"), CANONICALS.values(), ids=CANONICALS.keys())
def test_a_page_is_believed_about_its_own_address_only(
    stated: str | None, final: str | None, expected: str | None
) -> None:
    assert articles.canonical_of(stated, final, ENTRY) == expected


@pytest.mark.parametrize("final", [None, ""])
def test_what_has_no_address_gets_none(final: str | None) -> None:
    assert articles.canonical_of("https://a.example/real", final, None) is None


def test_an_employer_is_one_row_whatever_the_case_of_its_name(store: Store) -> None:
    ids = [write(store, lambda db, n=n: companies.ensure(db, n)) for n in ("Norvik Bank", "NORVIK bank", "Norvik")]  # type: ignore[misc]  # bound now
    assert ids == [1, 1, 2]


def test_an_employer_s_owner_is_a_row_of_its_own_and_stands_beside_it(store: Store) -> None:
    def unit(db: Database) -> None:
        companies.ensure(db, "Norvik Pay")
        companies.ensure(db, "Norvik Pay", "Norvik Bank")
        companies.ensure(db, "Norvik Pay", "Another Bank")  # the first stays
        companies.ensure(db, "Norvik Bank", "NORVIK BANK")  # nobody owns itself

    write(store, unit)
    sql = "select name, parent from companies_view order by id"
    assert store.read_now(lambda db: rows(db, sql)) == [
        {"name": "Norvik Pay", "parent": "Norvik Bank"},
        {"name": "Norvik Bank", "parent": None},
    ]


def test_the_owner_a_verdict_names_is_stored_with_its_article(store: Store) -> None:
    judged = verdict(company="Instagram", parent="Meta")
    write(store, lambda db: articles.upsert(db, replace(article(1), verdict=judged), NOW))
    sql = "select c.name, p.name as owner from companies c join companies p on p.id = c.parent_id"
    assert store.read_now(lambda db: rows(db, sql)) == [{"name": "Instagram", "owner": "Meta"}]


SPELLINGS: dict[str, tuple[str, str]] = {
    "capitals beyond ASCII": ("SOCIÉTÉ X", "Société X"),
    "an accent as a mark of its own": ("Société X", "Socie\u0301te\u0301 X"),
    "a sharp s": ("STRASSE AG", "Straße AG"),
    "both at once": ("SOCIE\u0301TE\u0301 X", "société x"),
}


@pytest.mark.parametrize(("first", "second"), SPELLINGS.values(), ids=SPELLINGS.keys())
def test_spellings_of_one_name_are_one_employer_and_the_first_stays(store: Store, first: str, second: str) -> None:
    assert write(store, lambda db: (companies.ensure(db, first), companies.ensure(db, second))) == (1, 1)
    assert store.read_now(lambda db: companies.find(db, second)) == 1
    assert store.read_now(lambda db: [row["name"] for row in rows(db, "select name from companies")]) == [first]


# --- events ------------------------------------------------------------------------------------------------------


def account(db: Database, number: int, on: datetime, **changes: Any) -> tuple[int, EventDraft]:
    """Return an article that is stored, and its account."""
    made = draft(**changes)
    judged = verdict(made.label, **to_dict(made.facts) | {"company": made.company})
    state = TextState.HEADLINE_ONLY if made.status == "rumoured" else TextState.FULL
    told = article(
        number,
        verdict=judged,
        source_tier=made.source_tier,
        published_at=on,
        publisher=f"paper{number}.example",
        text=f"Text {number}. {made.facts.quote or ''}",
        text_state=state,
    )
    return articles.upsert(db, told, NOW)[0], made


def told(db: Database, **changes: Any) -> int:
    """Return a new event, told of by article 1."""
    article_id, made = account(db, 1, NOW, **changes)
    return events.insert_event(db, made, article_id=article_id, origin=Origin.LIVE, now=NOW)


def joined(db: Database, event: int, number: int = 2, **changes: Any) -> Row:
    """Return an event's row after one more article's account, an hour later."""
    article_id, made = account(db, number, NOW + HOUR, **changes)
    events.join(db, event, made, article_id=article_id, now=NOW + HOUR)
    return one(db, "select * from events where id = ?", [event]) or {}


def test_an_event_is_known_with_what_joining_and_alerting_need(store: Store) -> None:
    facts = Facts(jobs_count=320, country="US", attribution_strength="explicit")
    event = write(store, lambda db: told(db, facts=facts))
    found = store.read_now(lambda db: events.as_known(db, event))
    assert (found.company, found.jobs_count, found.country) == ("Brackwater Mutual", 320, "US")
    assert store.read_now(lambda db: events.known(db, "brackwater MUTUAL")) == [found]
    assert store.read_now(lambda db: events.known(db, "Nobody")) == []


def test_an_excluded_event_is_not_known(store: Store) -> None:
    write(store, told)
    write(store, lambda db: db.execute("update events set review_state = 'excluded'"))
    assert store.read_now(lambda db: events.known(db, "Brackwater Mutual")) == []


EXACT = Facts(jobs_count=320, jobs_qualifier="exact")
UP_TO = Facts(jobs_count=400, jobs_count_max=400, jobs_qualifier="up_to")
QUOTED = Facts(quote="We regret it, says Ada Lund.", quote_speaker="Ada Lund")
JOINS: dict[str, tuple[Facts, int, Facts, int, dict[str, Any]]] = {
    "an empty field is filled": (Facts(), 3, EXACT, 3, {"jobs_count": 320, "jobs_qualifier": "exact"}),
    "the more precise number stays": (
        EXACT,
        3,
        UP_TO,
        3,
        {"jobs_count": 320, "jobs_count_max": None, "jobs_qualifier": "exact"},
    ),
    "a worse source's number loses": (EXACT, 2, UP_TO, 4, {"jobs_count": 320, "source_tier": 2}),
    "a better source's number wins with its qualifier": (
        EXACT,
        4,
        UP_TO,
        1,
        {"jobs_count": 400, "jobs_count_max": 400, "jobs_qualifier": "up_to", "source_tier": 1},
    ),
    "a better source without a number takes none away": (EXACT, 4, Facts(), 1, {"jobs_count": 320, "source_tier": 1}),
    "the quote is the better source's": (
        QUOTED,
        4,
        Facts(quote="Other words.", quote_speaker="a union"),
        1,
        {"quote": "Other words.", "quote_speaker": "a union", "quote_article_id": 2},
    ),
    "of equal sources it is the earlier one's": (
        QUOTED,
        3,
        Facts(quote="Other words."),
        3,
        {"quote": QUOTED.quote, "quote_speaker": "Ada Lund", "quote_article_id": 1},
    ),
    "a quote comes with its article": (Facts(), 3, QUOTED, 3, {"quote": QUOTED.quote, "quote_article_id": 2}),
    "an attribution is filled in": (
        Facts(),
        3,
        Facts(attribution_strength="explicit", attribution_speaker="employer"),
        3,
        {"attribution_strength": "explicit", "attribution_speaker": "employer"},
    ),
}


@pytest.mark.parametrize(("first", "tier", "second", "second_tier", "expected"), JOINS.values(), ids=JOINS.keys())
def test_a_second_account_fills_and_a_better_source_counts(
    store: Store, first: Facts, tier: int, second: Facts, second_tier: int, expected: dict[str, Any]
) -> None:
    event = write(store, lambda db: told(db, facts=first, source_tier=tier))
    row = write(store, lambda db: joined(db, event, facts=second, source_tier=second_tier))
    assert {name: row[name] for name in expected} == expected


def test_an_event_counts_its_publishers(store: Store) -> None:
    event = write(store, told)
    write(store, lambda db: joined(db, event, 2))
    write(store, lambda db: joined(db, event, 2))
    assert store.read_now(lambda db: scalar(db, "select publishers from events_view")) == 2
    assert store.read_now(lambda db: scalar(db, "select count(*) from event_articles")) == 2


def test_a_rumour_that_is_confirmed_is_none_any_more(store: Store) -> None:
    event = write(store, lambda db: told(db, status="rumoured"))
    assert write(store, lambda db: joined(db, event, status="announced"))["status"] == "announced"


def test_a_link_says_whether_it_changed(store: Store) -> None:
    cut = write(store, told)
    back = write(store, lambda db: told(db, label=Label.REVERSAL))
    changes = [(cut, "reverses"), (cut, "reverses"), (cut, "reverses_partly"), (None, None)]
    assert [write(store, lambda db, c=change: events.set_link(db, back, *c)) for change in changes] == [  # type: ignore[misc]  # bound now
        True,
        False,
        True,
        True,
    ]
