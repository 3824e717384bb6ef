"""The contract with those who read the store: views, their columns, and what they count."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from store_builders import NOW, added, article, draft, entry, opened, outcome, plan, polled, write

from monitor.model import AlertDraft, Facts, FeedState, Kind, Label, Origin, Outcome
from monitor.store import Database, Store, alerts, articles, entries, events, feeds, polls
from monitor.store.rows import Row, one, rows

# Names that dashboards and outside scripts rely on, in their order.
CONTRACT = {
    "articles_view": """
        id, url, canonical_url, publisher, title, text, text_state, language, published_at,
        modified_at, first_seen_at, feed, origin, label, kind, confidence, probability, company, evidence, is_seed,
        story_id, event_id, classifier
    """,
    "events_view": """
        id, company, label, kind, action, technology, function, country, employment_form, status, announced_on,
        date_precision, origin, jobs_count, jobs_count_max, jobs_qualifier, jobs_implied, share_pct, share_base,
        headcount_before, headcount_after, attribution_type, attribution_strength, attribution_speaker, quote,
        reason_given, articles, publishers, independent_reports, linked_event_id, link_type, reverses_event_id,
        days_to_reversal, source_tier, review_state, effective_on, stated_status, link_by, first_seen_at, updated_at,
        corrections, accounts
    """,
    "corrections_view": "id, event_id, article_id, company, field, old, new, why, by, source, corrected_at",
    "companies_view": """
        id, name, first_event_on, last_event_on, cuts, reversals, hybrids, jobs_cut_stated, jobs_returned_stated,
        current_state, days_to_reversal, parent, jobs_cut_up_to, jobs_cut_estimated, jobs_returned_up_to,
        jobs_returned_estimated, claims, next_followup_on
    """,
    "notes_view": """
        id, company, label, kind, announced_on, date_precision, publisher, url, source_tier, action, function, country,
        jobs_count, jobs_qualifier, fte_equivalent, share_pct, share_base, headcount_before, headcount_after,
        source_check, review_state, origin, external_id
    """,
    "followups_view": """
        event_id, company, months, due_on, state, found, events_found, articles_found, first_label, first_found_on,
        announced_on, answered_on
    """,
    "stories_view": "story_id, title, articles, publishers, first_seen_at, last_seen_at, layers",
    "weekly_view": "week, label, events, articles, companies, jobs_stated, jobs_up_to",
    "entries_view": """
        id, feed, url, title, published_at, first_seen_at, outcome, reason, article_id, attempts, next_attempt_at
    """,
    "feeds_view": """
        id, url, title, state, last_polled_at, next_poll_at, interval_s, failures, last_error, entries_seen,
        articles_kept, possible_gaps, false_304s, last_new_at, gap_s, hold_until, moved_to, queue, held_until,
        crawl_delay_s
    """,
    "alerts_view": "id, rule, subject, label, company, raised_at, observed, expected, headline, event_id, state",
    "deliveries_view": """
        alert_id, channel, recipient, state, attempts, last_attempt_at, next_attempt_at, last_error
    """,
    "trends_view": "week, week_start, label, dimension, value, events, events_28_days",
    "signals_view": """
        label, dimension, value, window_end, window_days, observed, expected, low, high, probability, direction, state,
        since, feeds, coverage, past_days, family, text
    """,
    "ratio_view": "window_end, window_days, reversals, cuts, ratio, low, high",
    "survival_view": "ending, dimension, value, days, at_risk, reversed, share, low, high",
}
STEPS = {
    "counted_events",
    "event_chains",
    "event_voices",
    "followup_dates",
    "trend_events",
    "messages_view",
    "channels_view",
}
BEYOND_IT = {
    "events_view": {"jobs_formula", "fte_equivalent", "quote_speaker"},  # asked for by `classify --json`
    "articles_view": {"review_state"},
    "alerts_view": {"kind", "why"},
    "deliveries_view": {"message_id"},
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


@pytest.mark.parametrize(("view", "columns"), CONTRACT.items(), ids=CONTRACT.keys())
def test_a_view_has_the_columns_of_the_contract(store: Store, view: str, columns: str) -> None:
    found = store.read_now(lambda db: [row["name"] for row in rows(db, f"pragma table_info({view})")])
    beyond = BEYOND_IT.get(view, set())
    assert [name for name in found if name not in beyond] == re.findall(r"\w+", columns)


def test_there_are_no_views_beyond_the_contract_but_steps_of_others(store: Store) -> None:
    found = store.read_now(lambda db: rows(db, "select name from sqlite_master where type = 'view'"))
    assert {row["name"] for row in found} == CONTRACT.keys() | STEPS


# --- histories ---------------------------------------------------------------------------------------------------


def event(db: Database, label: Label, on: date, number: int = 1, **changes: Any) -> int:
    """Return a new event with one article."""
    article_id, _ = articles.upsert(db, article(number), NOW)
    return events.insert_event(db, draft(label, on, **changes), article_id=article_id, origin=Origin.LIVE, now=NOW)


# label, day, link (index of the event it answers), its type -> which cut it undoes, after how many days
Step = tuple[Label, date, int | None, str | None, int | None, int | None]
CUT, BACK, MIXED = Label.CUT, Label.REVERSAL, Label.HYBRID
HISTORIES: dict[str, list[Step]] = {
    "a cut alone undoes nothing": [(CUT, date(2024, 1, 10), None, None, None, None)],
    "a reversal undoes the cut it names": [
        (CUT, date(2024, 1, 10), None, None, None, None),
        (BACK, date(2024, 3, 10), 0, "reverses", 0, 60),
    ],
    "through a chain of follows": [
        (CUT, date(2024, 1, 10), None, None, None, None),
        (MIXED, date(2024, 1, 20), 0, "softens", 0, 10),
        (BACK, date(2024, 1, 30), 1, "follows", 0, 20),
        (BACK, date(2024, 2, 9), 2, "follows", 0, 30),
    ],
    "the first cut met on the way back, not one behind it": [
        (CUT, date(2023, 1, 10), None, None, None, None),
        (CUT, date(2024, 1, 10), 0, "follows", None, None),
        (BACK, date(2024, 1, 20), 1, "reverses", 1, 10),
    ],
    "a reversal of nothing known": [(BACK, date(2024, 1, 10), None, None, None, None)],
    "a ring leads nowhere and ends": [
        (BACK, date(2024, 1, 10), 1, "follows", None, None),
        (MIXED, date(2024, 1, 11), 0, "follows", None, None),
    ],
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
def test_an_event_names_the_cut_it_undoes(store: Store, history: list[Step]) -> None:
    def unit(db: Database) -> None:
        ids = [event(db, label, on, number) for number, (label, on, *_) in enumerate(history)]
        for number, (_, _, to, link_type, *_) in enumerate(history):
            events.set_link(db, ids[number], None if to is None else ids[to], link_type)

    write(store, unit)
    found = store.read_now(lambda db: rows(db, "select * from events_view order by id"))
    expected = [(None if cut is None else cut + 1, days) for *_, cut, days in history]
    assert [(row["reverses_event_id"], row["days_to_reversal"]) for row in found] == expected


def test_an_employer_s_history_in_one_row(store: Store) -> None:
    def unit(db: Database) -> None:
        cut = event(db, CUT, date(2024, 1, 10), 1, facts=Facts(jobs_count=700))
        event(db, CUT, date(2024, 2, 1), 2, kind=Kind.PRODUCTIVITY_CLAIM, facts=Facts(fte_equivalent=700))
        back = event(db, BACK, date(2024, 3, 10), 3, facts=Facts(jobs_count=50))
        events.set_link(db, back, cut, "reverses_partly")

    write(store, unit)
    assert store.read_now(lambda db: one(db, "select * from companies_view")) == {
        "id": 1,
        "name": "Brackwater Mutual",
        "first_event_on": "2024-01-10",
        "last_event_on": "2024-03-10",
        "cuts": 1,
        "reversals": 1,
        "hybrids": 0,
        "jobs_cut_stated": 700,
        "jobs_returned_stated": 50,
        "current_state": "reversed",
        "days_to_reversal": 60,
        "parent": None,
        "jobs_cut_up_to": None,
        "jobs_cut_estimated": None,
        "jobs_returned_up_to": None,
        "jobs_returned_estimated": None,
        "claims": 1,
        "next_followup_on": None,
    }


def test_publishers_are_counted_once_and_articles_each(store: Store) -> None:
    def unit(db: Database) -> None:
        first = event(db, CUT, date(2024, 1, 10), 1)
        for number, publisher in ((2, "news.example"), (3, "paper.example")):
            article_id, _ = articles.upsert(db, article(number, publisher=publisher), NOW)
            events.add_article(db, first, article_id, NOW)

    write(store, unit)
    assert store.read_now(lambda db: one(db, "select articles, publishers, independent_reports from events_view")) == {
        "articles": 3,
        "publishers": 2,
        "independent_reports": 2,
    }


# --- feeds, entries, articles, alerts ----------------------------------------------------------------------------


@pytest.mark.parametrize("state", FeedState)
def test_a_feed_shows_its_state_as_of_the_last_poll(store: Store, state: FeedState) -> None:
    def unit(db: Database) -> None:
        told = outcome(added(db), entry(1))
        polls.record_poll(db, told, lambda _: plan(state=state), worth_fetching=lambda _: True, now=NOW)

    write(store, unit)
    assert [row["state"] for row in store.read_now(feeds.listing)] == [state]


def test_an_article_shows_its_feed_company_first_evidence_and_judge(store: Store) -> None:
    def unit(db: Database) -> Row | None:
        feed = added(db)
        articles.upsert(db, article(1, feed_id=feed), NOW)
        return one(db, "select feed, company, evidence, classifier, is_seed, origin from articles_view")

    assert write(store, unit) == {
        "feed": "https://news.example/feed",
        "company": "Brackwater Mutual",
        "evidence": "replaces",
        "classifier": "rules 1",
        "is_seed": 0,
        "origin": "live",
    }


def test_entries_and_what_a_feed_kept_of_them(store: Store) -> None:
    def unit(db: Database) -> None:
        feed = added(db)
        polled(db, feed, entry(1), entry(2))
        article_id, _ = articles.upsert(db, article(1, feed_id=feed), NOW)
        entries.end(db, 1, entries.Ending(Outcome.STORED, article_id=article_id), NOW)

    write(store, unit)
    found = store.read_now(lambda db: rows(db, "select outcome, article_id from entries_view order by id"))
    assert found == [{"outcome": "stored", "article_id": 1}, {"outcome": None, "article_id": None}]
    [row] = store.read_now(feeds.listing)
    assert (row["entries_seen"], row["articles_kept"]) == (2, 1)


ALERT_STATES: dict[str, tuple[list[str], str]] = {
    "nothing sent yet": (["pending", "sent"], "pending"),
    "one gave up": (["sent", "expired"], "failed"),
    "all sent": (["sent", "sent"], "sent"),
    "on trial": (["shadow"], "shadow"),
    "silenced": (["muted"], "muted"),
    "nobody to tell": ([], "no_channel"),
}


@pytest.mark.parametrize(("states", "state"), ALERT_STATES.values(), ids=ALERT_STATES.keys())
def test_an_alert_s_state_sums_up_its_deliveries(store: Store, states: list[str], state: str) -> None:
    def unit(db: Database) -> None:
        alert = AlertDraft("every event", "event:1", Label.CUT, None, "headline", None)
        alerts.insert(db, alert, [("mail", len(states))], NOW)
        for number, delivery in enumerate(states, 1):
            if delivery in {"shadow", "muted"}:
                db.execute("update deliveries set state = ? where recipient = ?", [delivery, number])
            elif delivery != "pending":
                sql = """
                    insert into messages (id, message_id, channel, recipient, composed_at, state)
                    values (:id, 'one', 'mail', :id, '2026', :state)
                """
                db.execute(sql, {"id": number, "state": delivery})
                db.execute("update deliveries set message_id = ? where recipient = ?", [number, number])

    write(store, unit)
    assert [row["state"] for row in store.read_now(alerts.listing)] == [state]
    found = store.read_now(lambda db: rows(db, "select recipient from deliveries_view"))
    assert [row["recipient"] for row in found] == [f"mail {number}" for number in range(1, len(states) + 1)]
