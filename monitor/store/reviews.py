"""A person's word on an article: kept in `corrections` and on the article itself. Called inside units."""

from datetime import datetime
from typing import Final, Literal

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.model import EventDraft, LinkType
from monitor.store import events
from monitor.store.rows import Row, insert, one, rows, scalar, update

Tellers = dict[Literal["articles", "accounts"], list[int]]
_TELLING: Final[tuple[Literal["articles", "accounts"], ...]] = ("articles", "accounts")
_MOVED: Final = "accounts"  # the field under which a merge notes the rows of files it moved


def article(db: Database, article_id: int) -> Row | None:
    """Return an article with the columns its account of an event is made of."""
    sql = """
        select a.*, c.name as company,
          max(instr(a.text, json_extract(a.facts, '$.quote')), instr(a.title, json_extract(a.facts, '$.quote')))
            as quoted
        from articles a left join companies c on c.id = a.company_id where a.id = ?
    """
    return one(db, sql, [article_id])


def event(db: Database, event_id: int) -> Row | None:
    """Return an event as it is now, with its employer's name."""
    sql = "select e.*, c.name as company from events e join companies c on c.id = e.company_id where e.id = ?"
    return one(db, sql, [event_id])


def company_of(db: Database, event_id: int) -> str:
    """Return the employer of an event."""
    return str(
        scalar(db, "select c.name from events e join companies c on c.id = e.company_id where e.id = ?", [event_id])
    )


def stand_again(db: Database, event_id: int) -> None:
    """Let an event that had become part of another count again, with its links for the rule to set."""
    update(db, "events", event_id, {"review_state": "auto", "retired_at": None, "link_by": "rule"})


def left(db: Database, article_id: int, draft: EventDraft) -> int | None:
    """Return the event that the article alone told of last, if what it tells now is of the same sort; or None."""
    sql = """
        select e.id from event_articles ea cross join events e on e.id = ea.event_id
        where ea.article_id = ? and e.label = ? and e.kind = ? and e.link_type is not 'duplicates'
        order by ea.added_at desc, e.id desc limit 1
    """
    found = scalar(db, sql, [article_id, draft.label, draft.kind])
    return None if found is None else int(found)


def link_before_merge(db: Database, event_id: int) -> tuple[int, LinkType, Literal["source", "person"]] | None:
    """Return the link that a person or a row had given an event before it became part of another, and whose it was."""
    merged = """
        select id, old from corrections
        where event_id = ? and field = 'linked_event_id' and by = 'person' and why like 'duplicates: %'
        order by id desc limit 1
    """
    stated = """
        select why, by from corrections
        where event_id = :event and field = 'linked_event_id' and id < :merge and by in ('source', 'person')
          and new = :linked and id = (
            select max(id) from corrections where event_id = :event and field = 'linked_event_id' and id < :merge
          )
    """
    merge = one(db, merged, [event_id])
    if merge is None or merge["old"] is None:
        return None
    found = one(db, stated, {"event": event_id, "merge": merge["id"], "linked": merge["old"]})
    return None if found is None else (int(merge["old"]), found["why"].partition(":")[0], found["by"])


def tell_anew(db: Database, event_id: int, now: datetime, why: str) -> None:
    """Make an event what its accounts say, though a person has seen it; what he corrected by name stays."""
    state = scalar(db, "select review_state from events where id = ?", [event_id])
    db.execute("update events set review_state = 'auto' where id = ? and retired_at is null", [event_id])
    events.rebuild(db, event_id, now, why)
    db.execute("update events set review_state = ? where id = ? and retired_at is null", [state, event_id])


def judge(db: Database, article_id: int, changes: Row, why: str, now: datetime) -> None:
    """Put a person's word on an article: the new values of its columns, each change kept with the reason."""
    before = article(db, article_id)
    if before is None:
        raise LookupError(f"no article {article_id}")
    for field, value in changes.items():
        if before[field] != value:
            note(db, article_id, field, (before[field], value), why, now)
    update(db, "articles", article_id, changes)


def note(db: Database, article_id: int, field: str, change: tuple[object, object], why: str, now: datetime) -> None:
    """Keep one change of an article, (old, new), as a person's."""
    old, new = (None if value is None else str(value) for value in change)
    row: Row = {
        "article_id": article_id, "field": field, "old": old, "new": new, "why": why, "by": "person",
        "corrected_at": to_text(now),
    }  # fmt: skip
    insert(db, "corrections", row)


def tellers(db: Database, event_id: int) -> Tellers:
    """Return the numbers of what tells of an event: articles, and rows of files."""
    return {
        "articles": [
            row["id"] for row in rows(db, "select id from articles where event_id = ? order by id", [event_id])
        ],
        "accounts": [
            row["id"] for row in rows(db, "select id from accounts where event_id = ? order by id", [event_id])
        ],
    }


def remember_moved(db: Database, event_id: int, into: int, why: str, now: datetime) -> None:
    """Note which rows of files a merge is about to move, so that it can be undone."""
    moved = ";".join(str(number) for number in tellers(db, event_id)["accounts"])
    if moved:
        row: Row = {
            "event_id": event_id, "field": _MOVED, "old": moved, "new": f"event {into}", "why": why, "by": "person",
            "corrected_at": to_text(now),
        }  # fmt: skip
        insert(db, "corrections", row)


def take_back(db: Database, event_id: int, into: int) -> Tellers:
    """Let what told of an event before its merge tell of it again; return what did.

    What it became part of may be part of another itself by now, and then that one is told of.
    """
    now_in = events.standing(db, into)
    noted = scalar(
        db,
        "select old from corrections where event_id = ? and field = ? and new = ? order by id desc limit 1",
        [event_id, _MOVED, f"event {into}"],
    )
    for number in (noted or "").split(";"):
        db.execute("update accounts set event_id = ? where id = ? and event_id = ?", [event_id, number or None, now_in])
    db.execute(
        """
        update articles set event_id = :event where event_id = :now_in
          and id in (select article_id from event_articles where event_id = :event)
        """,
        {"event": event_id, "now_in": now_in},
    )
    db.execute(
        """
        delete from event_articles where event_id in (:into, :now_in)
          and article_id in (select id from articles where event_id = :event)
        """,
        {"event": event_id, "into": into, "now_in": now_in},
    )
    return tellers(db, event_id)
