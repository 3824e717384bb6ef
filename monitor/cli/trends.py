"""`trends`: counts beside what was to be expected, reversals to cuts, and how long cuts last, from the terminal."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from monitor.cli.asking import ask
from monitor.cli.terms import Invocation, as_json, columns, ending, print_json, say
from monitor.model import Label

_BARS: Final = "▁▂▃▄▅▆▇█"
_PLAIN: Final = ".:-=+*%#"  # where the terminal has no such characters
_ENDINGS: Final = {"reversed": "not reversed", "reversed_or_softened": "neither reversed nor softened"}


def chart(values: Sequence[float], bars: str) -> str:
    """Return values as one character each; a space for none."""
    most = max(values, default=0)
    return "".join(bars[min(len(bars) - 1, int(len(bars) * value / most))] if value else " " for value in values)


def signal_lines(signal: Mapping[str, Any], bars: str) -> str:
    """Return a series as lines: name and verdict, its weeks, and the verdict's sentence."""
    name = " ".join(part for part in (signal["label"], signal["value"]) if part)
    verdict = " ".join(part for part in (signal["state"], signal["direction"]) if part)
    drawn = chart([point["observed"] for point in signal["points"]], bars)
    return f"{name}: {verdict}\n  [{drawn}] {len(signal['points'])} weeks\n  {signal['text']}"


def head(found: Mapping[str, Any]) -> str:
    """Return what stands behind the figures: until when, how many events, how many feeds."""
    one_or_more = "counts" if found["events"] == 1 else "count"
    events = f"{_counted(found['events'], 'event')} of all time {one_or_more}"
    over = "no feed was asked for long enough to expect anything"
    for one in found["signals"][:1]:
        if one["past_days"]:
            past = f"in {one['past_days']} days before"
            over = f"counted over {_counted(one['feeds'], 'feed')} that answered in the window and {past}"
    return f"To {found['window_end']}, the end of the last whole week. {events}; {over}."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def ratio_line(found: Mapping[str, Any]) -> str:
    """Return reversals to cuts in one window, with the interval."""
    value = "no cut to hold them against" if found["ratio"] is None else f"{found['ratio']:.2f} to a cut"
    low = f"{found['low']:.2f}" if found["low"] is not None else "0"
    high = f"{found['high']:.2f}" if found["high"] is not None else "any number"
    between = f" (95 %: {low} to {high})" if found["reversals"] or found["cuts"] else ""
    counts = f"{_counted(found['reversals'], 'reversal')}, {_counted(found['cuts'], 'cut')}"
    return f"  {found['window_days']} days: {counts}: {value}{between}"


def survival_rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a curve as rows of a table: how much stands by when, its band, and how many were followed so long."""
    return [
        {
            "of": f"{found['value'] or 'all'} ({found['cuts']} cuts, {found['ended']} ended)",
            "after days": str(step["days"]),
            "standing": f"{100 * step['share']:.0f} %",
            "95 % band": "" if step["low"] is None else f"{100 * step['low']:.0f} to {100 * step['high']:.0f} %",
            "followed so long": str(step["at_risk"]),
        }
        for step in found["standing"]
    ]


def survival_text(curves: Sequence[Mapping[str, Any]]) -> str:
    """Return all curves as a table for each way a cut may end."""
    tables = []
    for name, words in _ENDINGS.items():
        rows = [row for found in curves if found["ending"] == name for row in survival_rows(found)]
        if rows:
            tables.append(f"Recorded cuts {words} so far (Kaplan-Meier):\n{columns(rows, tuple(rows[0]))}")
        for found in curves:
            half = found["median"]["days"]
            if found["ending"] == name and half is not None:
                tables[-1] += f"\nhalf of {found['value'] or 'all'} by day {half}"
    return "\n\n".join(tables)


@click.command(epilog=ending("trends", "trends --by function --label cut", "trends --json"))
@click.option(
    "--label", type=click.Choice([label.value for label in Label if label is not Label.NONE]), help="Only these."
)
@click.option(
    "--by", type=click.Choice(["function", "country", "watch"]), help="Apart by function, country or watch-list."
)
@click.option("--weeks", type=click.IntRange(1, 104), default=26, show_default=True, help="Weeks of the charts.")
@as_json
@click.pass_obj
def trends(invocation: Invocation, /, label: str | None, by: str | None, weeks: int, as_json: bool) -> None:
    """Print what is more or less than the past lets expect. How many reversals there are to a cut and what lasts, too.

    Counted are distinct events by the day of their announcement, over the feeds that answered all the time, in windows
    of four whole weeks. A series whose feeds changed too much, or are too young, is shown as muted.
    """
    found = ask(invocation, "trends", {"label": label, "by": by or "all", "weeks": weeks})
    if as_json:
        print_json(found)
        return
    bars = _BARS if (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8" else _PLAIN
    latest = [one for one in found["ratio"] if one["window_end"] == found["window_end"]]
    parts = [
        head(found),
        *(signal_lines(signal, bars) for signal in found["signals"]),
        "\n".join(["Reversals to cuts:", *map(ratio_line, latest)]) if latest else "",
        survival_text(found["survival"]),
    ]
    say("\n\n".join(part for part in parts if part))
