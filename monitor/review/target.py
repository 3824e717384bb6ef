"""Which event or article a person means."""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from monitor.errors import MonitorError, UsageError
from monitor.identity import web_address
from monitor.store import Database, lookup, reviews
from monitor.store.rows import Row

_NAMED: Final = re.compile(r"(event|article)(?::| +)(\d{1,18})")
_NUMBER: Final = re.compile(r"\d{1,18}")
_SHOWN: Final = {
    "event": ("id", "company", "label", "kind", "announced_on", "status", "jobs_count", "linked_event_id", "link_type",
              "link_by", "review_state"),
    "article": ("id", "title", "company", "label", "kind", "story_id", "event_id", "review_state"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """One event or article."""

    sort: Literal["event", "article"]
    id: int

    def __str__(self) -> str:
        return f"{self.sort}:{self.id}"

    def row(self, db: Database) -> Row:
        """Return it as it is now; raises MonitorError if there is none."""
        found = (reviews.event if self.sort == "event" else reviews.article)(db, self.id)
        if found is None:
            raise MonitorError(f"there is no {self.sort} {self.id}")
        return found

    def seen(self, db: Database) -> dict[str, Any]:
        """Return as much of it as an answer shows."""
        row = self.row(db)
        return {name: row[name] for name in _SHOWN[self.sort]}


def find(db: Database, asked: str, *, usual: Literal["event", "article"] | None = None) -> Target:
    """Return what is meant by "event:12", "article:34", an address, or a number that only one of them has.

    "event 12", as `explain` has it, will do, too.
    A number that both have is taken for the `usual` one, if there is any. Raises MonitorError, with what to write.
    """
    text = asked.strip()
    if named := _NAMED.fullmatch(text):
        target = Target("event" if named[1] == "event" else "article", int(named[2]))
        target.row(db)
        return target
    if _NUMBER.fullmatch(text):
        return _numbered(db, int(text), usual)
    if web_address(text, "") is None:
        raise UsageError(f"{asked!r} is none of event:NUMBER, article:NUMBER and an address")
    article_id, _ = lookup.by_address(db, text)
    if article_id is None:
        raise MonitorError(f"no article of {text} is in the store; `explain` says what became of it")
    return Target("article", article_id)


def _numbered(db: Database, number: int, usual: Literal["event", "article"] | None) -> Target:
    event, article = reviews.event(db, number), reviews.article(db, number)
    if event is None and article is None:
        raise MonitorError(f"there is neither an event nor an article {number}")
    if event is not None and article is not None and usual is None:
        raise UsageError(
            f"{number} is an event ({event['company']}, {event['label']}, {event['announced_on']}) and an article"
            f" ({article['title'][:60]}): write event:{number} or article:{number}"
        )
    if event is not None and (article is None or usual == "event"):
        return Target("event", number)
    return Target("article", number)
