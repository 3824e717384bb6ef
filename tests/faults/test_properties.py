"""What holds for every value, over as many as the run's size says; what is held elsewhere is told in docs/hazards.

The amounts and the seed are the run's, so that a night tries more and any run can be had again.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import Any

import pytest
from faults.sizes import Size
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from store_builders import NOW, added, entry, opened, polled, write
from story_builders import report, reworded, telling

from monitor.fetch.headers import parse_retry_after
from monitor.identity import canonical_url, clean_text, entry_identity, is_plausible
from monitor.model import AlertDraft, FeedEntry, Label, PageFailed, Reason
from monitor.poll.markup import one_line
from monitor.record import LONGEST_WAIT, next_attempt
from monitor.settings import Settings, load
from monitor.store import Database, Store, alerts, messages
from monitor.store.rows import rows
from monitor.store.sightings import date_of
from monitor.stories.copies import copy_of
from monitor.stories.vetoes import contradiction

Holding = Callable[[st.SearchStrategy[Any], Callable[[Any], None]], None]
ANY_TEXT = st.text(st.characters(), max_size=200)


@pytest.fixture
def holds(size: Size, luck: Random, counted: Callable[[str, int], None]) -> Holding:
    """Give what tries a promise on as many values as the run's size says."""

    def tried(values: st.SearchStrategy[Any], promise: Callable[[Any], None]) -> None:
        @seed(luck.getrandbits(64))
        @settings(max_examples=size.examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(values)
        def one(value: Any) -> None:
            promise(value)

        one()
        counted("property cases", size.examples)

    return tried


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("properties") / "monitor.db") as store:
        yield store


class UndoneError(Exception):
    """Raised in a unit so that the next case finds the store as this one did."""


def within(store: Store, unit: Callable[[Database], None]) -> None:
    """Carry out a unit and undo it; what it asserts is raised here."""

    def undone(db: Database) -> None:
        unit(db)
        raise UndoneError

    with pytest.raises(UndoneError):
        write(store, undone)


# --- addresses and words -------------------------------------------------------------------------------------------

NAMES = st.text("abcxyz_-", min_size=1, max_size=6)
TRACKER = st.sampled_from(["utm_source=x", "fbclid=1", "gclid=%20", "mc_cid=b", "utm_medium="])


@st.composite
def shuffled_queries(draw: st.DrawFn) -> tuple[str, str]:
    """Give two queries of the same parameters in two orders, with trackers anywhere."""
    pairs = draw(st.dictionaries(NAMES, st.text("abc019%2+", max_size=5), max_size=5))
    plain = [f"{name}={value}" for name, value in pairs.items()]
    orders = []
    for _ in range(2):
        order = list(draw(st.permutations(plain)))
        for tracker in draw(st.lists(TRACKER, max_size=2)):
            order.insert(draw(st.integers(0, len(order))), tracker)
        orders.append("&".join(order))
    return orders[0], orders[1]


def test_the_order_of_parameters_and_trackers_make_no_other_address(holds: Holding) -> None:
    def promise(queries: tuple[str, str]) -> None:
        one, other = (canonical_url(f"https://news.example/story?{query}") for query in queries)
        assert one == other

    holds(shuffled_queries(), promise)


def test_cleaned_text_comes_back_from_a_letter_and_from_json_as_it_was(holds: Holding) -> None:
    def promise(text: str) -> None:
        clean, subject = clean_text(text), one_line(text)
        mail = EmailMessage(policy=policy.SMTP)
        mail["Subject"] = subject
        mail.set_content(clean)
        back = message_from_bytes(bytes(mail), policy=policy.default)
        assert isinstance(back, EmailMessage)
        assert str(back.get_content()).replace("\r\n", "\n").removesuffix("\n") == clean.removesuffix("\n")
        assert str(back["Subject"]).split() == subject.split()
        assert json.loads(json.dumps(clean)) == clean

    holds(ANY_TEXT, promise)


def test_a_date_is_the_stated_one_or_the_first_sight_and_never_out_of_bounds(holds: Holding) -> None:
    moments = st.datetimes(timezones=st.just(UTC)) | st.just(None)

    def promise(stated: datetime | None) -> None:
        kept, guessed = date_of(entry(1, published_at=stated), NOW)
        assert is_plausible(kept, NOW)
        assert kept == (NOW if guessed else stated)

    holds(moments, promise)


