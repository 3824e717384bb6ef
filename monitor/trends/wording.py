"""A verdict in one sentence or two: counts, odds, the promise, and what was counted over."""

from typing import Final

from monitor.model import Signal

NEEDED_WEEKS: Final = 16  # of polling before anything can be expected: a window and the shortest past
_ODDS: Final = 1_000_000  # rarer than that is not told apart


def series(signal: Signal) -> str:
    """Return what a series counts, and how many: "3 cuts in customer service"."""
    what = f"{signal.observed} {signal.label}{'' if signal.observed == 1 else 's'}"
    where = {"all": "", "function": f" in {signal.value}", "country": f" in {signal.value}"}
    return what + where.get(signal.dimension, f" at employers of the list {signal.value}")


def surge(signal: Signal, promise: tuple[int, int]) -> str:
    """Return the text of a surge with its promise."""
    several = "of this series" if signal.family == 1 else f"of the {signal.family} series like it, taken together"
    messages, years = promise
    return (
        f"{_found(signal)} If nothing changed, at most {messages} such messages in {years} years would come {several}. "
        f"{_over(signal)}"
    )


def note(signal: Signal, power: float) -> str:
    """Return the text of a note with its odds."""
    found = f"a doubling would show only {max(1, round(100 * power))} times of 100" if power < 0.995 else "even so"
    return f"{_found(signal)} A note and no surge: from so few, {found}. {_over(signal)}"


def usual(signal: Signal) -> str:
    """Return the text of a usual count."""
    return f"{_counted(signal)}."


def muted(signal: Signal, covered: float) -> str:
    """Return why a series is muted that the feeds do not cover."""
    share = f"{100 * (signal.coverage or 0):.0f} %"
    return (
        f"{_observed(signal)}. Muted: the {_feeds(signal)} that answered throughout gave {share} of the earlier "
        f"events, and {100 * covered:.0f} % are needed."
    )


def unknown(signal: Signal, weeks: int) -> str:
    """Return why a series is muted that has no past of its own yet."""
    return (
        f"{_observed(signal)}. Muted: feeds were asked in {weeks} weeks so far; {NEEDED_WEEKS} in a row are needed, "
        "for what was imported or found in a feed's first document is no measure."
    )


def _found(signal: Signal) -> str:
    return f"{_counted(signal)}. {_odds(signal)}"


def _counted(signal: Signal) -> str:
    usual = f"{signal.low} to {signal.high} are usual"
    return f"{_observed(signal)}, where {signal.expected:.1f} were to be expected and {usual}"


def _observed(signal: Signal) -> str:
    return f"{series(signal)} in the {signal.window_days} days to {signal.window_end}"


def _odds(signal: Signal) -> str:
    probability = signal.probability or 0.0
    odds = f"1 in {1 / probability:,.0f}" if probability * _ODDS > 1 else f"less than 1 in {_ODDS:,}"
    return f"The odds of so {'many' if signal.direction == 'more' else 'few'} by chance are {odds}."


def _over(signal: Signal) -> str:
    they = "it" if signal.feeds == 1 else "they"
    return (
        f"Counted over the {_feeds(signal)} that answered throughout the window and the {signal.past_days} days "
        f"before it; {they} gave {100 * (signal.coverage or 0):.0f} % of the events then."
    )


def _feeds(signal: Signal) -> str:
    return "one feed" if signal.feeds == 1 else f"{signal.feeds} feeds"
