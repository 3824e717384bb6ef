"""The words of an alert: its headline when it is raised, its message body when it is sent. Pure."""

import json
from typing import Any, Final, Protocol

from monitor.clock import to_text
from monitor.identity import clean_text
from monitor.model import AlertArticle, AlertRecord, EventDraft, Facts, Label

BODY_BYTES: Final = 20_000  # Standard Webhooks: a payload should stay under about 20 kB
_LINE, _TITLE, _QUOTE, _URL = 500, 300, 600, 4096  # characters at most

_NOUNS: Final = {Label.CUT: "cut of", Label.REVERSAL: "reversal for", Label.HYBRID: "hybrid arrangement for"}
_COUNTS: Final = {
    "exact": "{low:,}",
    "about": "about {low:,}",
    "at_least": "at least {low:,}",
    "up_to": "up to {high:,}",
    "range": "{low:,} to {high:,}",
    "estimate": "an estimated {low:,}",
}
_ORDERS: Final = ((1_000_000, "millions of"), (1_000, "thousands of"), (0, "hundreds of"))  # qualifier "hundreds"


def headline(draft: EventDraft) -> str:
    """Return one line on an event: employer, label, number with its qualifier, and who ties it to AI how firmly.

    For example "Norvik Bank: cut of about 320 jobs (reported as AI-driven; explicit, employer)". It says only
    what the facts say: a number that is not stated is said not to be.
    """
    planned = "planned " if draft.status == "planned" else ""
    rumoured = "; rumoured" if draft.status == "rumoured" else ""
    action = _action(draft.label, draft.facts)
    return one_line(f"{draft.company}: {planned}{action} ({_attribution(draft.label, draft.facts)}{rumoured})", _LINE)


def payload(record: AlertRecord) -> dict[str, Any]:
    """Return the alert.v1 body (ARCHITECTURE.md 6) as plain values; `encode` of it is at most 20 kB.

    `timestamp` is when the alert was raised, so that every attempt sends the same bytes. Articles that do not fit
    are left out from the end and counted in `articles_omitted`, which is there only then.
    """
    data: dict[str, Any] = {
        "alert_id": record.id,
        "rule": one_line(record.rule, _LINE),
        "label": None if record.label is None else record.label.value,
        "company": None if record.company is None else one_line(record.company, _LINE),
        "headline": one_line(record.headline, _LINE),
        "event_id": record.event_id,
        "observed": record.observed,
        "expected": record.expected,
        "articles": [],
    }
    body = {"type": "alert.v1", "timestamp": to_text(record.raised_at), "data": data}
    room = BODY_BYTES - len(encode({**body, "data": {**data, "articles_omitted": len(record.articles)}}))
    for position, article in enumerate(record.articles):
        item = _article(article)
        room -= len(encode(item)) + 1
        if room < 0:
            data["articles_omitted"] = len(record.articles) - position
            break
        data["articles"].append(item)
    return body


def encode(body: dict[str, Any]) -> bytes:
    """Return the bytes that are signed and sent: sorted, compact UTF-8 JSON, the same for equal bodies."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def one_line(text: str, limit: int) -> str:
    """Return the text cleaned, on one line, cut to `limit` characters."""
    line = " ".join(clean_text(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _article(article: AlertArticle) -> dict[str, str | None]:
    """Return one article; its quote stays verbatim, so a long one ends early and without a mark."""
    return {
        "url": None if article.url is None else clean_text(article.url)[:_URL],
        "title": one_line(article.title, _TITLE),
        "quote": None if article.quote is None else clean_text(article.quote)[:_QUOTE],
    }


def _action(label: Label, facts: Facts) -> str:
    noun = _NOUNS[label]
    number = jobs(facts)
    return f"{noun.rsplit(' ', 1)[0]}, number of jobs not stated" if number is None else f"{noun} {number}"


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
    number = _number(facts)
    return None if number is None else f"{number} {'job' if number == '1' else 'jobs'}"


def _number(facts: Counted) -> str | None:
    low = facts.jobs_count
    if low is None:
        return None
    if facts.jobs_qualifier == "hundreds":
        return next(words for floor, words in _ORDERS if low >= floor)
    high = low if facts.jobs_count_max is None else facts.jobs_count_max
    return _COUNTS.get(facts.jobs_qualifier, _COUNTS["exact"]).format(low=low, high=high)


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
