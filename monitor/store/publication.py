"""A copy of the store for everybody: what was reported, and nothing of how this store is run or whom it tells.

What is left out is not hidden but gone: overwritten in the copy before the copy gets its name (RELIABILITY.md W8).
"""

from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from monitor.errors import MonitorError, StoreError, StoreFullError
from monitor.store import audit, backup, migrations
from monitor.store.connection import check_contents, check_there, connect_copy, connect_read_only, translated

# Recipients and what was sent to them; what the operator watches and silences; what the program keeps for itself. Every
# other table is in the copy: a test names them all, so that a new table has to be decided upon.
EMPTIED: Final = (
    "deliveries", "messages", "channel_states", "watched", "mutes", "rules", "second_opinions", "leases", "meta",
    "feed_addresses", "sketches", "story_keys", "unread_documents", "upkeep", "turns",
)  # fmt: skip
# Views of these, and what they would say of nothing.
SHUT_VIEWS: Final = ("deliveries_view", "messages_view", "channels_view")

_PARED: Final = (
    "drop trigger leases_next_turn",  # nothing is handed out there, and so nobody's turn
    "drop trigger entries_next_turn",
    *(f"delete from {table}" for table in EMPTIED),
    "delete from alerts where withheld is not null or kind = 'delivery'",
    "update alerts set details = '{}', known = null, why = null",
    "delete from trend_weeks where dimension = 'watch'",
    "delete from trend_signals where dimension = 'watch'",
    # Errors name hosts, addresses and paths of the machine; addresses of private feeds hold keys.
    """update feeds set etag = null, last_modified = null, last_error = null, moved_to = bare_address(moved_to),
      url = bare_address(url), canonical_url = bare_address(canonical_url) || '#' || id""",
    "update polls set detail = null",
    "update entries set detail = null, summary = '', lease = null",
    "update hosts set robots_text = null",
    # How an alert fared is not told: an empty cell means "not stated", and "no_channel" would be wrong.
    "drop view alerts_view",
    """create view alerts_view as select a.id, a.rule, a.subject, a.label, c.name as company, a.raised_at, a.observed,
      a.expected, a.headline, a.event_id, null as state, a.kind, a.why
    from alerts a left join companies c on c.id = a.company_id""",
)
# Seeds have abstracts of ours. The words of texts are gone from the search, too: an index with positions is the text.
_WITHOUT_TEXTS: Final = (
    "drop trigger articles_au",
    "update articles set text = '' where not is_seed",
    "insert into articles_fts (articles_fts) values ('rebuild')",
)


def publish(store: Path, target: Path, now: datetime, *, with_texts: bool = False) -> Path:
    """Return the path of the checked copy for everybody that now stands at `target`, in the place of any older one.

    Texts of third parties are in it only `with_texts`. Raises as `backup.back_up` does; then the older one stays.
    """
    source = store.expanduser().resolve()
    check_there(source)
    try:
        place = backup.place(source, target, now, replace=True)
        check_contents(source, limit_s=1.0)
        migrations.check_not_newer(source)
        migrations.check_current(source)
        with closing(connect_read_only(source)) as db:
            backup.copy_verified(db, source, place, backup.faults, partial(_pare, with_texts=with_texts))
    except (StoreFullError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else "its disk is full"
        raise MonitorError(
            f"{target} cannot be written ({why}); make room there, or make its folder writable"
        ) from error
    return place


def beside(store: Path) -> Path:
    """Return where the copy for everybody lies: beside its store, `monitor.public.db` for `monitor.db`."""
    source = store.expanduser().resolve()
    return source.with_name(f"{source.stem}.public{source.suffix}")


def bare_address(url: str | None) -> str | None:
    """Return an address without user, password, query and fragment; None for none and for what is no address; pure."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")) or None


def _pare(copy: Path, *, with_texts: bool) -> None:
    """Take from a copy that nobody uses yet what is not for everybody; raises StoreError if it is not whole then."""
    with translated(copy), closing(connect_copy(copy)) as db:
        db.register_function(bare_address, deterministic=True)
        db.execute("begin")
        for statement in _PARED if with_texts else (*_PARED, *_WITHOUT_TEXTS):
            db.execute(statement)
        db.execute("commit")
        found = [fault.text for fault in audit.foreign_keys(db)]
    if found:
        raise StoreError(f"the copy for everybody is not whole ({'; '.join(found)}); please report it")
