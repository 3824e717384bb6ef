"""What is trimmed after how many days: one table. Rows that answer questions stay for ever; what was bulky is added up.

Rows are found by readers, a stretch of the table at a time, and trimmed by the writer, few at a time, who looks again
whether each is still to go. Seeds are never among them, and the ledger's equation holds before and after.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.settings import RetentionSettings
from monitor.store.rows import scalar

STRETCH: Final = 20_000  # rows that one reader looks at; a long one would hold up the emptying of the log


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of row: its setting, what goes and what stays of it in words, the condition on a row t, how it goes."""

    key: str
    goes: str
    stays: str
    table: str
    due: str  # condition; :before is the moment before which it is old
    trim: tuple[str, ...]  # statements; {ids} are the row numbers
    batch: int  # rows in one transaction, which together hold the writer far less than 100 ms


# The last poll of a feed stays, and of each week (Monday to Sunday, as in store/trends.py) the last that was answered:
# from these the weeks in which a feed was listened to can be told for ever.
_POLLS: Final = """
    t.new = 0 and t.refused = 0 and t.polled_at < :before
    and exists (select 1 from polls l where l.feed_id = t.feed_id and l.polled_at > t.polled_at)
    and (t.result = 'failed' or exists (
      select 1 from polls l where l.feed_id = t.feed_id and l.polled_at > t.polled_at
        and l.polled_at < date(t.polled_at, '-6 days', 'weekday 1', '+7 days') and l.result <> 'failed'
    ))
"""
_SUM: Final = """
    insert into poll_sums (feed_id, result, polls, known, body_bytes, duration_ms, first_polled_at, last_polled_at)
    select feed_id, result, count(*), sum(known), sum(body_bytes), sum(duration_ms), min(polled_at), max(polled_at)
    from polls where rowid in ({ids}) group by feed_id, result
    on conflict (feed_id, result) do update set
      polls = polls + excluded.polls, known = known + excluded.known, body_bytes = body_bytes + excluded.body_bytes,
      duration_ms = duration_ms + excluded.duration_ms,
      first_polled_at = min(first_polled_at, excluded.first_polled_at),
      last_polled_at = max(last_polled_at, excluded.last_polled_at)
"""
# A text whose evidence or facts point into it goes together with them: no quote without the text it is in.
_FOUND_NOTHING: Final = """
    t.label = 'none' and t.is_seed = 0 and t.origin = 'live' and t.text <> '' and t.review_state = 'auto'
    and t.first_seen_at < :before and t.event_id is null
    and not exists (select 1 from event_articles ea where ea.article_id = t.id)
    and not exists (select 1 from events e where e.quote_article_id = t.id)
"""
KINDS: Final = (
    Kind(
        "poll_days",
        "polls that brought nothing new",
        "their numbers, added up by feed; the last answer of each week",
        "polls",
        _POLLS,
        (_SUM, "delete from polls where rowid in ({ids})"),
        200,
    ),
    Kind(
        "summary_days",
        "summaries of entries that led to no article",
        "title, address, outcome and reason",
        "entries",
        """t.outcome in ('duplicate', 'passed_over', 'refused', 'failed') and t.summary <> '' and t.origin <> 'seed'
        and t.ended_at < :before""",
        ("update entries set summary = '' where rowid in ({ids})",),
        200,
    ),
    Kind(
        "robots_days",
        "robots.txt of hosts not asked since",
        "the host; it is asked anew before its next page",
        "hosts",
        "t.robots_text is not null and t.robots_fetched_at < :before",
        ("update hosts set robots_state = null, robots_text = null, robots_fetched_at = null where rowid in ({ids})",),
        100,
    ),
    Kind(
        "message_days",
        "contents of messages that arrived",
        "when, to whom, which alerts",
        "messages",
        "t.state = 'sent' and t.content is not null and t.ended_at < :before",
        ("update messages set content = null where rowid in ({ids})",),
        100,
    ),
    Kind(
        "text_days",
        "texts of articles in which nothing was found",
        "title, address, verdict; the words found in the title",
        "articles",
        _FOUND_NOTHING,
        (
            "delete from evidence where place = 'text' and article_id in ({ids})",
            """update articles set text = '', text_state = 'headline_only', spans = (
              select json_group_object(s.key, json(s.value)) from json_each(articles.spans) s
              where json_extract(s.value, '$[0]') = 'title')
            where rowid in ({ids})""",
        ),
        10,
    ),
)
BY_KEY: Final[Mapping[str, Kind]] = MappingProxyType({kind.key: kind for kind in KINDS})


def days_of(settings: RetentionSettings) -> dict[str, int]:
    """Return after how many days each kind is trimmed, by key; 0: never; pure."""
    return asdict(settings)


def before(days: int, now: datetime) -> str | None:
    """Return the moment before which rows are old, as the store writes it; None for never; pure."""
    return to_text(now - timedelta(days=days)) if days else None


def plan(db: Database, days: Mapping[str, int], now: datetime) -> list[dict[str, Any]]:
    """Return for each kind how many rows there are and how many of them would go now; changes nothing."""
    lines = []
    for kind in KINDS:
        at = before(days[kind.key], now)
        due = scalar(db, f"select count(*) from {kind.table} t where {kind.due}", {"before": at}) if at else 0
        lines.append(
            {
                "setting": kind.key,
                "days": days[kind.key],
                "rows": scalar(db, f"select count(*) from {kind.table}"),
                "go": due,
                "what": kind.goes,
                "stays": kind.stays,
            }
        )
    return lines


def find(db: Database, key: str, at: str, after: int) -> tuple[list[int], int | None]:
    """Return which rows of the stretch after a row number are to go, and where the next begins; None: nowhere."""
    kind = BY_KEY[key]
    end = scalar(db, f"select max(rowid) from {kind.table}") or 0
    until = after + STRETCH
    sql = f"select t.rowid from {kind.table} t where t.rowid > :after and t.rowid <= :until and {kind.due} order by 1"
    found = [int(row[0]) for row in db.execute(sql, {"before": at, "after": after, "until": until})]
    return found, until if until < end else None


def trim(db: Database, key: str, at: str, ids: list[int]) -> int:
    """Return how many of these rows were trimmed: those that are still to go. Called inside a unit."""
    kind = BY_KEY[key]
    asked = ", ".join(map(str, ids))
    sql = f"select t.rowid from {kind.table} t where t.rowid in ({asked}) and {kind.due}"
    still = [int(row[0]) for row in db.execute(sql, {"before": at})]
    for statement in kind.trim if still else ():
        db.execute(statement.format(ids=", ".join(map(str, still))))
    return len(still)
