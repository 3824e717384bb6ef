"""Builders of rows of files of events, and of stores that hold them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from store_builders import NOW, write

from monitor import chronicle
from monitor.model import Facts, FiledAccount, Kind, Label, Origin
from monitor.store import Store
from monitor.store.rows import Row, rows


def filed(name: str, label: Label = Label.CUT, day: str = "2025-03-04", **changes: Any) -> FiledAccount:
    """Return a row of one bank; `facts` that are given stand beside its name."""
    facts = {"company": "Norvik Bank"} | changes.pop("facts", {})
    values: dict[str, Any] = {
        "kind": Kind.EVENT,
        "date_precision": "day",
        "source_tier": 2,
        "publisher": f"{name}.example",
        "url": f"https://{name}.example/a",
        "facts": Facts(**facts),
    }
    return FiledAccount(external_id=name, label=label, announced_on=date.fromisoformat(day), **(values | changes))


def entered(store: Store, *given: FiledAccount, origin: Origin = Origin.IMPORTED) -> dict[str, Any]:
    """Return what became of rows that were taken in and linked."""
    answer = write(store, lambda db: chronicle.enter(db, given, origin, NOW))
    for company in dict.fromkeys(row.facts.company for row in given if row.facts.company):
        write(store, lambda db, name=company: chronicle.link(db, name, NOW))  # type: ignore[misc]  # bound now
    return answer


def seen(store: Store, sql: str, values: Iterable[Any] = ()) -> list[Row]:
    """Return the rows of a query."""
    return store.read_now(lambda db: rows(db, sql, list(values)))
