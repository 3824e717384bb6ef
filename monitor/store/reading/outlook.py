"""What trends have been computed: counts against expectation, ratios, and how long cuts last; nothing without them."""

from sqlite_utils import Database

from monitor.store.reading import has
from monitor.store.rows import Row, rows


def signals(db: Database) -> list[Row]:
    """Return the series whose last weeks can be held against their past, the unusual ones first."""
    sql = """
        select label, dimension, value, window_end, window_days, observed, expected, low, high, direction, state, feeds,
          text
        from signals_view where expected is not null
        order by case state when 'surge' then 0 when 'note' then 1 else 2 end, dimension <> 'all', value, label limit 40
    """
    return rows(db, sql) if has(db, "signals_view") else []


def ratios(db: Database) -> list[Row]:
    """Return reversals to cuts over the windows that ended last, the longest first."""
    sql = """
        select window_end, window_days, reversals, cuts, ratio, low, high from ratio_view
        where window_end = (select max(window_end) from ratio_view) order by window_days desc
    """
    return rows(db, sql) if has(db, "ratio_view") else []


def survival(db: Database) -> list[Row]:
    """Return the share of cuts not yet known to be reversed, by days since their announcement."""
    sql = """
        select days, at_risk, reversed, share, low, high from survival_view
        where ending = 'reversed' and dimension = 'all' order by days limit 2000
    """
    return rows(db, sql) if has(db, "survival_view") else []
