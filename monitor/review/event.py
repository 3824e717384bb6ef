"""What a person says of an event."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from monitor.errors import UsageError
from monitor.model import Label, LinkType
from monitor.review.target import Target, find
from monitor.store import Database, reviews
from monitor.store import events as event_store

LINKS: Final = ("reverses", "reverses_partly", "softens", "follows", "updates", "duplicates")
_LINK: Final = re.compile(rf"(?:event:)?(\d{{1,18}})(?::({'|'.join(LINKS)}))?")


def act(db: Database, target: Target, asked: Mapping[str, Any], now: datetime) -> list[str]:
    """Do what is asked of an event, and return in sentences what changed; raises ValueError for what cannot be."""
    if "kind" in asked:
        told = ", ".join(f"article:{number}" for number in reviews.tellers(db, target.id)["articles"]) or "none"
        raise ValueError(f"the kind of an event is that of what tells of it; review an article of it: {told}")
    [action] = asked.keys() - {"why"}
    row = target.row(db)
    if action != "split" and row["retired_at"] is not None and row["link_type"] == "duplicates":
        raise ValueError(f"{target} was merged into event {row['linked_event_id']}; --split undoes that")
    doing = {"label": _label, "exclude": _exclude, "include": _include, "merge": _merge, "split": _split, "link": _link}
    return doing[action](db, target, asked[action], str(asked["why"]), now)


def _label(db: Database, target: Target, label: str, why: str, now: datetime) -> list[str]:
    if label not in {Label.CUT, Label.REVERSAL, Label.HYBRID}:
        raise ValueError("an event is a cut, a reversal or a hybrid; --exclude takes one out that is none of them")
    before = target.row(db)["label"]
    event_store.correct(db, target.id, "label", label, why, now)
    return [f"label {before} -> {label}"]


def _exclude(db: Database, target: Target, _: object, why: str, now: datetime) -> list[str]:
    before = target.row(db)["review_state"]
    event_store.exclude(db, target.id, why, now)
    return [f"review_state {before} -> excluded: it counts no more, and what tells of it alerts nobody"]


def _include(db: Database, target: Target, _: object, why: str, now: datetime) -> list[str]:
    row = target.row(db)
    if row["retired_at"] is not None or not any(reviews.tellers(db, target.id).values()):
        raise ValueError(f"nothing tells of {target} any more; review the article that did")
    event_store.correct(db, target.id, "review_state", "checked", why, now)
    return [f"review_state {row['review_state']} -> checked: it counts"]


def _merge(db: Database, target: Target, other: str, why: str, now: datetime) -> list[str]:
    into = find(db, str(other), usual="event")
    if into.sort != "event":
        raise ValueError(f"{target} can be merged with an event only, and {into} is none")
    reviews.remember_moved(db, target.id, into.id, why, now)
    event_store.merge(db, target.id, into.id, why, now)
    return [f"it is part of {into} now, with all that tells of it; `review {target} --split` undoes it"]


def _split(db: Database, target: Target, _: object, why: str, now: datetime) -> list[str]:
    """Undo the merge that put an event away; another one is taken apart by the article that is not of it."""
    row = target.row(db)
    if row["link_type"] != "duplicates" or row["retired_at"] is None:
        told = ", ".join(f"article:{number}" for number in reviews.tellers(db, target.id)["articles"]) or "none"
        raise ValueError(f"{target} was merged into no other; to take an article out of it, review that: {told}")
    into = int(row["linked_event_id"])
    back, former = reviews.take_back(db, target.id, into), reviews.link_before_merge(db, target.id)
    into = event_store.standing(db, into)
    event_store.set_link(db, target.id, None, None, by="person", now=now, why=why)
    reviews.stand_again(db, target.id)
    for event_id, reason in ((target.id, "it is no part of another"), (into, f"{target} is no part of it")):
        reviews.tell_anew(db, event_id, now, reason)
    event_store.hand_back(db, target.id, into, why, now)
    if former is not None:
        linked, link_type, by = former
        event_store.set_link(db, target.id, linked, link_type, by=by, now=now, why=why)
    if any(back.values()):
        event_store.correct(db, target.id, "review_state", "checked", why, now)
    event_store.relink(db, row["company"], now)
    names = [f"article:{number}" for number in back["articles"]] + [f"row {number}" for number in back["accounts"]]
    return [f"it is no part of event {into} any more; of it tell {', '.join(names) or 'none'}"]


def _link(db: Database, target: Target, to: str, why: str, now: datetime) -> list[str]:
    row = target.row(db)
    if to == "none":
        event_store.set_link(db, target.id, None, None, by="person", now=now, why=why)
        event_store.relink(db, row["company"], now)
        return ["it is linked to no event"]
    parts = _LINK.fullmatch(str(to).strip())
    if parts is None:
        raise UsageError(f"--link {to!r} must be NUMBER, NUMBER:TYPE or none; TYPE is one of {', '.join(LINKS)}")
    other = Target("event", int(parts[1])).row(db)
    if other["id"] == target.id or other["company"] != row["company"]:
        raise ValueError(f"{target} and event {other['id']} are not two of one employer")
    if other["review_state"] == "excluded":
        raise ValueError(f"event {other['id']} is excluded; link to one that counts")
    if _leads_to(db, other["id"], target.id):
        raise ValueError(f"event {other['id']} is linked to {target} already; links that go round lead nowhere")
    usual = {Label.REVERSAL: "reverses", Label.HYBRID: "softens"}.get(Label(row["label"]), "follows")
    link_type = parts[2] or (usual if other["label"] == Label.CUT else "follows")
    event_store.set_link(db, target.id, other["id"], cast("LinkType", link_type), by="person", now=now, why=why)
    event_store.relink(db, row["company"], now)
    return [f"it {link_type.replace('_', ' ')} event {other['id']} ({other['label']}, {other['announced_on']})"]


def _leads_to(db: Database, start: int, end: int) -> bool:
    """Return whether links lead from one event to another."""
    at: int | None = start
    seen: set[int] = set()
    while at is not None and at not in seen:
        if at == end:
            return True
        seen.add(at)
        row = reviews.event(db, at)
        at = row["linked_event_id"] if row else None
    return False
