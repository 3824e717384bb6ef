"""The sentence that sums up four weeks, and what numbers were stated. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from monitor.site.wording import count, number_of

Row = Mapping[str, Any]

SOFT: Final = frozenset({"up_to", "estimate", "hundreds"})  # qualifiers of numbers that are summed apart


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


def stated(row: Row | None, label: str = "cut") -> str | None:
    """Return the jobs stated in events of a label, soft numbers told apart; None if none of them states any.

    A row has `events`, `stating` (how many state a number), the sums `firm` and `soft`, and how many firm numbers are
    `vague` ("about", "at least", the lower end of a range): with one of them the sum is no more than "about".
    """
    if not row or not row["stating"]:
        return None
    of = f"{row['stating']:,} of {count(row['events'], label)}"
    return f"{of} {'states' if row['stating'] == 1 else 'state'} a number: {sums(row, label)}."


def history(events: Sequence[Row]) -> dict[str, Row]:
    """Return label -> `events` of an employer that count, and the jobs stated in them; claims and updates do not."""
    counted = [
        event for event in events if event["kind"] == "event" and event["link_type"] not in {"updates", "duplicates"}
    ]
    return {
        label: _stating([event for event in counted if event["label"] == label])
        for label in ("cut", "reversal", "hybrid")
    }


def sums(row: Row, label: str = "cut") -> str:
    """Return the two sums, which are never added: "about 950 jobs and up to 4,000 more in upper ends and estimates"."""
    firm, soft = (number_of(f"{row[name]:,}", label) for name in ("firm", "soft"))
    firm = f"{'about ' if row['vague'] else ''}{firm}" if row["firm"] else ""
    if not row["soft"]:
        return firm
    soft = f"{row['soft']:,} more" if firm else soft
    soft = f"up to {soft} in upper ends and estimates"
    return f"{firm} and {soft}" if firm else soft


def _stating(events: Sequence[Row]) -> Row:
    stating = [
        event for event in events if event["jobs_count"] is not None and event["jobs_qualifier"] != "none_stated"
    ]
    firm = [event for event in stating if event["jobs_qualifier"] not in SOFT]
    soft = [event for event in stating if event["jobs_qualifier"] in SOFT]
    return {
        "events": len(events),
        "stating": len(stating),
        "firm": sum(event["jobs_count"] for event in firm),
        "vague": sum(event["jobs_qualifier"] != "exact" for event in firm),
        "soft": sum(event["jobs_count_max"] or event["jobs_count"] for event in soft),
    }


def _companies(counted: Mapping[str, Row], label: str) -> int:
    row = counted.get(label)
    return int(row["companies"]) if row else 0
