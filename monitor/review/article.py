"""What a person says of an article; its event is made, changed or left accordingly."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from monitor.model import Kind, Label, Origin
from monitor.review.target import Target, find
from monitor.store import Database, reviews, stories
from monitor.store import events as event_store
from monitor.store.events import telling

Said = Mapping[str, Any]


def act(db: Database, target: Target, asked: Said, now: datetime) -> list[str]:
    """Do what is asked of an article, and return in sentences what changed; raises ValueError for what cannot be."""
    why = str(asked["why"])
    if "link" in asked:
        event_id = target.row(db)["event_id"]
        hint = f"review event:{event_id}" if event_id else "this one tells of none"
        raise ValueError(f"links are between events; {hint}")
    if "merge" in asked:
        return _merge(db, target, str(asked["merge"]), why, now)
    if "split" in asked:
        return _split(db, target, why, now)
    return _judge(db, target, asked, why, now)


def _judge(db: Database, target: Target, asked: Said, why: str, now: datetime) -> list[str]:
    """Set label, kind or what a person thinks of an article; it then tells of what these make of it."""
    before = target.row(db)
    changes: dict[str, Any] = {"review_state": "excluded" if "exclude" in asked else "checked"}
    if "label" in asked:
        changes["label"] = Label(asked["label"]).value
    if "kind" in asked:
        changes["kind"] = Kind(asked["kind"]).value
    reviews.judge(db, target.id, changes, why, now)
    event_id = _retell(db, target, now)
    said = [f"{name} {before[name]} -> {value}" for name, value in changes.items() if before[name] != value]
    if before["event_id"] != event_id:
        said.append(f"it told of {_event(before['event_id'])}, it tells of {_event(event_id)}")
    if event_id is None and changes["review_state"] != "excluded" and before["company"] is None:
        said.append("no employer is known of it, so it makes no event")
    return said or ["nothing: that is how it stood"]


def _retell(db: Database, target: Target, now: datetime) -> int | None:
    """Move an article to the event that it tells of by a person's word; return it, None if it tells of none."""
    row = target.row(db)
    told_now = None if row["review_state"] == "excluded" else telling.of_article(row)
    draft = None if told_now is None else told_now.draft
    event_id = row["event_id"]
    company = None
    if event_id is not None:
        event = event_store.as_known(db, event_id)
        company = event.company
        if draft is not None and (draft.label, draft.kind) == (event.label, event.kind):
            event_store.rebuild(db, event_id, now, f"{target} was reviewed")
            return int(event_id)
        event_store.leave(db, event_id, target.id)
        event_store.rebuild(db, event_id, now, f"{target} was reviewed", by_person=True)
    told = None
    if draft is not None:
        found = reviews.left(db, target.id, draft) or event_store.found_again(db, draft)
        if found is None:
            origin = Origin(row["origin"])
            told = event_store.insert_event(db, draft, article_id=target.id, origin=origin, now=now)
        else:
            told = found
            event_store.join(db, told, draft, article_id=target.id, now=now)
    for name in {company, draft.company if draft else None} - {None}:
        event_store.relink(db, str(name), now)
    return told


def _merge(db: Database, target: Target, other: str, why: str, now: datetime) -> list[str]:
    """Let an article tell of another's event, or of the event named; of two articles the stories become one."""
    into = find(db, other, usual="article")
    row = target.row(db)
    said = []
    event_id = into.id if into.sort == "article" else event_store.standing(db, into.id)
    if into.sort == "article":
        article = into.row(db)
        event_id = article["event_id"]
        if row["story_id"] != article["story_id"]:
            story = stories.merge(db, target.id, int(article["story_id"]), why, now)
            said.append(f"it and {into} are one story, {story}")
    if event_id is not None and row["event_id"] != event_id:
        reviews.judge(db, target.id, {"review_state": "checked"}, why, now)
        _move(db, target, int(event_id), why, now)
        said.append(f"it told of {_event(row['event_id'])}, it tells of event {event_id}")
    return said or ["nothing: that is how it stood"]


def _move(db: Database, target: Target, event_id: int, why: str, now: datetime) -> None:
    row = target.row(db)
    before = row["event_id"]
    reviews.note(db, target.id, "event_id", (before, event_id), why, now)
    if before is not None:
        event_store.leave(db, before, target.id)
        event_store.rebuild(db, before, now, f"{target} tells of event {event_id}", by_person=True)
    event_store.add_article(db, event_id, target.id, now)
    event_store.rebuild(db, event_id, now, f"{target} tells of it")
    event = reviews.event(db, event_id)
    if event is not None and event["retired_at"] is not None:
        raise ValueError(
            f"nothing tells of event {event_id}, and {target} has no label to tell of it; give it one first"
        )
    event_store.relink(db, str(reviews.company_of(db, event_id)), now)


def _split(db: Database, target: Target, why: str, now: datetime) -> list[str]:
    """Take an article out of its event, into one of its own, and out of its story."""
    row = target.row(db)
    said = []
    story = stories.split(db, target.id, why, now)
    if story != row["story_id"]:
        said.append(f"it is a story of its own, {story}")
    if row["event_id"] is not None and event_store.others_tell(db, row["event_id"], target.id):
        made = event_store.split(db, row["event_id"], target.id, why, now)
        reviews.judge(db, target.id, {"review_state": "checked"}, why, now)
        said.append(f"it told of event {row['event_id']}, it tells of event {made}")
    return said or ["nothing: it stands alone in its story and its event"]


def _event(event_id: int | None) -> str:
    return "no event" if event_id is None else f"event {event_id}"
