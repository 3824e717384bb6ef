"""What the columns of a file of events mean: names of CODEBOOK.md 5, and other names that files use for them."""

import re
from collections.abc import Sequence
from typing import Final

from monitor.errors import UsageError

NAMES: Final = {
    "external_id": ("event_id", "external_id", "id"),
    "company": ("company", "employer"),
    "parent": ("parent", "parent_company"),
    "label": ("label",),
    "kind": ("kind",),
    "announced_on": ("announced_date", "announced_on", "date", "announced"),
    "date_precision": ("date_precision", "precision"),
    "source": ("source", "sources"),
    "url": ("source_url", "url", "link"),
    "publisher": ("publisher", "outlet"),
    "source_tier": ("source_tier", "tier"),
    "source_check": ("source_check",),
    "review_state": ("review_state",),
    "action": ("action",),
    "technology": ("technology",),
    "jobs_count": ("jobs_count", "jobs"),
    "jobs_count_max": ("jobs_count_max",),
    "jobs_qualifier": ("jobs_qualifier",),
    "jobs_implied": ("jobs_implied",),
    "jobs_formula": ("jobs_formula",),
    "fte_equivalent": ("fte_equivalent",),
    "share_pct": ("share_pct",),
    "share_base": ("share_base",),
    "headcount_before": ("headcount_before",),
    "headcount_after": ("headcount_after",),
    "function": ("function",),
    "employment_form": ("employment_form",),
    "country": ("country", "geography"),
    "effective_on": ("effective_date", "effective_on"),
    "attribution_type": ("attribution_type",),
    "attribution_strength": ("attribution_strength",),
    "attribution_speaker": ("attribution_speaker",),
    "status": ("status",),
    "reason_given": ("reason_given",),
    "quote": ("quote",),
    "quote_speaker": ("quote_speaker",),
    "linked_external_id": ("linked_event_id", "linked_external_id"),
    "link_type": ("link_type",),
}  # what a column means -> the names it may have, the first as we write it
_MEANING: Final = {name: meaning for meaning, names in NAMES.items() for name in names}
_NEEDED: Final = (("company",), ("label",), ("announced_on",), ("url", "source"))


def meanings(header: Sequence[str], where: str) -> list[str | None]:
    """Return what each column means, None for one that is not read; raises UsageError for a header that cannot do.

    `where` is file and line, for the error.
    """
    found = [_MEANING.get(re.sub(r"[\s-]+", "_", name.strip().lower())) for name in header]
    for number, meaning in enumerate(found):
        if meaning is not None and meaning in found[:number]:
            first, second = header[found.index(meaning)].strip(), header[number].strip()
            same = f"{first!r} twice" if first == second else f"{first!r} and {second!r}, which mean the same"
            raise UsageError(f"{where}: there are the columns {same}; take one of them out")
    for choice in _NEEDED:
        if not any(meaning in found for meaning in choice):
            names = ", ".join(name for meaning in choice for name in NAMES[meaning])
            there = ", ".join(name.strip()[:40] for name in header[:40])
            raise UsageError(f"{where}: a column is missing, one of {names}; there are: {there}")
    return found
