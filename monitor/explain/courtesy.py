"""How a host is treated, in words; pure. The values are those of `store.courtesy.courtesy_of`."""

from collections.abc import Iterator

from monitor.store.rows import Row


def lasting(seconds: float) -> str:
    """Return a length of time as a person says it: "90 s", "45 min", "2.5 h", "12 d"."""
    for unit, length, until in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < until:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds / 86_400:.3g} d"


def barriers(courtesy: Row, now: str) -> list[str]:
    """Return what forbids to ask the host for a page at this moment, the weightiest first."""
    queue, host = courtesy["queue"], courtesy["host"]

    def ahead(column: str) -> bool:
        return (courtesy[column] or "") > now

    reasons = (
        (ahead("hold_until"), f"{queue} asked to be left alone until {courtesy['hold_until']}"),
        (
            ahead("robots_rest_until"),
            f"robots.txt of {host} could not be had; nothing is asked of it until {courtesy['robots_rest_until']}",
        ),
        (courtesy["leased"], f"another page of {queue} is being read; one host of it is asked at a time"),
        (ahead("next_allowed_at"), f"{queue} was asked a moment ago and rests until {courtesy['next_allowed_at']}"),
    )
    return [words for applies, words in reasons if applies]


def spent(courtesy: Row) -> Iterator[str]:
    """Yield what was asked for today, against which budgets."""
    if not courtesy["pages_today"] and not courtesy["feed_pages_today"]:
        return
    of_feed = f", {courtesy['feed_pages_today']} of its feed" if courtesy["feed_pages_today"] is not None else ""
    said = f"{courtesy['pages_today']} pages of {courtesy['queue']} were asked for today (UTC){of_feed}"
    yield f"{said}; what is beyond [network] host_daily_pages or feed_daily_pages waits for tomorrow"


def lines(courtesy: Row) -> Iterator[str]:
    """Yield the state of queue and robots.txt as lines for a terminal."""
    if not courtesy["queue"]:
        return
    waiting = f"{courtesy['waiting']} entries wait in it, {courtesy['pages_today']} pages today"
    asked = f", asked again from {courtesy['next_allowed_at']}" if courtesy["next_allowed_at"] else ""
    held = f", held until {courtesy['hold_until']}" if courtesy["hold_until"] else ""
    yield f"  queue     {courtesy['queue']}: {waiting}{asked}{held}"
    delay = f", asks for {lasting(courtesy['crawl_delay_s'])} between pages" if courtesy["crawl_delay_s"] else ""
    yield f"  robots    {courtesy['host']}: {_robots(courtesy)}{delay}"


def _robots(courtesy: Row) -> str:
    failed = courtesy["robots_failed_at"]
    match courtesy["robots_state"]:
        case "rules":
            said = f"rules read at {courtesy['robots_fetched_at']}"
        case "allow_all":
            said = f"none, asked for at {courtesy['robots_fetched_at']}: all is allowed"
        case "unreachable":
            since = f" and not since {failed}" if failed and failed != courtesy["robots_fetched_at"] else ""
            return f"could not be had at {courtesy['robots_fetched_at']}{since}: nothing is asked"
        case _:
            return "none is kept"
    return f"{said}, not to be had again at {failed}: they serve on" if failed else said
