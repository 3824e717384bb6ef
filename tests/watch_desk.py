"""A store that a watchman looks at, with rules that were noted a while ago and what others compute for them."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from store_builders import HOUR, NOW, article, draft

from monitor import watchman
from monitor.model import Facts, FollowUp, Label, Origin, Signal
from monitor.settings import AlertsSettings, RuleSettings, Settings
from monitor.store import Database, Store, articles, events, rules
from monitor.store.rows import Row
from monitor.store.rows import rows as rows_of
from monitor.trending import Trends

DAY: Final = timedelta(days=1)  # NOW is a Monday, 09:00 UTC


@dataclass
class Desk:
    """A store whose rules were noted a while ago, and what others compute for it."""

    store: Store
    settings: Settings
    signals: list[Signal] = field(default_factory=list)
    due: list[FollowUp] = field(default_factory=list)
    recounts: int = 0
    free: int = 2**40  # bytes beside the store

    def set(self, *chosen: RuleSettings, since: datetime = NOW - 30 * DAY, **alerting: Any) -> None:
        """Have these rules, noted at `since`."""
        self.settings = replace(self.settings, rules=chosen, alerts=AlertsSettings(**alerting))
        self.write(lambda db: rules.note(db, {rule.name: rule.kind for rule in chosen}, since))

    def write(self, unit: Any) -> Any:
        """Return what a unit of the store returns."""
        return self.store.submit(unit).result(timeout=30)

    async def look(self, now: datetime = NOW, *, settled: bool = True) -> int:
        """Have the watchman look, and return how many alerts that made."""
        sources = watchman.Sources(
            trends=self._trends,
            due=lambda _db, on, since: self._due(on, since),
            move_on=lambda _db, _on: None,
            keep=lambda _db, _trends: None,
            free=lambda _folder: self.free,
        )
        return await watchman.look(self.store, self.settings, now=now, settled=settled, sources=sources)

    def _trends(self, _db: Database, now: datetime, _watched: watchman.Watched) -> Trends:
        self.recounts += 1
        return Trends(now.date(), 0, tuple(self.signals), {}, {}, {}, {})

    def _due(self, on: date, since: date) -> list[FollowUp]:
        return [one for one in self.due if since <= one.due_on <= on]

    def raised(self) -> list[Row]:
        """Return the alerts, oldest first."""
        return self.store.read_now(lambda db: rows_of(db, "select * from alerts order by sequence"))

    def subjects(self) -> list[str]:
        """Return what the alerts are about."""
        return [row["subject"] for row in self.raised()]


def rule(kind: Any, **more: Any) -> RuleSettings:
    """Return a rule named after its kind."""
    return RuleSettings(**{"name": kind, "kind": kind, **more})


def event(
    db: Database, number: int = 1, label: Label = Label.CUT, seen: datetime = NOW - HOUR, company: str = "Lumo Pay"
) -> int:
    """Store an event that one article tells of."""
    article_id, _ = articles.upsert(db, article(number, first_seen_at=seen), seen)
    account = draft(label, seen.date(), company=company, facts=Facts(company=company, jobs_count=40))
    return events.insert_event(db, account, article_id=article_id, origin=Origin.LIVE, now=seen)
