"""A message as JSON: alert.v1, whose schema is `config/alert.v1.schema.json`. Pure."""

from typing import Any, Final

from monitor.alerts.prose import alert_link, message_link, shortened, show_command
from monitor.alerts.render import LINE, encode, one_line
from monitor.clock import to_text
from monitor.identity import clean_text
from monitor.model import AlertArticle, AlertEvent, AlertRecord, MessageContent

BODY_BYTES: Final = 20_000  # Standard Webhooks: a payload should stay under about 20 kB
_TITLE, _QUOTE, _URL = 300, 600, 4096  # characters at most
_LINES, _LINES_BYTES = 40, 8_000  # of what changed
_LEAD_BYTES: Final = 8_000  # of the first alert's articles where others want room, too


def payload(message_id: str, content: MessageContent, site_url: str | None = None) -> dict[str, Any]:
    """Return the alert.v1 body (ARCHITECTURE.md 6) as plain values; `encode` of it is at most 20 kB.

    `data` is the first alert; the others, if the message holds more, stand shorter in its `alerts`. What does not fit
    is left out from the end and counted, in `articles_omitted` and `alerts_omitted`, which are there only then.
    """
    lead = content.alerts[0]
    data = _full(lead, site_url)
    body = {"type": "alert.v1", "timestamp": to_text(lead.raised_at), "data": data}
    if content.total > 1:
        data |= {"alerts": [], "message_id": message_id, "show_all": show_command(message_id)}
        if site_url:
            data["show_all_url"] = message_link(site_url, message_id)
    room = BODY_BYTES - len(encode({**body, "data": {**data, "articles_omitted": 10**6, "alerts_omitted": 10**6}}))
    left = room if content.total == 1 else min(room, _LEAD_BYTES)
    spent = _fill(data, "articles", [_article(article) for article in lead.articles], lead.articles_total, left)
    if content.total > 1:
        others = [_short(record, site_url) for record in content.alerts[1:]]
        _fill(data, "alerts", others, content.total - 1, room - spent)
    return body


def _fill(data: dict[str, Any], name: str, items: list[dict[str, Any]], total: int, room: int) -> int:
    """Put as many items into a list as there is room for, count the others, and return the bytes spent."""
    spent = 0
    for item in items:
        size = len(encode(item)) + 1
        if spent + size > room:
            break
        data[name].append(item)
        spent += size
    if omitted := max(total, len(items)) - len(data[name]):
        data[f"{name}_omitted"] = omitted
    return spent


def _full(record: AlertRecord, site_url: str | None) -> dict[str, Any]:
    event = record.event
    return {
        **_head(record, site_url),
        "articles": [],
        "observed": record.observed,
        "expected": record.expected,
        "lines": list(shortened([one_line(line, LINE) for line in record.lines], _LINES, _LINES_BYTES)),
        "independent_reports": record.independent_reports,
        "jobs_count": event and event.jobs_count,
        "jobs_count_max": event and event.jobs_count_max,
        "jobs_qualifier": event and event.jobs_qualifier,
        "announced_on": event and event.announced_on.isoformat(),
        "status": event and event.status,
        "attribution_strength": event and event.attribution_strength,
        "attribution_speaker": event and event.attribution_speaker,
        "quote": _quote(event.quote if event else None),
        "quote_speaker": None if not event or event.quote_speaker is None else one_line(event.quote_speaker, LINE),
        "days_to_reversal": event and event.days_to_reversal,
        "linked": record.linked and _linked(record.linked),
    }


def _short(record: AlertRecord, site_url: str | None) -> dict[str, Any]:
    return {**_head(record, site_url), "articles": [_article(article) for article in record.articles[:1]]}


def _head(record: AlertRecord, site_url: str | None) -> dict[str, Any]:
    """Return what is said of every alert."""
    head = {
        "alert_id": record.id,
        "sequence": record.sequence,
        "rule": one_line(record.rule, LINE),
        "kind": record.kind,
        "raised_at": to_text(record.raised_at),
        "label": None if record.label is None else record.label.value,
        "company": None if record.company is None else one_line(record.company, LINE),
        "headline": one_line(record.headline, LINE),
        "event_id": record.event_id,
        "articles_total": max(record.articles_total, len(record.articles)),
    }
    return {**head, "url": alert_link(site_url, record.id)} if site_url else head


def _linked(event: AlertEvent) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "label": event.label.value,
        "announced_on": event.announced_on.isoformat(),
        "jobs_count": event.jobs_count,
        "jobs_count_max": event.jobs_count_max,
        "jobs_qualifier": event.jobs_qualifier,
    }


def _article(article: AlertArticle) -> dict[str, str | None]:
    """Return one article."""
    return {
        "url": None if article.url is None else clean_text(article.url)[:_URL],
        "title": one_line(article.title, _TITLE),
        "quote": _quote(article.quote),
        "text_state": article.text_state.value,
    }


def _quote(quote: str | None) -> str | None:
    """Return a quote; it stays verbatim, so a long one ends early and without a mark."""
    return None if quote is None else clean_text(quote)[:_QUOTE]
