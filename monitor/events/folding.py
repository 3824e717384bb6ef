"""What an event is by all accounts of it, whatever order they came in. Pure.

Numbers are taken by the tier of their source, then precision, then the later report; words by tier, then the earlier
report, for later ones repeat it. What belongs together is only ever taken together, from one account.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from monitor.events.lifecycle import STAGES, may_be_one_voice, stage
from monitor.model import EventDraft, Label

NUMBERS: Final = (
    ("jobs_count", "jobs_count_max", "jobs_qualifier"),
    ("jobs_implied", "jobs_formula"),
    ("fte_equivalent",),
    ("share_pct", "share_base"),
    ("headcount_before",),
    ("headcount_after",),
    ("effective_on",),
)
WORDS: Final = (
    ("action",),
    ("technology",),
    ("function",),
    ("country",),
    ("employment_form",),
    ("attribution_type",),
    ("quote", "quote_speaker"),
    ("reason_given",),
)
UNSTATED: Final[Mapping[str, object]] = {"jobs_qualifier": "none_stated", "attribution_strength": "none"}
_PRECISION: Final = {  # the first is the most precise
    word: rank
    for rank, word in enumerate(("exact", "about", "at_least", "up_to", "range", "estimate", "hundreds", "none_stated"))
} | {"up_to": 2}
_STRENGTH: Final = ("speculative", "implied", "explicit")  # weakest first
_DATES: Final = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class Account:
    """What one source says of an event: a stored article, or a row of an import."""

    draft: EventDraft
    reported_on: str  # ISO 8601; when the source said so
    publisher: str | None = None
    story: int | None = None  # accounts of one story are one voice; None: a story of its own
    article_id: int | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The value an event has in a column, and whose account it is."""

    value: Any
    by: Account


def fold(accounts: Sequence[Account]) -> dict[str, Told]:
    """Return what an event's columns hold by at least one account; the order of the accounts says nothing."""
    told: dict[str, Told] = {}
    for groups, rank in ((NUMBERS, _by_number), (WORDS, _by_word)):
        for group in groups:
            stating = [one for one in accounts if not _empty(group[0], getattr(one.draft.facts, group[0]))]
            if not stating:
                continue
            best = _first(stating, partial(rank, group=group))
            told |= {column: Told(getattr(best.draft.facts, column), best) for column in group}
    if "quote" in told:
        told["quote_article_id"] = Told(told["quote"].by.article_id, told["quote"].by)
    told |= _announced(accounts) | _attributed(accounts)
    told["label"] = _label(accounts)
    told["stated_status"] = _status(accounts, told.get("attribution_strength"))
    best = _first(accounts, _by_tier)
    return told | {"source_tier": Told(best.draft.source_tier, best)}


def reason(column: str, before: object, told: Told, accounts: Sequence[Account], otherwise: str) -> str:
    """Return in a few words why a column no longer holds what it did, `otherwise` where the accounts do not say."""
    if _empty(column, before):
        return "the first to state it"
    beaten = next((one for one in accounts if one is not told.by and _says(one, column, before)), None)
    if column in {"label", "stated_status"} or beaten is None:
        return otherwise if beaten is None else "by all accounts of it"
    return _precedence(column, told.by, beaten)


def _first(accounts: Sequence[Account], rank: Callable[[Account], tuple[Any, ...]]) -> Account:
    """Return the account that comes first by a rank; one alone, as most are, is not asked for it."""
    return accounts[0] if len(accounts) == 1 else min(accounts, key=rank)


def _says(one: Account, column: str, value: object) -> bool:
    said = getattr(one.draft, column, None) or getattr(one.draft.facts, column, None)
    return said is not None and str(said) == str(value)


def _precedence(column: str, winner: Account, beaten: Account) -> str:
    """Return what in one account comes before another, as far as the column goes."""
    ours, theirs = winner.draft, beaten.draft
    if column in {"announced_on", "date_precision"}:
        return "the earlier day" if ours.date_precision == theirs.date_precision else "the more precise date"
    if ours.source_tier != theirs.source_tier:
        return f"tier {ours.source_tier} before tier {theirs.source_tier}"
    if column.startswith("jobs_count") and ours.facts.jobs_qualifier != theirs.facts.jobs_qualifier:
        return f"{ours.facts.jobs_qualifier} before {theirs.facts.jobs_qualifier}".replace("_", " ")
    if column.startswith("attribution_"):
        return "the lowest defensible grade"
    return "the later report" if winner.reported_on > beaten.reported_on else "the earlier report"


