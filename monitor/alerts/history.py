"""Which articles may alert at all: history never does. Pure."""

from datetime import datetime, timedelta
from typing import Final, Literal

from monitor.model import Origin

FRESH: Final = timedelta(days=7)  # an entry dated earlier than this before we saw it is history


def may_alert(
    *,
    origin: Origin,
    first_document: bool,
    first_document_setting: Literal["quiet", "alert"],
    published_at: datetime | None,
    first_seen_at: datetime,
    date_guessed: bool,
) -> bool:
    """Return whether an article may raise alerts at all: history never does.

    History are imports, seeds, a feed's first document (unless the setting says "alert"), and every entry
    whose own date is over 7 days before we first saw it. A date we guessed says nothing either way.
    """
    if origin is not Origin.LIVE or (first_document and first_document_setting == "quiet"):
        return False
    return published_at is None or date_guessed or first_seen_at - published_at <= FRESH
