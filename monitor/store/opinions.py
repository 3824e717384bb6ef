"""Second opinions: what was asked, what came of it, what it cost. Called inside units.

A row is written before its request goes out, in the transaction that counts the month's: the cap holds even if the
program is killed then. A row with an answer is the cache.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.store.rows import Row, insert, one, rows, scalar, update

Outcome = Literal["asked", "agreed", "added", "dropped", "failed", "held", "cap_reached"]
_SPENT: Final = "outcome not in ('held', 'cap_reached')"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of which model about which words."""

    content_hash: str
    model: str
    prompt: str
    cut_chars: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a question stands: answered before, or else the number and outcome of the row that was made for it."""

    answer: str | None = None
    id: int = 0
    outcome: Outcome = "agreed"


def reserve(db: Database, question: Question, now: datetime, cap: int, held_until: datetime | None) -> Standing:
    """Return the cached answer, or a place among the month's requests, or why there is none."""
    if (cached := answer_to(db, question)) is not None:
        return Standing(cached)
    if held_until is not None and now < held_until:
        return Standing(None, note(db, question, "held", now, f"until {to_text(held_until)}"), "held")
    outcome: Outcome = "asked" if spent(db, now) < cap else "cap_reached"
    return Standing(None, note(db, question, outcome, now), outcome)


def answer_to(db: Database, question: Question) -> str | None:
    """Return the cached answer to a question, or None."""
    sql = """
        select answer from second_opinions
        where content_hash = ? and model = ? and prompt = ? and answer is not null order by id limit 1
    """
    found = scalar(db, sql, [question.content_hash, question.model, question.prompt])
    return None if found is None else str(found)


def note(db: Database, question: Question, outcome: Outcome, now: datetime, detail: str | None = None) -> int:
    """Return the number of a new row that says how a question stands."""
    row: Row = {
        "content_hash": question.content_hash,
        "model": question.model,
        "prompt": question.prompt,
        "cut_chars": question.cut_chars,
        "asked_at": to_text(now),
        "outcome": outcome,
        "detail": detail,
    }
    return insert(db, "second_opinions", row)


def settle(db: Database, opinion_id: int, outcome: Outcome, **columns: str | int | None) -> None:
    """Write what came of a request: `detail`, `answer`, `tokens_in`, `tokens_out`."""
    update(db, "second_opinions", opinion_id, {"outcome": outcome, **columns})


def spent(db: Database, now: datetime) -> int:
    """Return how many requests of the month of this moment (UTC) have gone out."""
    sql = f"select count(*) from second_opinions where asked_at >= ? and asked_at < ? and {_SPENT}"
    month = to_text(now)[:7]  # only this one: what a clock said that was ahead is of no later month's either
    return int(scalar(db, sql, [f"{month}-01", f"{month}-32"]))


def of_text(db: Database, content_hash: str) -> list[Row]:
    """Return what was asked about these words, the newest first."""
    sql = """
        select model, prompt, asked_at, outcome, detail, answer, cut_chars, tokens_in, tokens_out from second_opinions
        where content_hash = ? order by id desc limit 20
    """
    return rows(db, sql, [content_hash])


def month(db: Database, now: datetime) -> Row:
    """Return the month's figures: requests that went out, labels added, requests that failed, tokens."""
    sql = f"""
        select count(*) as asked, coalesce(sum(outcome = 'added'), 0) as added,
          coalesce(sum(outcome = 'failed'), 0) as failed, coalesce(sum(tokens_in + tokens_out), 0) as tokens
        from second_opinions where asked_at >= ? and {_SPENT}
    """
    return one(db, sql, [f"{to_text(now)[:7]}-01"]) or {}
