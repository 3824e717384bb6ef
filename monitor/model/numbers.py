"""Numbers of people in words that keep how exact they are."""

from typing import Final

_COUNTS: Final = {
    "exact": "{low:,}",
    "about": "about {low:,}",
    "at_least": "at least {low:,}",
    "up_to": "up to {high:,}",
    "range": "{low:,} to {high:,}",
    "estimate": "an estimated {low:,}",
}
_ORDERS: Final = ((1_000_000, "millions of"), (1_000, "thousands of"), (0, "hundreds of"))  # qualifier "hundreds"


def stated(count: int | None, most: int | None, qualifier: str) -> str | None:
    """Return a stated number with its qualifier, such as "about 700" or "hundreds of"; None if none is stated."""
    if count is None or (count == 0 and qualifier == "none_stated"):
        return "hundreds of" if qualifier == "hundreds" else None
    if qualifier == "hundreds":
        return next(words for floor, words in _ORDERS if count >= floor)
    return _COUNTS.get(qualifier, _COUNTS["exact"]).format(low=count, high=count if most is None else most)


def in_words(count: int | None, most: int | None, qualifier: str) -> str | None:
    """Return a stated count of jobs with its qualifier, such as "about 700 jobs"; None if none is stated."""
    number = stated(count, most, qualifier)
    return None if number is None else f"{number} {'job' if number == '1' else 'jobs'}"
