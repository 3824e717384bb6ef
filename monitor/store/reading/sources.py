"""Where the store's articles come from: feeds and how they fare, what became of their entries, what is covered."""

import json
from typing import Final

from sqlite_utils import Database

from monitor.store.reading import listed
from monitor.store.rows import Row, rows

MOST: Final = 100  # feeds on one page

_FEEDS: Final = """
    select f.id, f.url, f.title, f.state, f.last_polled_at, f.next_poll_at, f.interval_s, f.failures, f.last_error,
      f.possible_gaps, f.last_new_at, f.hold_until
    from feeds f where f.removed_at is null
    order by f.state = 'ok', coalesce(f.title, f.url), f.id limit ?
"""
_ENDINGS: Final = """
    select feed_id, outcome, count(*) as number from entries
    where feed_id in (select value from json_each(?)) group by feed_id, outcome
"""
# By feed first, where an index leads to what was refused and failed, and to nothing else.
_REASONS: Final = """
    select outcome, reason, sum(number) as number
    from (
      select n.outcome, n.reason, count(*) as number
      from feeds f cross join entries n on n.feed_id = f.id and n.outcome in ('refused', 'failed')
      group by f.id, n.outcome, n.reason
    )
    group by outcome, reason order by number desc limit 40
"""


def feeds(db: Database) -> list[Row]:
    """Return feeds, those in trouble first, each with `endings`: outcome (or "waiting") -> number of entries."""
    shown = rows(db, _FEEDS, [MOST])
    endings: dict[int, dict[str, int]] = {}
    for row in rows(db, _ENDINGS, [json.dumps([row["id"] for row in shown])]):
        endings.setdefault(row["feed_id"], {})[row["outcome"] or "waiting"] = row["number"]
    return [{**row, "endings": endings.get(row["id"], {})} for row in shown]


def reasons(db: Database) -> list[Row]:
    """Return why entries were refused or failed, the most frequent first."""
    return rows(db, _REASONS)


def languages(db: Database) -> list[Row]:
    """Return language -> articles, and how many of them have a label; the most first."""
    sql = """
        select coalesce(language, 'unknown') as name, count(*) as articles, sum(label <> 'none') as labelled
        from articles group by language order by 2 desc limit 30
    """
    return rows(db, sql)


def countries(db: Database) -> list[Row]:
    """Return country -> events, one in several countries in each; the most first."""
    sql = """
        select trim(each.value) as name, count(*) as events from events, %s each where review_state <> 'excluded'
        group by 1 order by 2 desc, 1 limit 30
    """
    return rows(db, sql % listed("country"))
