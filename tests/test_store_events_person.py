"""A person's word on events: corrections, merging, splitting, links and exclusion, and what nothing later changes."""

from collections.abc import Iterator

import pytest
from event_builders import told
from store_builders import NOW
from told_events import changes, event_row, import_account, tell, told_of

from monitor.model import Label, TextState
from monitor.store import Database, audit, events
from monitor.store.connection import connect
from monitor.store.migrations import migrate
from monitor.store.rows import one, rows

CUT, BACK = Label.CUT, Label.REVERSAL


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("store") / "monitor.db"
    db = connect(path)
    migrate(db, path)
    yield db
    db.close()


@pytest.fixture
def db(connection: Database) -> Iterator[Database]:
    connection.execute("begin")
    yield connection
    connection.execute("rollback")


def test_a_person_s_number_stands_whatever_is_read_later(db: Database) -> None:
    event = tell(db, 1, tier=3, jobs_count=300)
    events.correct(db, event, "jobs_count", "310", "counted in the filing", NOW)
    tell(db, 2, into=event, tier=1, jobs_count=900, jobs_qualifier="exact", function="software")
    events.rebuild(db, event, NOW, "a text was judged anew")
    row = event_row(db, event)
    assert (row["jobs_count"], row["function"], row["review_state"]) == (310, "software", "checked")
    assert changes(db, event)[0] == ("jobs_count", "300", "310", "person")


def test_it_stands_even_if_the_event_is_given_back_to_the_rules(db: Database) -> None:
    event = tell(db, 1, jobs_count=300, country="US")
    events.correct(db, event, "jobs_count", None, "never stated", NOW)
    events.correct(db, event, "review_state", "auto", "look again", NOW)
    tell(db, 2, into=event, tier=1, jobs_count=900, share_pct=10.0)
    row = event_row(db, event)
    assert (row["jobs_count"], row["share_pct"], row["country"]) == (None, 10.0, "US")


def test_of_two_words_of_a_person_the_last_counts(db: Database) -> None:
    event = tell(db, 1)
    for state in ("completed", "underway"):
        events.correct(db, event, "status", state, "by the notice", NOW)
    tell(db, 2, into=event, state=TextState.HEADLINE_ONLY)
    assert event_row(db, event)["status"] == "underway"


def test_a_rumour_undoes_a_cut_only_once_it_is_confirmed(db: Database) -> None:
    cut = tell(db, 1, on="2026-01-05")
    back = tell(db, 2, BACK, on="2026-02-05", state=TextState.HEADLINE_ONLY)
    before = event_row(db, cut)["status"]
    tell(db, 3, BACK, on="2026-02-06", into=back)
    assert (before, event_row(db, cut)["status"]) == ("announced", "reversed")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("quote", "Other words.", "cannot be corrected"),
        ("id", "7", "cannot be corrected"),
        ("jobs_count", "many", "invalid literal"),
        ("announced_on", "in March", "Invalid isoformat"),
        ("label", "none", "'none' is not"),
        ("review_state", "perhaps", "'perhaps' is not"),
        ("status", "over", "'over' is not"),
    ],
)
def test_what_cannot_be_is_refused(db: Database, field: str, value: str, why: str) -> None:
    event = tell(db, 1)
    with pytest.raises(ValueError, match=why):
        events.correct(db, event, field, value, "no reason", NOW)
    assert changes(db, event) == []


def test_an_event_that_is_not_there_is_told(db: Database) -> None:
    with pytest.raises(LookupError, match="no event 77"):
        events.correct(db, 77, "country", "US", "why", NOW)


def test_a_corrected_label_changes_what_the_event_undoes(db: Database) -> None:
    cut, back = tell(db, 1, on="2026-01-05"), tell(db, 2, BACK, on="2026-02-05")
    events.correct(db, back, "label", "cut", "they let more go", NOW)
    row = event_row(db, back)
    assert (row["label"], row["linked_event_id"], event_row(db, cut)["status"]) == ("cut", None, "announced")


def test_what_a_person_takes_for_a_rumour_undoes_nothing(db: Database) -> None:
    cut, back = tell(db, 1, on="2026-01-05"), tell(db, 2, BACK, on="2026-02-05")
    events.correct(db, back, "status", "rumoured", "nobody confirms it", NOW)
    assert event_row(db, cut)["status"] == "announced"


