"""What trends are made of, read from the rows, and the tables derived of it. Called inside units."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlite_utils import Database

from monitor.model import Label, Signal
from monitor.store.rows import each, scalar

Precision = Literal["day", "month", "year"]

_LAST_POLL: Final = "select max(last_poll_id) from trend_feed_weeks"
_ANSWERED: Final = """
    select feed_id, date(polled_at, '-6 days', 'weekday 1') as week_start, max(id) as last_poll_id
    from polls where id > :after and result <> 'failed' group by feed_id, week_start
"""
# Every feed that listed an article of the event tells of it, whichever of them brought the article in.
_TOLD: Final = """
    with listed (event_id, entry_id) as materialized (
      select ea.event_id, n.id from trend_events e join event_articles ea on ea.event_id = e.id
      join entries n on n.article_id = ea.article_id
      where e.announced_on >= :since and e.date_precision = 'day'
    )
    select event_id, feed_id, date(first_seen_at) as first_seen_on
    from listed join entries on entries.id = listed.entry_id where feed_id is not null
    union
    select event_id, feed_id, date(first_seen_at)
    from listed join entries on entries.duplicate_of = listed.entry_id where feed_id is not null
"""
_ANSWERS: Final = """
    select ch.cut_id, late.label, late.announced_on, late.date_precision
    from event_chains ch join trend_events late on late.id = ch.event_id
    where late.date_precision <> 'year'
"""
_SIGNAL: Final = (
    "label", "dimension", "value", "window_end", "window_days", "observed", "expected", "low", "high", "probability",
    "direction", "state", "since", "feeds", "coverage", "past_days", "family", "text",
)  # fmt: skip
DERIVED: Final = ("trend_feed_weeks", "trend_weeks", "trend_signals", "trend_ratios", "trend_survival")


@dataclass(frozen=True, slots=True)
class Counted:
    """An event that counts in trends."""

    id: int
    label: Label
    company_id: int
    function: str | None
    country: str | None
    status: str
    announced_on: date
    date_precision: Precision


@dataclass(frozen=True, slots=True)
class Answer:
    """A reversal or hybrid that goes back to a cut."""

    cut_id: int
    label: Label
    announced_on: date
    date_precision: Precision


def counted(db: Database) -> list[Counted]:
    """Return the events that count in trends, oldest first."""
    columns = "id, label, company_id, function, country, status, announced_on, date_precision"
    sql = f"select {columns} from trend_events order by announced_on, id"
    return [
        Counted(number, Label(label), company_id, function, country, status, date.fromisoformat(day), precision)
        for number, label, company_id, function, country, status, day, precision in db.execute(sql)
    ]


def told(db: Database, since: date) -> dict[int, list[tuple[int, date]]]:
    """Return for each event announced since: the feeds that told of it and the days they first did."""
    found: dict[int, list[tuple[int, date]]] = defaultdict(list)
    for event_id, feed_id, seen_on in db.execute(_TOLD, {"since": since.isoformat()}):
        found[event_id].append((feed_id, date.fromisoformat(seen_on)))
    return found


def answers(db: Database) -> list[Answer]:
    """Return what answers a cut, directly or through other answers."""
    return [
        Answer(row["cut_id"], Label(row["label"]), date.fromisoformat(row["announced_on"]), row["date_precision"])
        for row in each(db, _ANSWERS)
    ]


def feed_weeks(db: Database) -> dict[int, set[date]]:
    """Return the Mondays of the weeks in which each feed answered a poll; writes nothing."""
    sql = f"select feed_id, week_start from trend_feed_weeks union select feed_id, week_start from ({_ANSWERED})"
    found: dict[int, set[date]] = defaultdict(set)
    for feed_id, week_start in db.execute(sql, {"after": scalar(db, _LAST_POLL) or 0}):
        found[feed_id].add(date.fromisoformat(week_start))
    return found


def note_feed_weeks(db: Database) -> None:
    """Note in which weeks feeds answered, from the polls that were not looked at yet: there may be millions."""
    db.execute(
        f"""
        insert into trend_feed_weeks (feed_id, week_start, last_poll_id) {_ANSWERED}
        on conflict (feed_id, week_start) do update set last_poll_id = excluded.last_poll_id
        """,
        {"after": scalar(db, _LAST_POLL) or 0},
    )


def write(
    db: Database,
    *,
    weeks: Mapping[tuple[str, ...], int],
    signals: Iterable[Signal],
    ratios: Iterable[tuple[Any, ...]],
    survival: Iterable[tuple[Any, ...]],
) -> None:
    """Put these in the place of all that was derived before, weeks of feeds apart."""
    for table in DERIVED[1:]:
        db.execute(f"delete from {table}")
    _fill(db, "trend_weeks", ((*key, events) for key, events in weeks.items()))
    _fill(db, "trend_ratios", ratios)
    _fill(db, "trend_survival", survival)
    rows = (asdict(signal) for signal in signals)
    _fill(db, "trend_signals", (tuple(_text(row[name]) for name in _SIGNAL) for row in rows))


def _fill(db: Database, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows whose values stand in the order of the table's columns."""
    width = len(db[table].columns)
    db.conn.executemany(f"insert into {table} values ({', '.join('?' * width)})", rows)


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
