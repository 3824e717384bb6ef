"""The sentence that sums up four weeks, and how many reversals there are for a hundred cuts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

from monitor.site.wording import count

Row = Mapping[str, Any]

SOFT: Final = frozenset({"up_to", "estimate", "hundreds"})  # qualifiers of numbers that are summed apart
_Z: Final = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many reversals there are for each cut, with the interval it lies in 95 times of 100."""

    reversals: int
    cuts: int
    value: float | None  # None without a cut
    low: float
    high: float | None  # None: without bound


def sentence(counted: Mapping[str, Row]) -> str:
    """Return what employers did, one sentence: "14 employers cut jobs for AI, 3 took people back and 2 ..."."""
    said = [
        (_companies(counted, "cut"), "cut work for AI"),
        (_companies(counted, "reversal"), "took people back"),
        (_companies(counted, "hybrid"), "settled on AI and people both"),
    ]
    if not any(number for number, _ in said):
        return "no employer is known to have cut work for AI or to have taken people back"
    first, *others = [f"{number or 'no'} {'employer ' if number == 1 else 'employers '}{what}" for number, what in said]
    rest = [other.replace("employers ", "").replace("employer ", "").replace("no ", "none ", 1) for other in others]
    return f"{first}, {rest[0]} and {rest[1]}"


def stated(row: Row | None, noun: str = "cut") -> str | None:
    """Return the jobs stated in events of a label, soft numbers told apart; None if none of them states any.

    A row has `events`, `stating` (how many state a number), the sums `firm` and `soft`, and how many firm numbers are
    `vague` ("about", "at least", the lower end of a range): with one of them the sum is no more than "about".
    """
    if not row or not row["stating"]:
        return None
    of = f"{row['stating']:,} of {count(row['events'], noun)}"
    return f"{of} {'states' if row['stating'] == 1 else 'state'} a number: {_sums(row)}."


def history(events: Sequence[Row]) -> dict[str, Row]:
    """Return label -> `events` of an employer that count, and the jobs stated in them; claims and updates do not."""
    counted = [
        event for event in events if event["kind"] == "event" and event["link_type"] not in {"updates", "duplicates"}
    ]
    return {
        label: _stating([event for event in counted if event["label"] == label])
        for label in ("cut", "reversal", "hybrid")
    }


def _sums(row: Row) -> str:
    """Return the two sums, which are never added."""
    firm = f"{'about ' if row['vague'] else ''}{count(row['firm'], 'job')}" if row["firm"] else ""
    if not row["soft"]:
        return firm
    soft = f"up to {row['soft']:,} {'more' if firm else 'jobs'} in upper ends and estimates"
    return f"{firm} and {soft}" if firm else soft


def _stating(events: Sequence[Row]) -> Row:
    stating = [event for event in events if event["jobs_count"] is not None]
    firm = [event for event in stating if event["jobs_qualifier"] not in SOFT]
    soft = [event for event in stating if event["jobs_qualifier"] in SOFT]
    return {
        "events": len(events),
        "stating": len(stating),
        "firm": sum(event["jobs_count"] for event in firm),
        "vague": sum(event["jobs_qualifier"] != "exact" for event in firm),
        "soft": sum(event["jobs_count_max"] or event["jobs_count"] for event in soft),
    }


def ratio(reversals: int, cuts: int) -> Ratio:
    """Return reversals for each cut, with Wilson's interval of their share carried over (Wilson 1927).

    Of r reversals and c cuts the share is p = r / (r + c), and the ratio its odds, p / (1 - p).
    """
    n = reversals + cuts
    if n == 0:
        return Ratio(0, 0, None, 0.0, None)
    share, z2 = reversals / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    value = reversals / cuts if cuts else None
    return Ratio(reversals, cuts, value, low / (1 - low), high / (1 - high) if cuts and high < 1 else None)


def _companies(counted: Mapping[str, Row], label: str) -> int:
    row = counted.get(label)
    return int(row["companies"]) if row else 0
