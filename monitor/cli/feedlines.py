"""Feeds as lines for a person: the list, what a search found, what a check brought. Pure; JSON rows in, text out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from monitor.clock import from_text
from monitor.log import escaped

Row = Mapping[str, Any]

STATES = ("gone", "failing", "blocked", "silent_zero", "quiet", "ok")  # what needs a person soonest comes first
WHERE = {
    "given": "at this address",
    "declared": "declared by the page",
    "linked": "linked on the page",
    "guessed": "found where feeds usually lie",
    "sitemap": "named by robots.txt or a sitemap",
}
LEAST_TITLE = 12  # characters; a shorter column says nothing


# --- time and pace -----------------------------------------------------------------------------------------


def duration(seconds: float) -> str:
    """Return a span of time in the unit a person would use: "30 min", "24 h", "2.5 days"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    number, unit = (seconds / 3600, "h") if seconds < 36 * 3600 else (seconds / 86400, "days")
    return f"{number:.1f}".removesuffix(".0") + f" {unit}"


def relative(moment: str | None, now: datetime) -> str:
    """Return a moment seen from now: "5 min ago", "in 2 h", "now"; "" for none."""
    if not moment:
        return ""
    seconds = (from_text(moment) - now).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"in {duration(seconds)}" if seconds > 0 else f"{duration(-seconds)} ago"


def pace(per_day: float | None) -> str:
    """Return how often there is something new: "about 12 entries a day"."""
    if per_day is None:
        return "no telling from its dates how often there is something new"
    for number, unit in ((per_day, "day"), (per_day * 7, "week"), (per_day * 30, "month")):
        if number >= 0.95:
            rounded = f"{number:.0f}"
            return f"about {rounded} {'entry' if rounded == '1' else 'entries'} a {unit}"
    return "less than one entry a month"


def cadence(found: Row) -> str:
    """Return what is to be expected of a feed: its pace, how much it holds, how often it will be polled."""
    holds = f"the document holds {found['entries']}"
    if found["holds_s"]:
        holds += f", about {duration(found['holds_s'])}"
    every = found["polled_every_s"]
    polled = f"will be polled every {duration(every['first'])} at first"
    if every["least"] < every["most"]:
        polled += f", later every {duration(every['least'])} to {duration(every['most'])}"
    if every["lively"] < every["most"]:
        polled += f", at most {duration(every['lively'])} while each day brings something"
    return f"{pace(found['per_day'])}; {holds}; {polled}"


# --- what was found ----------------------------------------------------------------------------------------


def search_lines(found: Row) -> str:
    """Return what was found at one address: each feed with its newest entries, the best first."""
    if found["known"]:
        return f"{escaped(found['url'])} is in the list already"
    candidates = found["candidates"]
    lines = [f"{escaped(found['url'])}: {len(candidates)} {'feed' if len(candidates) == 1 else 'feeds'} found"]
    for number, candidate in enumerate(candidates, 1):
        lines += _candidate_lines(number, candidate)
    if found["spare"]:
        lines += ["also named, not looked at:", *(f"   {escaped(url)}" for url in found["spare"])]
    return "\n".join([*lines, *([f"({escaped(found['note'])})"] if found["note"] else [])])


def _candidate_lines(number: int, candidate: Row) -> Iterable[str]:
    marks = [candidate["title"] or "without a title", candidate["kind"], WHERE[candidate["where"]]]
    marks += ["readers' comments"] if candidate["comments"] else []
    marks += ["broken, read in part"] if candidate["partial"] else []
    marks += ["in the list already"] if candidate["known"] else []
    yield f"{number}. {escaped(candidate['url'])}"
    yield "   " + escaped(", ".join(marks))
    yield "   " + cadence(candidate)
    for entry in candidate["newest"]:
        day = from_text(entry["published_at"]).strftime("%Y-%m-%d %H:%M") if entry["published_at"] else "no date"
        yield f"   {day:<16}  {cut(escaped(entry['title']), 90)}"


# --- the list ----------------------------------------------------------------------------------------------


