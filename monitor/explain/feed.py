"""What is known of a feed: its state with the reason, when it is asked and why then, its last polls, its past."""

from collections.abc import Iterator
from datetime import datetime

from monitor.clock import from_text, to_text
from monitor.explain.courtesy import lasting
from monitor.explain.courtesy import lines as courtesy_lines
from monitor.model import FeedState
from monitor.store import Database, lookup
from monitor.store.courtesy import courtesy_of
from monitor.store.rows import Row


def gathered(db: Database, feed_id: int, now: datetime) -> Row:
    """Return a feed's row with its polls, endings, former addresses and courtesy, and the reasons in words."""
    feed = lookup.feed(db, feed_id)
    feed["courtesy"] = courtesy_of(db, feed["url"], now)
    feed["state_reason"] = state_reason(feed, now)
    feed["wait_reasons"] = list(wait_reasons(feed, to_text(now)))
    return feed


def state_reason(feed: Row, now: datetime) -> str:
    """Return why a feed is in its state, in words; pure."""
    error = ": ".join(part for part in (feed["last_reason"], feed["last_error"]) if part) or "no reason given"
    reasons = {
        FeedState.OK: f"it answers; last new entry {feed['last_new_at'] or 'unknown'}",
        FeedState.QUIET: f"it answers, but nothing is new {_silence(feed, now)}",
        FeedState.SILENT_ZERO: "it answers, but its document lists nothing",
        FeedState.FAILING: f"failed {_times(feed['failures'])} ({error})",
        FeedState.BLOCKED: f"refused {_times(feed['failures'])} ({error})",
        FeedState.GONE: f"it answered 410 at {feed['gone_at']}: its publisher ended it",
    }
    return reasons[FeedState(feed["state"])] if feed["last_polled_at"] else "not polled yet"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times in a row"


def _silence(feed: Row, now: datetime) -> str:
    since, longest_s = feed["last_new_at"], feed["longest_gap_s"]
    usual = f"; its longest silence of late was {lasting(longest_s)}" if longest_s else ""
    return f"since {since}, for {lasting((now - from_text(since)).total_seconds())}{usual}" if since else "so far"


def wait_reasons(feed: Row, now: str) -> Iterator[str]:
    """Yield what decides when a feed is polled next, the weightiest first; pure."""
    if feed["removed_at"]:
        yield f"it was taken off the list at {feed['removed_at']} and is not polled; `feeds add` brings it back"
        return
    if feed["gone_at"]:
        yield "it is not polled until a person says so: `feeds add` asks it again, `feeds remove` ends it"
        return
    for until, words in (
        (feed["hold_until"], "its server asked to be left alone until"),
        (feed["courtesy"]["feeds_hold_until"], "two feeds of this host were asked to wait, so all of them rest until"),
    ):
        if (until or "") > now:
            yield f"{words} {until}"
    if feed["failures"]:
        yield f"each failure in a row lengthens the wait; those so far weigh {feed['failure_weight']:g}"
    if feed["last_document_at"] is None:
        yield "no document of it was read yet, so nothing is known of its habits"
    for column, words in (
        ("least_s", "its server refused us when asked more often than every {}"),
        ("ttl_s", "its publisher asks for {} between two polls"),
        ("turnover_s", "its document was filled anew within {} of late, so it is not left alone longer"),
    ):
        if feed[column]:
            yield words.format(lasting(feed[column]))
    yield from _observed(feed)


def _observed(feed: Row) -> Iterator[str]:
    """Yield what the last polls brought to light."""
    if (feed["max_age_s"] or 0) > feed["interval_s"] and not feed["failures"]:
        yield f"its server says that its document is fresh for {lasting(feed['max_age_s'])}"
    if feed["overlap_run"]:
        known = "mostly known entries: asked too often" if feed["overlap_run"] > 0 else "mostly new ones: too seldom"
        run = abs(feed["overlap_run"])
        yield f"its last {'poll' if run == 1 else f'{run} polls'} on time held {known}"


def lines(feed: Row) -> Iterator[str]:
    """Yield a feed as lines for a terminal."""
    yield f"feed {feed['id']}: {feed['title'] or '(no title)'}"
    yield f"  address   {feed['url']}"
    for former in feed["addresses"]:
        yield f"  formerly  {former['url']}, until {former['until']}: {former['why']}"
    if feed["moved_to"]:
        yield f"  moves to  {feed['moved_to']}, since {feed['moved_since']}; believed after a week without a break"
    yield f"  state     {feed['state']}: {feed['state_reason']}"
    yield f"  polled    {feed['last_polled_at'] or 'never'}, next {_next(feed)}, interval {lasting(feed['interval_s'])}"
    for reason in feed["wait_reasons"]:
        yield f"  because   {reason}"
    yield f"  cadence   {_cadence(feed)}"
    yield f"  entries   {_counts(feed['endings']) or 'none'}"
    answers = {name: feed[name] for name in ("polls", "not_modified", "unchanged", "possible_gaps", "false_304s")}
    last = f" (the last at {feed['last_false_304_at']})" if feed["last_false_304_at"] else ""
    yield f"  answers   {_counts(answers) or 'none'}{last}"
    yield from _document(feed)
    yield from courtesy_lines(feed["courtesy"])
    for poll in feed["recent"]:
        yield f"  {poll['polled_at']}  {_poll(poll)}"


def _document(feed: Row) -> Iterator[str]:
    """Yield what is odd about the feed's documents."""
    if feed["undecodable"]:
        yield f"  encoding  {feed['encoding']}, {feed['undecodable']} characters could not be decoded"
    if feed["guids_changed_at"]:
        yield "  guids     new ones for links that are all known; entries are told by their links"
    if (kept := feed["unread"]) is not None:
        reason = ": ".join(part for part in (kept["reason"], kept["detail"]) if part)
        size = f"{kept['kept_bytes']} of {kept['body_bytes']} bytes"
        yield f"  unread    {kept['kept_at']}, {reason}; {size} are kept: `explain 'feed {feed['id']}' --document FILE`"


def _next(feed: Row) -> str:
    return "never" if feed["removed_at"] or feed["gone_at"] else str(feed["next_poll_at"])


def _cadence(feed: Row) -> str:
    known = (
        ("gap_s", "a new entry every {}"),
        ("longest_gap_s", "longest silence of late {}"),
        ("turnover_s", "document filled anew within {}"),
    )
    said = [words.format(lasting(feed[column])) for column, words in known if feed[column]]
    if feed["last_count"] is not None:
        said.append(f"{feed['last_count']} entries in its last document")
    return ", ".join(said) or "not known yet"


def _counts(numbers: Row) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in numbers.items() if number)


def _poll(poll: Row) -> str:
    """Return one poll on one line: what came of it, asked how, at what cost."""
    words = f"{poll['result'].replace('_', ' ')}{', asked whether it changed' if poll['conditional'] else ''}"
    if poll["parsed"]:
        words += f", {poll['parsed']} entries: {poll['new']} new, {poll['known']} known"
    if poll["refused"]:
        words += f", {poll['refused']} refused"
    reason = ": ".join(part for part in (poll["reason"], poll["detail"]) if part)
    words += f", {reason}" if reason else ""
    return f"{words}, {poll['body_bytes']} bytes, {poll['duration_ms']} ms"
