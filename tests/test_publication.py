"""The copy for everybody: what was reported is in it, what tells of recipients and of the operator is not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from viewers import FIRST, full

from monitor.clock import utc_now
from monitor.errors import MonitorError, StoreError
from monitor.store import Store, publication
from monitor.store.publication import bare_address, beside, publish

# Every table of the store, decided upon: a new one has to be put in one of the two lists.
OPEN = {
    "accounts", "alerts", "article_versions", "articles", "companies", "corrections", "earlier_verdicts", "entries",
    "event_articles", "events", "evidence", "feeds", "hosts", "poll_sums", "polls", "stories_apart", "story_merges",
    "trend_feed_weeks", "trend_ratios", "trend_signals", "trend_survival", "trend_weeks",
}  # fmt: skip
CANARY = "canary-7f3a9"
TEXT = "only-in-the-text"
AT = "2026-01-01T00:00:00.000Z"
PRIVATE = f"""
update deliveries set channel = '{CANARY}';
insert into messages (message_id, channel, recipient, composed_at, content, state, last_error)
  values ('m', '{CANARY}', 1, '{AT}', '{CANARY}', 'refused', '{CANARY}');
insert into channel_states (channel, recipient, why) values ('{CANARY}', 1, '{CANARY}');
insert into mutes (rule, until, why, by, added_at) values ('{CANARY}', '{AT}', '{CANARY}', '{CANARY}', '{AT}');
insert into watched (list, company_id, added_at, why) values ('{CANARY}', {FIRST}, '{AT}', '{CANARY}');
insert into rules (name, kind, first_seen_at) values ('{CANARY}', 'any', '{AT}');
insert into meta (key, value) values ('{CANARY}', '{CANARY}');
insert into upkeep (chore, tried_at, told) values ('backup', '{AT}', '{CANARY}');
insert into leases (token, host, issued_at, expires_at) values ('{CANARY}', '{CANARY}', '{AT}', '{AT}');
insert into second_opinions (content_hash, model, prompt, asked_at, outcome, answer)
  values ('x', '{CANARY}', '1', '{AT}', 'agreed', '{CANARY}');
insert into feed_addresses (feed_id, canonical_url, url, until, why)
  values ({FIRST}, 'https://a.example/?{CANARY}', 'https://a.example/?{CANARY}', '{AT}', 'moved');
insert into alerts (id, sequence, rule, subject, raised_at, headline, withheld)
  values ('alert_2', 2, '{CANARY}', '{CANARY}', '{AT}', '{CANARY}', 'muted');
insert into trend_weeks values ('cut', 'watch', '{CANARY}', '2026-01-05', 3);
update alerts set details = '{{"a": "{CANARY}"}}', known = '{CANARY}', why = '{CANARY}';
update feeds set url = 'https://{CANARY}:{CANARY}@a.example/feed' || id || '?key={CANARY}', last_error = '{CANARY}',
  canonical_url = 'https://{CANARY}:{CANARY}@a.example/feed' || id || '?key={CANARY}', etag = '{CANARY}',
  moved_to = 'https://b.example/?key={CANARY}';
update polls set detail = '{CANARY}';
update entries set detail = '{CANARY}', summary = '{CANARY}';
insert into hosts (host, queue) values ('w.example', 'w.example');
insert into entries (identity, first_seen_at, next_attempt_at, host, lease)
  values ('w', '{AT}', '{AT}', 'w.example', 'x');
update articles set text = 'A chatbot answers. {TEXT}';
"""  # noqa: S608  # our own words


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = full(tmp_path_factory.mktemp("published") / "monitor.db")
    with Store.open(path, clock=utc_now) as opened:
        opened.submit(lambda db: [db.execute(sql) for sql in PRIVATE.split(";\n") if sql.strip()]).result()
    return path


@pytest.fixture(scope="module")
def copy(store: Path) -> Path:
    return publish(store, beside(store), utc_now())


@pytest.fixture
def db(copy: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)) as opened:
        yield opened


def test_every_table_is_decided_upon(db: sqlite3.Connection) -> None:
    sql = "select name from sqlite_master where type = 'table' and sql like '%strict%'"
    assert {row[0] for row in db.execute(sql)} == OPEN | set(publication.EMPTIED)


@pytest.mark.parametrize("table", publication.EMPTIED)
def test_what_is_not_for_everybody_is_emptied(db: sqlite3.Connection, table: str) -> None:
    assert db.execute(f"select count(*) from {table}").fetchone() == (0,)  # noqa: S608  # ours


def test_nothing_of_recipients_and_the_operator_is_in_any_byte_of_it(store: Path, copy: Path) -> None:
    assert CANARY.encode() in store.read_bytes()
    assert CANARY.encode() not in copy.read_bytes()


def test_texts_of_others_are_in_no_byte_of_it_unless_wanted(store: Path, copy: Path, tmp_path: Path) -> None:
    assert TEXT.encode() not in copy.read_bytes()
    assert TEXT.encode() in publish(store, tmp_path / "with.db", utc_now(), with_texts=True).read_bytes()


def test_what_was_reported_is_in_it(db: sqlite3.Connection, store: Path) -> None:
    counts = "select count(*) from events_view union all select count(*) from articles_view where evidence is not null"
    with closing(sqlite3.connect(store)) as whole:
        assert db.execute(counts).fetchall() == whole.execute(counts).fetchall()
    assert db.execute("select id, state from alerts_view").fetchall() == [("alert_1", None)]
    assert {row[0] for row in db.execute("select substr(url, 1, 22) from feeds_view")} == {"https://a.example/feed"}


def test_the_view_of_alerts_has_the_columns_of_the_stores(db: sqlite3.Connection, store: Path) -> None:
    columns = "select name from pragma_table_info('alerts_view')"
    with closing(sqlite3.connect(store)) as whole:
        assert db.execute(columns).fetchall() == whole.execute(columns).fetchall()


def test_titles_can_be_searched_and_texts_that_are_gone_cannot(db: sqlite3.Connection) -> None:
    [title] = db.execute("select title from articles order by id limit 1").fetchone()
    found = "select count(*) from articles_fts where articles_fts match ?"
    assert db.execute(found, [f'"{title}"']).fetchone()[0] > 0
    assert db.execute(found, ["chatbot"]).fetchone()[0] == 0


def test_the_copy_is_a_store_that_can_be_opened_for_reading(copy: Path) -> None:
    with Store.open(copy, clock=utc_now, read_only=True) as opened:
        assert opened.read_now(lambda db: db.execute("pragma integrity_check").fetchone()) == ("ok",)
    assert not copy.with_name(f"{copy.name}-wal").exists()


def test_a_copy_that_fails_leaves_the_older_one(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    publish(store, target, utc_now())
    before = target.read_bytes()
    (tmp_path / "damaged.db").write_bytes(store.read_bytes()[:9000])
    with pytest.raises(StoreError):
        publish(tmp_path / "damaged.db", target, utc_now())
    assert target.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir() if "partial" in file.name) == []


def test_a_place_that_cannot_be_written_is_told(store: Path, tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="there is no folder"):
        publish(store, tmp_path / "none" / "copy.db", utc_now())


ADDRESSES = {
    "https://u:p@a.example:8443/feed?key=1#x": "https://a.example:8443/feed",
    "https://a.example/feed": "https://a.example/feed",
    "http://[": None,
    None: None,
}


@pytest.mark.parametrize(("address", "bare"), ADDRESSES.items())
def test_an_address_is_bared_of_what_may_be_a_key(address: str | None, bare: str | None) -> None:
    assert bare_address(address) == bare
