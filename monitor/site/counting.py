"""How datasette counts rows here: what it counts to no use is left out, and what is a table's number is asked of that.

A table of a million articles is counted in a millisecond, the view of them, row by row with its joins, in 200. Tables
that are shut are counted for the page that lists tables, which does not show them.
"""

from typing import Any, Final

from datasette.database import Database, Results  # type: ignore[import-untyped]  # datasette ships no types

# View -> the table of which it has a row for each, always.
ROWS_OF: Final = {
    "articles_view": "articles",
    "entries_view": "entries",
    "events_view": "events",
    "corrections_view": "corrections",
    "alerts_view": "alerts",
    "deliveries_view": "deliveries",
}
_COUNT: Final = "select count(*) from "
_COUNTS: Final = {_COUNT + view: _COUNT + table for view, table in ROWS_OF.items()}


class Counted(Database):  # type: ignore[misc]  # as above
    """A database that counts no more than it has to."""

    async def execute(self, sql: str, *args: Any, **options: Any) -> Results:
        """Return the answer to a statement; one that counts a whole view may be put to its table."""
        return await super().execute(_COUNTS.get(sql.strip(), sql), *args, **options)

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        """Return each table with None for its number of rows: no page shows it."""
        del limit
        return dict.fromkeys(await self.table_names())