def _by_number(one: Account, group: Sequence[str]) -> tuple[Any, ...]:
    precision = _PRECISION.get(one.draft.facts.jobs_qualifier, len(_PRECISION)) if group[0] == "jobs_count" else 0
    return one.draft.source_tier, precision, _descending(one.reported_on), *_value(one, group), *_who(one)


def _by_word(one: Account, group: Sequence[str]) -> tuple[Any, ...]:
    return one.draft.source_tier, one.reported_on, *_value(one, group), *_who(one)


def _by_tier(one: Account) -> tuple[Any, ...]:
    return one.draft.source_tier, one.reported_on, *_who(one)


def _value(one: Account, group: Sequence[str]) -> tuple[Any, ...]:
    """Return what settles a tie: the lower claim, so that the order of arrival does not."""
    values = (getattr(one.draft.facts, column) for column in group)
    return tuple((value is None, value if isinstance(value, int | float) else 0, str(value)) for value in values)


def _who(one: Account) -> tuple[Any, ...]:
    return one.publisher or "", one.article_id or 0, one.account_id or 0


def _descending(moment: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in moment)


def _announced(accounts: Sequence[Account]) -> dict[str, Told]:
    """Return the day the employer or the first report made it known, by the accounts that know it best."""

    def rank(one: Account) -> tuple[Any, ...]:
        return _DATES.index(one.draft.date_precision), one.draft.announced_on, *_by_tier(one)

    first = _first(accounts, rank)
    draft = first.draft
    return {"announced_on": Told(draft.announced_on, first), "date_precision": Told(draft.date_precision, first)}


def _attributed(accounts: Sequence[Account]) -> dict[str, Told]:
    """Return how firmly the accounts tie the event to AI, and by whose word: the lowest defensible grade.

    That is the lowest among the sources of the best tier that give one. Where one affirms and another, of whatever
    tier, denies or disputes, it is disputed, and the speaker is who affirms.
    """
    graded = [one for one in accounts if not _empty("attribution_strength", one.draft.facts.attribution_strength)]
    if not graded:
        return {}
    affirming = [one for one in graded if one.draft.facts.attribution_strength in _STRENGTH]
    doubting = [one for one in graded if one.draft.facts.attribution_strength not in _STRENGTH]

    def rank(one: Account) -> tuple[Any, ...]:
        word = one.draft.facts.attribution_strength
        return one.draft.source_tier, _STRENGTH.index(word) if word in _STRENGTH else word != "disputed", *_by_tier(one)

    first = _first(affirming or doubting, rank)
    disputed = bool(affirming and doubting) or any(_strength(one) == "disputed" for one in doubting)
    by = _first(doubting, rank) if disputed else first
    return {
        "attribution_strength": Told("disputed" if disputed else _strength(first), by),
        "attribution_speaker": Told(first.draft.facts.attribution_speaker, first),
    }


def _strength(one: Account) -> str:
    return one.draft.facts.attribution_strength


def _label(accounts: Sequence[Account]) -> Told:
    """Return the side most accounts of the best tier see; of equals the hybrid, which knows of both halves."""
    tier = min(one.draft.source_tier for one in accounts)
    best = [one for one in accounts if one.draft.source_tier == tier]
    labels = [one.draft.label for one in best]

    def rank(label: Label) -> tuple[int, bool, str]:
        return -labels.count(label), label is not Label.HYBRID, label

    chosen = min(set(labels), key=rank)
    return Told(chosen, _first([one for one in best if one.draft.label is chosen], _by_tier))


def _status(accounts: Sequence[Account], strength: Told | None) -> Told:
    """Return where in its life the accounts have the event: as far on as any of them says.

    A headline alone is a rumour, and so are all copies of it; a second unrelated outlet or a text that was read
    confirms it.
    """
    read = [one for one in accounts if one.draft.status != "rumoured"]
    first = _first(accounts, _by_tier)
    if not read:
        return Told("rumoured" if may_be_one_voice(_voices(accounts)) else "announced", first)
    if strength is not None and strength.value == "disputed":
        return Told("disputed", strength.by)
    furthest = _first(read, lambda one: (-stage(one.draft.status), *_by_tier(one)))
    return Told(STAGES[stage(furthest.draft.status)], furthest)


def _voices(accounts: Sequence[Account]) -> list[tuple[object, object]]:
    """Return publisher and story of each account."""
    return [
        (one.publisher, one.story if one.story is not None else ("own", one.article_id, one.account_id))
        for one in accounts
    ]


def _empty(column: str, value: object) -> bool:
    return value is None or value == UNSTATED.get(column)


def as_column(value: object) -> object:
    """Return a value as its column holds it: a day as text."""
    return value.isoformat() if isinstance(value, date) else value
