"""What trends have been computed: counts against expectation, ratios, and how long cuts last; nothing without them."""

from typing import Final

from sqlite_utils import Database

from monitor.store.rows import Row, one, rows

YEAR_DAYS: Final = 365


def signals(db: Database) -> list[Row]:
    """Return each series of the last four whole weeks beside its past: surges first, then notes, usual, muted ones."""
    sql = """
        select label, dimension, value, window_end, window_days, observed, expected, low, high, direction, state, since,
          feeds, past_days, text, date(window_end, (1 - window_days) || ' days') as window_start
        from signals_view
        order by case state when 'surge' then 0 when 'note' then 1 when 'usual' then 2 else 3 end,
          dimension <> 'all', observed desc, dimension, value, label
        limit 200
    """
    return rows(db, sql)


def ratio(db: Database) -> Row | None:
    """Return reversals to cuts over the year that was counted last; None as long as nothing was."""
    sql = "select * from ratio_view where window_days = ? order by window_end desc limit 1"
    return one(db, sql, [YEAR_DAYS])


def ratios(db: Database) -> list[Row]:
    """Return reversals to cuts over each year that was counted, by its last day, first first."""
    return rows(db, "select * from ratio_view where window_days = ? order by window_end", [YEAR_DAYS])


def survival(db: Database) -> list[Row]:
    """Return the share of cuts not yet known to be reversed, by days since their announcement."""
    sql = """
        select days, at_risk, reversed, share, low, high from survival_view
        where ending = 'reversed' and dimension = 'all' order by days limit 2000
    """
    return rows(db, sql)
