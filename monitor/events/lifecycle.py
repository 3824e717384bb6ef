"""Where in its life an event is: what the accounts say, what answered it, and what day it is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor.model import LinkType

# As far on as any account has it; a rumour is none of them.
STAGES: Final = (
    "rumoured", "announced", "disputed", "planned", "underway", "completed", "partly_reversed", "reversed", "withdrawn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """The event that undoes another, as far as the other's life depends on it."""

    link_type: LinkType
    announced_on: date


def status(
    stated: str,
    announced_on: date,
    effective_on: date | None,
    today: date,
    answers: Sequence[Answer] = (),
) -> str:
    """Return where in its life an event is on a day.

    What undoes it comes first: wholly `reversed`, `withdrawn` if it had not yet taken effect then, or
    `partly_reversed`. Then what the accounts say for certain; a plan is `planned` until its day has come and
    `underway` from then on. Without the answer, or the day, it is what the accounts stated.
    """
    undone = {answer.link_type: answer.announced_on for answer in answers}
    if "reverses" in undone:
        return "withdrawn" if effective_on is not None and undone["reverses"] < effective_on else "reversed"
    if "reverses_partly" in undone:
        return "partly_reversed"
    if stated not in {"announced", "planned"} or effective_on is None or effective_on <= announced_on:
        return stated
    return "planned" if today < effective_on else "underway"


def stage(stated: str) -> int:
    """Return how far on an account has the event; what is no stage counts as announced."""
    return STAGES.index(stated if stated in STAGES else "announced")


def may_be_one_voice(voices: Sequence[tuple[object, object]]) -> bool:
    """Return whether (publisher, story) pairs may all come from one source: one publisher, or one story's copies."""
    return len({publisher for publisher, _ in voices}) < 2 or len({story for _, story in voices}) < 2