def feed_lines(rows: Sequence[Row], now: datetime, width: int | None) -> str:
    """Return the list of feeds, those in trouble first; `width`: of the terminal, None for a pipe.

    In a pipe each feed is one line, whole; on a terminal what is to be said of it stands below it.
    """
    ordered = sorted(rows, key=lambda row: (STATES.index(row["state"]), not notes(row, now)))
    table: list[tuple[str, ...]] = [("state", "feed", "title", "last poll", "next poll", "every")]
    table += [
        (
            row["state"],
            escaped(row["url"]),
            escaped(row["title"] or ""),
            relative(row["last_polled_at"], now),
            "" if row["state"] == "gone" else _due(row["next_poll_at"], now),
            duration(row["interval_s"]),
        )
        for row in ordered
    ]
    table = _fitted(table, width)
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    lines = []
    for number, line in enumerate(table):
        text = "  ".join(cell.ljust(size) for cell, size in zip(line, widths, strict=True) if size).rstrip()
        said = "; ".join(notes(ordered[number - 1], now)) if number else ""
        if said and width:
            text += "\n" + " " * (widths[0] + 2) + said
        lines.append(f"{text}  {said}" if said and not width else text)
    return "\n".join(lines)


def notes(row: Row, now: datetime) -> list[str]:
    """Return what a person should know of a feed beside its times."""
    found = []
    if row["state"] == "gone":
        found.append("its server says it is gone (410): remove it, or add it again to ask anew")
    elif row["failures"]:
        times = "failed once" if row["failures"] == 1 else f"failed {row['failures']} times in a row"
        found.append(escaped(f"{times}: {row['last_error'] or 'no reason given'}"))
    if row["held_until"] and from_text(row["held_until"]) > now:
        whose = "" if row["held_until"] == row["hold_until"] else f"{row['queue']} "
        found.append(escaped(f"{whose}asked to be left alone until {from_text(row['held_until']):%Y-%m-%d %H:%M} UTC"))
    if row["read_in_part"]:
        found.append("its document is broken and is read in part")
    if row["undecodable"]:
        found.append(f"{row['undecodable']} of its characters could not be decoded")
    if row["guids_changed_at"]:
        found.append("it gives known links new guids: they are told by their links")
    if row["possible_gaps"]:
        found.append(f"{row['possible_gaps']} possible {'gap' if row['possible_gaps'] == 1 else 'gaps'}")
    if row["false_304s"]:
        found.append(f"{row['false_304s']} false 304{'' if row['false_304s'] == 1 else 's'}")
    if row["moved_to"]:
        found.append(escaped(f"moves to {row['moved_to']}"))
    return found


def _due(moment: str, now: datetime) -> str:
    return "now" if from_text(moment) <= now else relative(moment, now)


def _fitted(table: list[tuple[str, ...]], width: int | None) -> list[tuple[str, ...]]:
    """Return the table with addresses and titles cut so that it fits; without room for both, a title or an address.

    The beginnings of long addresses are often the same: half a dozen searches of one site are told apart by titles.
    """
    if width is None:
        return table
    rest = sum(max(len(line[column]) for line in table) + 2 for column in (0, 3, 4, 5))
    address = max(20, min(max(len(line[1]) for line in table), width - rest))
    room = width - rest - address - 2
    if room >= LEAST_TITLE:
        return [(line[0], cut(line[1], address), cut(line[2], room), *line[3:]) for line in table]
    named = [line[2] if line[2] and len(line[1]) > address else line[1] for line in table]
    return [(line[0], cut(name, address), "", *line[3:]) for line, name in zip(table, named, strict=True)]


def cut(text: str, most: int) -> str:
    """Return text of at most so many characters, with dots where it was cut."""
    return text if len(text) <= most else text[: max(0, most - 3)] + "..."[:most]


# --- what a check brought ----------------------------------------------------------------------------------


def check_line(row: Row, now: datetime) -> str:
    """Return one feed's check on one line: level, address, what it is, what is to be said, with the remedy."""
    said = []
    if "kind" in row:
        said = [row["kind"], f"{row['entries']} {'entry' if row['entries'] == 1 else 'entries'}"]
        said += [f"the newest {relative(row['newest_at'], now)}"] if row["newest_at"] else []
        said += [pace(row["per_day"])] if row["per_day"] else []
        said += [" and ".join(row["validators"]) or "no validators"]
        said += [f"asks for {duration(row['ttl_s'])} between polls"] if row["ttl_s"] else []
        said += [f"fresh for {duration(row['max_age_s'])}"] if row["max_age_s"] else []
        said += [f"polled every {duration(row['interval_s'])}"] if row["interval_s"] else []
    parts = [", ".join(said)] if said else []
    parts += [one["text"] + (f" -> {one['remedy']}" if one["remedy"] else "") for one in row["remarks"]]
    return escaped(f"{row['level']:<7}  {row['url']}: {'; '.join(parts)}")
