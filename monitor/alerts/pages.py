"""A message as text of 72 columns and as HTML: the same parts in one order, all of them escaped. Pure."""

from collections.abc import Iterator
from html import escape
from textwrap import wrap
from typing import Final

from monitor.alerts import chart
from monitor.alerts.prose import Passage, Reason, Source, message_link, passage, show_command, told_once, why
from monitor.model import MessageContent, Point

COLUMNS: Final = 72
IN_FULL: Final = 5  # alerts told in full in one message; of others the headline and one source
_STYLE: Final = "font:16px/1.45 sans-serif;max-width:40em;margin:0 auto;padding:8px"
_SMALL: Final = "font-size:14px;opacity:.8"
_MUTE: Final = "To mute one of these for a week, where the monitor runs:"


def in_full(content: MessageContent) -> int:
    """Return how many alerts of a message are told in full."""
    return content.total if content.total <= IN_FULL else 1


def picture_id(number: int) -> str:
    """Return the Content-ID of the chart of alert number so and so of a message, from 0."""
    return f"chart{number}.layoff-monitor"


def text(message_id: str, content: MessageContent, site_url: str | None) -> str:
    """Return the message as text."""
    reason, content = why(content.alerts), told_once(content)
    told = [passage(record, site_url) for record in content.alerts]
    full = told[: in_full(content)]
    lines: list[str] = []
    for one, record in zip(full, content.alerts, strict=False):
        lines += [*_full_text(one, record.chart), ""]
    for one in told[len(full) :]:
        lines += _brief_text(one)
    lines += _more_text(message_id, content, site_url)
    lines += ["-- ", *_wrapped(reason.words), *_mutes_text(reason)]
    return "\n".join(lines) + "\n"


def html(message_id: str, content: MessageContent, site_url: str | None) -> str:
    """Return the message as an HTML page; its charts are pictures of the same letter, by Content-ID."""
    reason, content = why(content.alerts), told_once(content)
    told = [passage(record, site_url) for record in content.alerts]
    full = told[: in_full(content)]
    parts = [
        "".join(_full_html(one, record.chart, picture_id(number)))
        for number, (one, record) in enumerate(zip(full, content.alerts, strict=False))
    ]
    brief = [f"<li>{_brief_html(one)}</li>" for one in told[len(full) :]]
    if brief:
        parts.append(f"<h3>More alerts</h3><ul>{''.join(brief)}</ul>")
    if content.total > len(full):
        all_of_it = f"All {content.total}: <code>{escape(show_command(message_id))}</code>"
        link = f" {_link('on the site', message_link(site_url, message_id))}" if site_url else ""
        parts.append(f"<p>{all_of_it}{link}</p>")
    parts.append(_reason_html(reason))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark"></head>'  # no colours of ours: each reader has its own
        f'<body style="{_STYLE}">{"<hr>".join(parts)}</body></html>\n'
    )


def _wrapped(line: str, indent: str = "", first: str | None = None) -> list[str]:
    """Return a line in as many as it needs; words longer than a line, such as addresses, stay whole."""
    begin = indent if first is None else first
    return wrap(
        line, COLUMNS, initial_indent=begin, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _full_text(told: Passage, points: tuple[Point, ...]) -> Iterator[str]:
    headline = _wrapped(told.headline)
    yield from headline
    yield "=" * max((len(line) for line in headline), default=0)
    yield ""
    for line in told.lines:
        yield from _wrapped(line, "  ", "- ")
    for line in told.facts:
        yield from _wrapped(line, "  ", "")
    if points:
        yield from ("", *chart.as_text(points))
    yield from _background_text(told)
    if told.link:
        yield from ("", told.link)


def _background_text(told: Passage) -> Iterator[str]:
    """Yield in whose words, what came before, and where to read on."""
    if told.quote:
        yield ""
        yield from _wrapped(f"“{told.quote}”", "  ")
        if told.quote_source:
            yield from _wrapped(_named(told.quote_source), "  ", "  - ")
    if told.history:
        yield from ("", "What is known of this employer:", *(f"  {line}"[:COLUMNS] for line in told.history))
    if told.counted:
        yield from ("", f"{told.counted}:")
    for source in told.sources:
        yield from _wrapped(source.title, "    ", "  ")
        if source.url:
            yield f"  {source.url}"


def _named(source: Source) -> str:
    return f"{source.title}, {source.url}" if source.url else source.title


def _brief_text(told: Passage) -> Iterator[str]:
    yield from _wrapped(told.headline, "  ", "* ")
    if told.sources and told.sources[0].url:
        yield f"  {told.sources[0].url}"


def _more_text(message_id: str, content: MessageContent, site_url: str | None) -> Iterator[str]:
    if content.total <= IN_FULL:
        return
    yield ""
    if content.total > len(content.alerts):
        yield f"and {content.total - len(content.alerts)} more."
    yield from (f"All {content.total}:", f"  {show_command(message_id)}")
    if site_url:
        yield f"  {message_link(site_url, message_id)}"
    yield ""


def _full_html(told: Passage, points: tuple[Point, ...], picture: str) -> Iterator[str]:
    yield f"<h2>{escape(told.headline)}</h2>"
    if told.lines:
        yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in told.lines)}</ul>"
    yield from (f"<p style='margin:.2em 0'>{escape(line)}</p>" for line in told.facts)
    if points:
        yield f'<p><img src="cid:{picture}" alt="{escape(chart.alt_text(points))}" style="max-width:100%"></p>'
        yield f'<p style="{_SMALL}">Bars from {points[0].start} to {points[-1].start}: counted. Line: expected.</p>'
    if told.quote:
        source = f"<br>{_source_html(told.quote_source)}" if told.quote_source else ""
        yield f"<blockquote>“{escape(told.quote)}”{source}</blockquote>"
    if told.history:
        lines = "".join(f"<li>{escape(line)}</li>" for line in told.history)
        yield f"<h3>What is known of this employer</h3><ul>{lines}</ul>"
    if told.counted:
        yield f"<h3>{escape(told.counted)}</h3>"
    if told.sources:
        yield f"<ul>{''.join(f'<li>{_source_html(source)}</li>' for source in told.sources)}</ul>"
    if told.link:
        yield f"<p>{_link('On the site', told.link)}</p>"


def _brief_html(told: Passage) -> str:
    return escape(told.headline) + (f"<br>{_source_html(told.sources[0])}" if told.sources else "")


def _mutes_text(reason: Reason) -> list[str]:
    return [_MUTE, *(f"  {mute}" for mute in reason.mutes)] if reason.mutes else []


def _reason_html(reason: Reason) -> str:
    mutes = "".join(f"<br><code>{escape(mute)}</code>" for mute in reason.mutes)
    how = f'<p style="{_SMALL}">{_MUTE}{mutes}</p>' if mutes else ""
    return f'<p style="{_SMALL}">{escape(reason.words)}</p>{how}'


def _source_html(source: Source) -> str:
    return _link(source.title, source.url) if source.url else escape(source.title)


def _link(words: str, url: str) -> str:
    return f'<a href="{escape(url)}">{escape(words)}</a>'
