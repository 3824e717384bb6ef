"""How the second opinion stands, for `check`. Pure."""

from collections.abc import Iterator, Mapping
from typing import Literal

from monitor.errors import FetchError
from monitor.guard import Guard
from monitor.settings import Settings


def standing(
    settings: Settings, month: Mapping[str, int]
) -> Iterator[tuple[Literal["ok", "note", "problem"], str, str]]:
    """Yield level, words and remedy if it is configured; `month` are its figures since the month began."""
    chosen = settings.second_opinion
    if chosen.base_url is None:
        return
    try:
        Guard.of(settings.network).check_url(chosen.base_url)
    except FetchError as error:
        remedy = "correct [second_opinion] base_url, or allow it in [network] allow_private or allow_ports"
        yield "problem", f"{error.reason}: {error.detail}", remedy
        return
    asked, cap = month["asked"], chosen.monthly_cap
    text = f"{chosen.model}: {asked} of {cap} requests this month, {month['added']} labels added"
    if asked >= cap:
        yield "note", text, "raise [second_opinion] monthly_cap, or let the rules decide alone"
    elif month["failed"]:
        remedy = "the rules decide alone meanwhile; `layoff-monitor explain` of an article shows why"
        yield "note", f"{text}, {month['failed']} failed", remedy
    else:
        yield "ok", text, ""