RETRY_AFTER = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.datetimes().map(lambda at: at.strftime("%a, %d %b %Y %H:%M:%S GMT")),
    ANY_TEXT,
)


def test_whatever_retry_after_says_a_page_is_tried_again_within_a_day(holds: Holding) -> None:
    def promise(case: tuple[str, int]) -> None:
        said, attempts = case
        asked = parse_retry_after(said, NOW)
        again = next_attempt(PageFailed(1, Reason.RATE_LIMITED, "", retryable=True, retry_after_s=asked), attempts, NOW)
        assert asked is None or asked >= 0
        assert again is None or NOW < again <= NOW + LONGEST_WAIT

    holds(st.tuples(RETRY_AFTER, st.integers(0, 9)), promise)


# --- the ledger ----------------------------------------------------------------------------------------------------

KEYS = st.sampled_from([None, "one", "two", "three"])
ENTRIES = st.lists(
    st.builds(lambda g, u, t: FeedEntry(g, u and f"https://a.example/{u}", t or "", ""), KEYS, KEYS, KEYS), max_size=6
)


def test_the_order_of_entries_changes_neither_what_they_are_nor_what_is_counted(holds: Holding, store: Store) -> None:
    def promise(case: tuple[list[FeedEntry], Random]) -> None:
        document, luck = case
        other = luck.sample(document, len(document))
        kept: list[Any] = []

        def unit(db: Database) -> None:
            for number, found in enumerate((document, other)):
                feed = added(db, f"https://order{number}.example/feed")
                counts = polled(db, feed, *found)
                sql = "select identity from entries where feed_id = ? order by identity"
                kept.append((counts, [row["identity"] for row in rows(db, sql, [feed])]))

        within(store, unit)
        ours, theirs = kept[-2:]
        assert ours[0].parsed == theirs[0].parsed == len(document)
        if all(one.guid is None or one.url is None for one in document):
            assert ours == theirs  # else another guid for a known address is known, whichever comes first
        assert {entry_identity(one) for one in document} == {entry_identity(one) for one in other}

    holds(st.tuples(ENTRIES, st.randoms(use_true_random=False)), promise)


# --- copies --------------------------------------------------------------------------------------------------------

TITLES = ("Norvik cuts five jobs in Oslo today", "Norvik cuts five jobs", "Klarion hires again after all")
COUNTS = st.sampled_from([None, 5, 9])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """Give two articles, near to each other or not."""
    luck = Random(draw(st.integers(0, 10**6)))
    made = []
    for _ in range(2):
        plain = report(draw(st.integers(0, 2)), draw(st.sampled_from([0, 20, 60, 200])))
        text = reworded(plain, draw(st.sampled_from([0, 0.05, 0.3])), luck)
        facts = {"company": draw(st.sampled_from([None, "Norvik", "Klarion"])), "jobs_count": draw(COUNTS)}
        title = draw(st.sampled_from(TITLES))
        at = NOW + timedelta(hours=draw(st.sampled_from([0, 5, 100])))
        url = draw(st.sampled_from([None, "https://a.example/1", "https://b.example/2"]))
        made.append(telling(text, title, url=url, told_at=at, publisher=draw(st.sampled_from(["a", "b"])), **facts))
    return made[0], made[1]


def test_two_articles_are_copies_whichever_of_them_came_first(holds: Holding) -> None:
    def promise(case: tuple[Any, Any]) -> None:
        one, other = case
        assert copy_of(one, other) == copy_of(other, one)
        assert contradiction(one, other) == contradiction(other, one)

    holds(pairs(), promise)


# --- alerts --------------------------------------------------------------------------------------------------------


