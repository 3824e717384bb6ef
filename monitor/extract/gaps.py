"""What a feed says of a story where its page says nothing, or not enough. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from monitor.identity import is_plausible
from monitor.model import BatchItem, Extracted, Reason, TextState

_KEPT_BACK: Final[dict[Reason | None, TextState]] = {
    Reason.PAYWALL: TextState.PAYWALLED,
    Reason.CONSENT_WALL: TextState.BLOCKED,
    Reason.CHALLENGE_PAGE: TextState.BLOCKED,
    Reason.LOGIN_PAGE: TextState.BLOCKED,
}  # the state of a summary whose article is there, but not for us


def own_words(item: BatchItem, reason: Reason | None = None) -> Extracted:
    """Return what the feed itself said of an entry, for when its page gives no text for this reason."""
    summary = item.summary if item.summary != item.title else ""
    return Extracted(
        title=item.title,
        text=summary,
        text_state=_KEPT_BACK.get(reason, TextState.SUMMARY) if summary else TextState.HEADLINE_ONLY,
        published_at=item.published_at,
        site=item.publisher,
    )


def completed(article: Extracted, item: BatchItem) -> Extracted:
    """Return the page's article, its gaps filled from the feed; the feed's date is the publisher's own and wins."""
    return replace(
        article,
        title=article.title or item.title,
        published_at=item.published_at or article.published_at,
        site=item.publisher or article.site,
    )


def plausibly_dated(article: Extracted, now: datetime) -> Extracted:
    """Return an article without dates that cannot be (RELIABILITY.md F8); possible ones stay, however old."""
    return replace(
        article,
        published_at=article.published_at if article.published_at and is_plausible(article.published_at, now) else None,
        modified_at=article.modified_at if article.modified_at and is_plausible(article.modified_at, now) else None,
    )
