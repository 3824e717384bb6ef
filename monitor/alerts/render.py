"""The words every form of an alert shares: its headline, numbers with their qualifier, text on one line. Pure."""

import json
from typing import Any, Final, Protocol

from monitor.identity import clean_text
from monitor.model import EventDraft, Facts, Label
from monitor.model.numbers import in_words

LINE: Final = 500  # characters at most of a headline or a name

_NOUNS: Final = {Label.CUT: "cut", Label.REVERSAL: "reversal", Label.HYBRID: "hybrid arrangement"}
_COUNTED: Final = {Label.CUT: "cut of", Label.REVERSAL: "return of", Label.HYBRID: "hybrid arrangement for"}
# Embeddings, overrides and isolates of Unicode's bidirectional algorithm (UAX 9): they would turn our own words round.
_TURNS: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def headline(draft: EventDraft) -> str:
    """Return one line on an event: employer, label, number with its qualifier, and who ties it to AI how firmly.

    For example "Norvik Bank: cut of about 320 jobs (reported as AI-driven; explicit, employer)". It says only
    what the facts say: a number that is not stated is said not to be.
    """
    planned = "planned " if draft.status == "planned" else ""
    rumoured = "; rumoured" if draft.status == "rumoured" else ""
    action = _action(draft.label, draft.facts)
    return one_line(f"{draft.company}: {planned}{action} ({_attribution(draft.label, draft.facts)}{rumoured})", LINE)


def encode(body: dict[str, Any]) -> bytes:
    """Return the bytes that are signed and sent: sorted, compact UTF-8 JSON, the same for equal bodies."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def one_line(text: str, limit: int) -> str:
    """Return the text cleaned, on one line, without marks that turn what follows round, cut to `limit` characters."""
    line = " ".join(clean_text(text).translate(_TURNS).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _action(label: Label, facts: Facts) -> str:
    number = jobs(facts)
    return f"{_NOUNS[label]}, number of jobs not stated" if number is None else f"{_COUNTED[label]} {number}"


class Counted(Protocol):
    """Whatever states a number of jobs."""

    @property
    def jobs_count(self) -> int | None:
        """The number, or the lower of two."""

    @property
    def jobs_count_max(self) -> int | None:
        """The higher of two."""

    @property
    def jobs_qualifier(self) -> str:
        """How firm it is."""


def jobs(facts: Counted) -> str | None:
    """Return the stated count in words that keep its qualifier ("about 320 jobs"), or None if none is stated."""
    return in_words(facts.jobs_count, facts.jobs_count_max, facts.jobs_qualifier)


def _attribution(label: Label, facts: Facts) -> str:
    """Return how the facts tie the action to AI, and who says so."""
    speaker = f", {facts.attribution_speaker}" if facts.attribution_speaker else ""
    match facts.attribution_strength:
        case "explicit" | "implied" | "speculative":
            role = "AI-driven" if label is Label.CUT else "AI-related"
            return f"reported as {role}; {facts.attribution_strength}{speaker}"
        case "disputed":
            return f"AI as the reason is disputed{speaker}"
        case _:
            return "AI link not stated"
