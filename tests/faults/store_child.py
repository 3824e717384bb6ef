"""A program that writes to a store without end and says on standard output what it has been promised is kept.

`python store_child.py PATH MODE`: with MODE "after" it speaks after each commit, as it should; with "before" from
within the units, which is the mistake that the kill test must be able to see. Needs this project and its tests on the
import path.
"""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from store_builders import added, article, draft, entry, outcome, plan

from monitor.model import AlertDraft, Label, Origin, Outcome, Validators
from monitor.store import Database, Store, alerts, articles, entries, events, messages, polls
from monitor.store.rows import scalar

NEW_ENTRIES = 3
MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def poll(db: Database, number: int) -> None:
    """Write the *poll* transaction number `number`: three new entries, two that are known, new validators."""
    first = number * NEW_ENTRIES
    found = outcome(1, *(entry(first + step) for step in range(-2, NEW_ENTRIES)), validators=Validators(f'"{number}"'))
    polls.record_poll(db, found, lambda _: plan(), worth_fetching=lambda _: True, now=MOMENT)


def result(db: Database, number: int) -> None:
    """Write the *result* transaction for one entry of that poll: article, event, alert, delivery."""
    story = number * NEW_ENTRIES
    article_id, _ = articles.upsert(db, article(story, publisher=f"{number}.example"), MOMENT)
    entry_id = scalar(db, "select id from entries where guid = ?", [f"guid-{story}"])
    entries.end(db, entry_id, entries.Ending(Outcome.STORED, article_id=article_id), MOMENT)
    told = draft(Label.CUT, date(2026, 3, 2), company=f"Firm {number}")
    event_id = events.insert_event(db, told, article_id=article_id, origin=Origin.LIVE, now=MOMENT)
    alert = AlertDraft("every event", f"event:{event_id}", Label.CUT, told.company, "headline", event_id)
    alerts.insert(db, alert, [("hook", 1)], MOMENT)


def attempt_start(db: Database, _: int) -> None:
    """Write the *attempt start* of what is due."""
    zero = timedelta(0)
    messages.lease_due(db, messages.Lease(0, zero, zero, lambda _: None), MOMENT, 1)


def attempt_end(db: Database, _: int) -> None:
    """Write the *attempt end* of the message under lease."""
    leased = scalar(db, "select id from messages where state = 'leased' order by id limit 1")
    if leased is not None:
        messages.end_attempt(db, leased, messages.End("sent", None, 200, None), MOMENT)


STEPS: dict[str, Callable[[Database, int], None]] = {
    "poll": poll,
    "result": result,
    "attempt_start": attempt_start,
    "attempt_end": attempt_end,
}


def spoken_early(name: str, number: int) -> Callable[[Database], None]:
    """Return a unit that promises before it has kept."""

    def unit(db: Database) -> None:
        say(f"{name} {number}")
        STEPS[name](db, number)

    return unit


def spoken_late(name: str, number: int) -> Callable[[Database], None]:
    """Return a unit that keeps, and leaves the promising to others."""

    def unit(db: Database) -> None:
        STEPS[name](db, number)

    return unit


def load() -> None:
    """Nothing more: what is imported above is all there is to load."""


def main(path: str, mode: str) -> None:
    """Write until killed."""
    store = Store.open(path, clock=lambda: MOMENT)
    if store.read_now(lambda db: scalar(db, "select count(*) from feeds")) == 0:
        store.submit(added).result()
    number = store.read_now(lambda db: scalar(db, "select count(*) from polls"))
    shaped = spoken_early if mode == "before" else spoken_late
    while True:
        number += 1
        waiting = [(name, store.submit(shaped(name, number))) for name in STEPS]
        for name, future in waiting:
            future.result()
            if mode == "after":
                say(f"{name} {number}")


if __name__ == "__main__":
    main(*sys.argv[1:])