def test_what_tells_of_an_excluded_event_counts_no_more_than_it(db: Database) -> None:
    cut, back = tell(db, 1, on="2026-01-05"), tell(db, 2, BACK, on="2026-02-05")
    events.exclude(db, back, "satire", NOW)
    assert event_row(db, cut)["status"] == "announced"
    tell(db, 3, BACK, on="2026-02-06", into=back)
    row = event_row(db, back)
    assert (row["review_state"], row["retired_at"], events.as_known(db, back).excluded) == ("excluded", None, True)
    assert [event.id for event in events.known(db, "Norvik Bank")] == [cut]


def test_merged_events_are_one_with_all_that_told_of_both(db: Database) -> None:
    kept = tell(db, 1, jobs_count=300, on="2026-01-05")
    other = import_account(db, "a", on="2026-01-30", function="software")
    tell(db, 2, into=other, tier=1, jobs_count=900, on="2026-01-30")
    back = tell(db, 3, BACK, on="2026-02-20")
    assert event_row(db, back)["linked_event_id"] == other
    events.merge(db, other, kept, "the same plan", NOW)
    row, gone = event_row(db, kept), event_row(db, other)
    assert (row["jobs_count"], row["function"]) == (900, "software")
    assert (row["review_state"], row["status"]) == ("checked", "reversed")
    assert (gone["review_state"], gone["linked_event_id"], gone["link_type"]) == ("excluded", kept, "duplicates")
    assert (told_of(db, 2), event_row(db, back)["linked_event_id"]) == (kept, kept)
    assert one(db, "select articles, accounts from events_view where id = ?", [kept]) == {"articles": 2, "accounts": 1}
    assert events.found(db, told(CUT, "2026-01-30"), None) == kept


def test_a_merge_is_undone_by_splitting_off_what_it_brought(db: Database) -> None:
    kept, other = tell(db, 1, jobs_count=300, on="2026-01-05"), tell(db, 2, jobs_count=900, on="2026-01-30")
    events.merge(db, other, kept, "the same plan", NOW)
    assert events.split(db, kept, 2, "two plans after all", NOW) == other
    row, again = event_row(db, kept), event_row(db, other)
    assert (row["jobs_count"], again["jobs_count"], again["review_state"]) == (300, 900, "checked")
    assert (again["linked_event_id"], again["retired_at"], told_of(db, 2)) == (None, None, other)


def test_an_article_split_off_starts_an_event_of_its_own(db: Database) -> None:
    event = tell(db, 1, jobs_count=300, on="2026-01-05")
    tell(db, 2, into=event, tier=1, jobs_count=320, on="2026-01-07")
    made = events.split(db, event, 2, "another plant", NOW)
    assert (event_row(db, event)["jobs_count"], event_row(db, made)["jobs_count"]) == (300, 320)
    assert {event_row(db, number)["review_state"] for number in (event, made)} == {"checked"}
    assert one(db, "select articles from events_view where id = ?", [event]) == {"articles": 1}


def test_what_makes_no_sense_is_refused(db: Database) -> None:
    event, claim = tell(db, 1), tell(db, 2, BACK, company="Lumo Pay")
    for one_of_them, other in ((event, event), (event, claim)):
        with pytest.raises(ValueError, match="not two of one employer"):
            events.merge(db, one_of_them, other, "why", NOW)
    with pytest.raises(LookupError, match="article 2 does not tell of event"):
        events.split(db, event, 2, "why", NOW)
    with pytest.raises(ValueError, match="nothing else tells"):
        events.split(db, event, 1, "why", NOW)


def test_a_person_s_link_stays_whatever_the_rule_finds(db: Database) -> None:
    old, new = tell(db, 1, on="2025-01-05"), tell(db, 2, on="2026-01-05")
    back = tell(db, 3, BACK, on="2026-02-05")
    assert event_row(db, back)["linked_event_id"] == new
    assert events.set_link(db, back, old, "reverses_partly", by="person", now=NOW, why="the notice says so")
    events.relink(db, "Norvik Bank", NOW)
    assert not events.set_link(db, back, new, "reverses")
    row = event_row(db, back)
    assert (row["linked_event_id"], row["link_type"], row["link_by"]) == (old, "reverses_partly", "person")
    assert [event_row(db, number)["status"] for number in (old, new)] == ["partly_reversed", "announced"]
    found = rows(db, "select field, why, by from corrections where event_id = ?", [back])
    assert found == [{"field": "linked_event_id", "why": "reverses_partly: the notice says so", "by": "person"}]


def test_none_of_it_breaks_a_reference(db: Database) -> None:
    kept, other = tell(db, 1, on="2026-01-05"), tell(db, 2, on="2026-01-30", jobs_count=9)
    events.merge(db, other, kept, "the same", NOW)
    events.split(db, kept, 1, "and not", NOW)
    assert audit.foreign_keys(db) == []
