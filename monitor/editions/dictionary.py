"""What each column of each view means: the descriptions that the site shows, as a table."""

from collections.abc import Iterator
from typing import Any, Final

from monitor.shipped import shipped

COLUMNS: Final = ("view", "column", "unit", "description")


def metadata() -> dict[str, Any]:
    """Return the descriptions, units, facets and orders of `config/datasette.yaml`."""
    from datasette.utils import (  # type: ignore[import-untyped]  # noqa: PLC0415  # takes a second; ships no types
        parse_metadata,
    )

    described: dict[str, Any] = parse_metadata(shipped("config/datasette.yaml").read_text(encoding="utf-8"))
    return described


def dictionary(tables: dict[str, Any], columns: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row of `COLUMNS` for each view and for each of its columns, in the order given; pure."""
    for view, names in columns.items():
        of = tables[view]
        yield view, "", "", f"{of['title']}. {of['description']}"
        for name in names:
            yield view, name, of.get("units", {}).get(name, ""), of["columns"][name]
