"""`company NAME`: what is known of one employer, in the order it happened, as values that print and travel as JSON."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from difflib import get_close_matches
from typing import Any, Final

from monitor.errors import MonitorError
from monitor.events import employer_key
from monitor.model import FollowUp
from monitor.model.numbers import in_words
from monitor.store import Database, histories
from monitor.store.rows import Row

History = dict[str, Any]
_PARTS: Final = {"day": 10, "month": 7, "year": 4}  # characters of a date that is exact to them
_DONE: Final = frozenset({"underway", "completed"})


def history(db: Database, asked: str, aliases: Mapping[str, str], on: date) -> History:
    """Return the history of an employer, called by any of its names; raises MonitorError that names near ones."""
    known = histories.employers(db)
    row = histories.employer(db, _found(asked, known, aliases) or asked)
    if row is None:
        raise MonitorError(_unknown(asked, known, aliases))
    steps = [step for event in histories.events(db, row["id"]) for step in _steps(db, event)]
    steps += [_claim(claim) for claim in histories.claims(db, row["id"])]
    told = histories.notes(db, row["id"])
    return {
        "company": row["name"],
        "parent": row["parent"],
        "figures": {key: value for key, value in row.items() if key not in {"id", "name", "parent"}},
        "steps": sorted(steps, key=_when),
        "notes": {"counts": dict(Counter(map(_sort, told))), "newest": told[: histories.NEWEST]},
        "follow_ups": [_plain(one) for one in histories.follow_ups(db, on, company=row["name"])],
    }


def _when(step: Mapping[str, Any]) -> tuple[str, bool, int]:
    """Return where a step stands among the others: a cut before what answers it on the same day."""
    return step["date"], step["label"] != "cut", step["event_id"] or 0


def shown_date(day: str, precision: str) -> str:
    """Return a date as precise as known: "2025-05" for a month."""
    return day[: _PARTS[precision]]


def number_in_words(row: Mapping[str, Any]) -> list[str]:
    """Return the numbers of an event or claim, each in words that keep its qualifier; pure."""
    said = [in_words(row["jobs_count"], row.get("jobs_count_max"), row["jobs_qualifier"] or "none_stated")]
    if row.get("jobs_implied") is not None:
        formula = f" ({row['jobs_formula']})" if row.get("jobs_formula") else ""
        said.append(f"{row['jobs_implied']:,} jobs by calculation{formula}")
    if row["fte_equivalent"] is not None:
        said.append(f"the work of {row['fte_equivalent']:,} people")
    if row["share_pct"] is not None:
        base = f" of {row['share_base']}" if row.get("share_base") else ""
        said.append(f"{row['share_pct']:g} %{base}")
    before, after = row["headcount_before"], row["headcount_after"]
    if before is not None and after is not None:
        said.append(f"from {before:,} to {after:,} people")
    elif (one := after if before is None else before) is not None:
        said.append(f"{one:,} people {'after' if before is None else 'before'}")
    return [text for text in said if text]


def _steps(db: Database, event: Row) -> Iterable[History]:
    """Yield an event as a step of the history, and where it was carried out later, that as another."""
    corrections = histories.corrections(db, event["id"])
    day = shown_date(event["announced_on"], event["date_precision"])
    names = {"cut": "announced", "reversal": "reversed", "hybrid": "hybrid"}
    word = "claimed" if event["kind"] == "productivity_claim" else names[event["label"]]
    later = next((one for one in corrections if one["field"] == "status" and one["new"] in _DONE), None)
    if word == "announced" and later is None and event["status"] in _DONE:
        word = "carried out"
    yield {
        "step": word,
        "date": day,
        "date_precision": event["date_precision"],
        "event_id": event["id"],
        **{
            key: event[key]
            for key in (
                "label", "kind", "action", "function", "country", "status", "jobs_count", "jobs_count_max",
                "jobs_qualifier", "jobs_implied", "jobs_formula", "fte_equivalent", "attribution_strength",
                "attribution_speaker", "quote", "quote_speaker", "reason_given", "articles", "independent_reports",
                "accounts",
                "linked_event_id", "link_type", "reverses_event_id", "days_to_reversal", "review_state",
            )
        },
        "numbers": number_in_words(event),
        "sources": histories.sources(db, event["id"]),
        "corrections": corrections,
    }  # fmt: skip
    if word == "announced" and later is not None:
        yield {
            "step": "carried out",
            "date": later["corrected_at"][:10],
            "date_precision": "day",
            "event_id": event["id"],
            "label": event["label"],
            "status": later["new"],
            "numbers": [],
            "sources": [],
            "corrections": [],
        }


def _claim(claim: Row) -> History:
    """Return a row of a file that claims software to do people's work, as a step."""
    return {
        "step": "claimed",
        "date": shown_date(claim["announced_on"], claim["date_precision"]),
        "date_precision": claim["date_precision"],
        "event_id": None,
        **{key: claim[key] for key in ("label", "kind", "fte_equivalent", "review_state")},
        "numbers": number_in_words(claim | {"jobs_implied": None}),
        "sources": [{key: claim[key] for key in ("publisher", "url", "source_tier", "source_check")} | {"sort": "row"}],
        "corrections": [],
    }


def _sort(note: Row) -> str:
    """Return what sort of note it is; an event without AI is none of ours."""
    without = ", label none" if note["kind"] in {"event", "update"} and note["label"] == "none" else ""
    return f"{note['kind']}{without}"


def _found(asked: str, known: Iterable[str], aliases: Mapping[str, str]) -> str | None:
    """Return the name under which an employer stands in the store, by its own name or by any other it has."""
    names = {name.casefold(): name for name in known}
    plain = " ".join(asked.split()).casefold()
    return names.get(plain) or names.get(aliases.get(plain, "").casefold())


def _unknown(asked: str, known: Iterable[str], aliases: Mapping[str, str]) -> str:
    names = {name.casefold(): name for name in known}
    names |= {alias: names[name.casefold()] for alias, name in aliases.items() if name.casefold() in names}
    plain, key = " ".join(asked.split()).casefold(), employer_key(asked)
    holding = [name for known, name in names.items() if len(key) > 2 and key in employer_key(known)]
    near = [names[key] for key in get_close_matches(plain, names, n=5, cutoff=0.6)]
    listed = list(dict.fromkeys([*near, *holding]))[:5]
    hint = f"nearest: {', '.join(listed)}" if listed else "no name is near; `search` looks in all articles"
    return f"no employer called {asked!r} is in the store; {hint}"


def _plain(one: FollowUp) -> History:
    """Return a look back as JSON has it."""
    values = ((field.name, getattr(one, field.name)) for field in fields(one))
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values}
