"""From a verdict to an account of an employer's action. Pure."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from monitor.model import DatePrecision, EventDraft, Facts, Kind, Label, TextState, Verdict

HALF_TIED: Final = 0.3  # least chance of any label
_KINDS: Final = {
    Kind.EVENT: Kind.EVENT,
    Kind.UPDATE: Kind.EVENT,
    Kind.PRODUCTIVITY_CLAIM: Kind.PRODUCTIVITY_CLAIM,
}


def draft(  # noqa: PLR0913  # what an account is made of
    verdict: Verdict,
    *,
    published_at: datetime | None,
    first_seen_at: datetime,
    source_tier: int,
    text_state: TextState,
    date_precision: DatePrecision = "day",
    unlabelled: bool = False,
) -> EventDraft | None:
    """Return the article's account of an employer's action, or None if it tells of none.

    With `unlabelled` also that of an action the text ties to nothing of ours: it may be of an event that others tie.

    An `update` gives an event like an `event` does: the first report we saw may be a later one of the story.
    `date_precision` is that of `published_at`; a date found in the text is a day. Of a text that is our own summary
    no quote is kept: it is nobody's words; and a quote has a speaker only if it names one: the first person that an
    article quotes need not be who said this.
    """
    kind = _KINDS.get(verdict.kind)
    facts = verdict.facts
    if kind is None or (verdict.label is Label.NONE and not unlabelled) or not facts.company:
        return None
    announced_on, precision = _announced(facts, published_at, first_seen_at, date_precision)
    return EventDraft(
        company=facts.company,
        label=verdict.label,
        kind=kind,
        announced_on=announced_on,
        date_precision=precision,
        status=_status(facts, announced_on, text_state),
        source_tier=source_tier,
        facts=_quoted(facts, text_state),
        is_update=verdict.kind is Kind.UPDATE,
        half_tied=verdict.label is Label.NONE and 1 - verdict.probability >= HALF_TIED,
    )


def _quoted(facts: Facts, text_state: TextState) -> Facts:
    """Return the facts with a quote that is somebody's words, and with its speaker only if the quote names it."""
    if text_state is TextState.ABSTRACT:
        return replace(facts, quote=None, quote_speaker=None)
    if facts.quote_speaker and facts.quote_speaker not in (facts.quote or ""):
        return replace(facts, quote_speaker=None)
    return facts


def first_moment(text: str) -> datetime:
    """Return the first moment of a year, month or day: "2024-08" is 2024-08-01T00:00Z."""
    return datetime.fromisoformat(f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10]).replace(tzinfo=UTC)


def _announced(
    facts: Facts, published_at: datetime | None, first_seen_at: datetime, precision: DatePrecision
) -> tuple[date, DatePrecision]:
    """Return the day of the announcement; a day after we saw the article cannot be it, so then the next source."""
    seen_on = first_seen_at.astimezone(UTC).date()
    latest = seen_on + timedelta(days=1)  # somebody east of UTC is a day ahead
    if facts.announced_on is not None and facts.announced_on <= latest:
        return facts.announced_on, "day"
    if published_at is not None and published_at.astimezone(UTC).date() <= latest:
        return published_at.astimezone(UTC).date(), precision
    return seen_on, "day"


def _status(facts: Facts, announced_on: date, text_state: TextState) -> str:
    """Return where in its life the event is by this account alone; what is least certain wins."""
    if text_state is TextState.HEADLINE_ONLY:
        return "rumoured"
    if facts.attribution_strength == "disputed":
        return "disputed"
    if facts.effective_on is not None and facts.effective_on > announced_on:
        return "planned"
    return "announced"