def test_every_alert_is_in_exactly_one_message_to_each_recipient(holds: Holding, store: Store) -> None:
    """However they are gathered, and whichever of them cannot be written."""
    kinds = st.lists(
        st.tuples(st.sampled_from(["any", "flip", "surge"]), st.booleans(), st.integers(0, 90)), max_size=12
    )

    def promise(case: tuple[list[tuple[str, bool, int]], int, int]) -> None:
        told, wait_s, interval_s = case

        def writable(record: Any) -> None:
            if record.headline == "poison":
                raise ValueError

        def unit(db: Database) -> None:
            for number, (kind, sound, late_s) in enumerate(told):
                words = "headline" if sound else "poison"
                later = NOW + timedelta(seconds=late_s)
                draft = AlertDraft("rule", f"event:{number}", Label.CUT, None, words, None, kind=kind, not_before=later)
                alerts.insert(db, draft, [("hook", 1), ("letters", 2)], NOW)
            lease = messages.Lease(60, timedelta(seconds=wait_s), timedelta(seconds=interval_s), writable)
            for minute in range(0, 240, 20):
                for job in messages.lease_due(db, lease, NOW + timedelta(minutes=minute), 10):
                    messages.end_attempt(db, job.id, messages.End("sent", None, 200, None), NOW)
            found = rows(
                db, "select alert_id, recipient, count(*) as n, min(state) as state from deliveries_view group by 1, 2"
            )
            assert len(found) == 3 * len(told)
            assert {(row["n"], row["state"]) for row in found} <= {(1, "sent"), (1, "refused")}
            assert sum(row["state"] == "refused" for row in found) == 3 * sum(not sound for _, sound, _ in told)

        within(store, unit)

    holds(st.tuples(kinds, st.sampled_from([0, 60, 3600]), st.sampled_from([0, 900])), promise)


# --- settings ------------------------------------------------------------------------------------------------------

SECTIONS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "network": {
        "host_delay_s": st.floats(0, 300),
        "host_daily_pages": st.integers(0, 10**6),
        "contact": st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
        "allow_private": st.lists(st.sampled_from(["127.0.0.1:80", "10.0.0.0/8:*", "[::1]:8080"]), max_size=3),
    },
    "poll": {"min_interval_s": st.integers(60, 900), "start_interval_s": st.integers(900, 3600)},
    "process": {"first_look": st.booleans(), "workers": st.integers(1, 8)},
    "alerts": {"group_wait_s": st.integers(0, 3600), "time_zone": st.sampled_from(["UTC", "Europe/Paris"])},
}
RULES = st.fixed_dictionaries(
    {"name": st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)},
    optional={
        "labels": st.lists(st.sampled_from(["cut", "reversal", "hybrid"]), min_size=1, max_size=3, unique=True),
        "min_jobs": st.integers(0, 10**6),
        "countries": st.lists(st.sampled_from(["DE", "US", "SE"]), max_size=2),
        "quiet_hours": st.sampled_from(["22:00-07:00", "00:00-23:59"]),
        "employers": st.lists(st.sampled_from(["Norvik", 'A "B" \\ C', "Bücher AG"]), max_size=2),
    },
)


def as_toml(table: dict[str, Any]) -> str:
    """Return the keys of a table as TOML has them; these values it has as JSON does."""
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())


def test_settings_written_to_a_file_are_read_as_they_were_meant(holds: Holding, tmp_path: Path) -> None:
    given_values = st.fixed_dictionaries({}, optional={
        name: st.fixed_dictionaries({}, optional=keys) for name, keys in SECTIONS.items()
    })  # fmt: skip

    def promise(case: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
        values, rules = case
        lines = [f"[{name}]\n{as_toml(keys)}" for name, keys in values.items()]
        lines += [f"[[rules]]\n{as_toml(rule)}" for rule in rules]
        file = tmp_path / "monitor.toml"
        file.write_text("".join(lines), "utf-8")
        read = load(file, {"HOME": "/home/you"})
        for name, keys in values.items():
            assert _as_lists(read, name, keys) == keys
        for meant, rule in zip(rules, read.rules if rules else (), strict=True):
            found = {key: getattr(rule, key) for key in meant}
            assert {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()} == meant

    by_name = st.lists(RULES, max_size=3, unique_by=lambda rule: rule["name"])
    holds(st.tuples(given_values, by_name), promise)


def _as_lists(read: Settings, section: str, keys: dict[str, Any]) -> dict[str, Any]:
    found = {key: getattr(getattr(read, section), key) for key in keys}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}
