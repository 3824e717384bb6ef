"""A message ready for Slack, Discord or Teams: their JSON, their escapes, their limits. Pure."""

import re
from collections.abc import Callable
from typing import Any, Final

from monitor.alerts.prose import Passage, message_link, passage, show_command, told_once
from monitor.alerts.render import encode
from monitor.model import MessageContent

SLACK_CHARACTERS: Final = 4000  # of `text`; Slack cuts at 40,000 and advises 4,000
DISCORD_CHARACTERS: Final = 2000  # of `content`
TEAMS_BYTES: Final = 20_000  # a card may have 28 kB
_LINES: Final = 20  # of what changed, of what a digest lists
_NO_EMBEDS: Final = 4  # Discord's message flag SUPPRESS_EMBEDS
_CARD: Final = "application/vnd.microsoft.card.adaptive"
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>@<:])")

Writer = Callable[[str], str]
Linker = Callable[[str, str], str]  # words, address


def slack(message_id: str, content: MessageContent, site_url: str | None = None) -> dict[str, Any]:
    """Return the message for a Slack incoming webhook: mrkdwn, in which & < > are escaped."""

    def link(words: str, url: str) -> str:
        return f"<{_slack(url).replace('|', '%7C')}|{_slack(words).replace('|', '/')}>"

    def bold(text: str) -> str:
        return f"*{text}*"

    text = _joined(message_id, content, site_url, (_slack, bold, link), SLACK_CHARACTERS)
    return {"text": text, "unfurl_links": False, "unfurl_media": False}


def discord(message_id: str, content: MessageContent, site_url: str | None = None) -> dict[str, Any]:
    """Return the message for a Discord webhook: markdown with every mark escaped, and nobody mentioned."""

    def link(words: str, url: str) -> str:
        return f"[{_markdown(words)}](<{url.replace('>', '%3E').replace('<', '%3C')}>)"

    text = _joined(message_id, content, site_url, (_markdown, _bold, link), DISCORD_CHARACTERS)
    return {"content": text, "allowed_mentions": {"parse": []}, "flags": _NO_EMBEDS}


def teams(message_id: str, content: MessageContent, site_url: str | None = None) -> dict[str, Any]:
    """Return the message for a Teams workflow: an adaptive card of text blocks."""

    def link(words: str, url: str) -> str:
        return f"[{_markdown(words)}]({url.replace('(', '%28').replace(')', '%29')})"

    content = told_once(content)
    parts = _parts(message_id, content, site_url, (_markdown, _bold, link))
    blocks: list[dict[str, Any]] = []
    room = TEAMS_BYTES - 2_000
    for part in parts[:-1]:
        block = {"type": "TextBlock", "text": part.replace("\n", "\n\n"), "wrap": True}
        room -= len(encode(block)) + 1
        if room < 0:
            break
        blocks.append(block)
    left_out = _left_out(message_id, content.total - len(blocks), site_url, (_markdown, _bold, link))
    blocks += [{"type": "TextBlock", "text": left_out, "wrap": True}] if left_out else []
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    return {"type": "message", "attachments": [{"contentType": _CARD, "content": card}]}


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _bold(text: str) -> str:
    return f"**{text}**"


_Style = tuple[Writer, Writer, Linker]  # escape, bold, link


def _joined(message_id: str, content: MessageContent, site_url: str | None, style: _Style, limit: int) -> str:
    """Return as many alerts as there is room for, and how to see the others."""
    content = told_once(content)
    *told, _ = _parts(message_id, content, site_url, style)
    kept = len(told)
    while True:
        last = _left_out(message_id, content.total - kept, site_url, style)
        text = "\n\n".join([*told[:kept], *([last] if last else [])])
        if len(text) <= limit or kept == 0:
            return text
        kept -= 1


def _parts(message_id: str, content: MessageContent, site_url: str | None, style: _Style) -> list[str]:
    """Return each alert, the first in full and the others in two lines, and how to see those that are left out."""
    passages = [passage(record, site_url) for record in content.alerts]
    first = _first(passages[0], style)
    rest = [_brief(one, style) for one in passages[1:]]
    return [first, *rest, _left_out(message_id, content.total - len(passages), site_url, style)]


def _first(told: Passage, style: _Style) -> str:
    escape, bold, link = style
    rest = [escape(line) for line in told.facts]
    if told.quote:
        named = told.quote_source
        source = "" if named is None else f" ({link(named.title, named.url) if named.url else escape(named.title)})"
        rest.append(f"“{escape(told.quote)}”{source}")
    rest += [
        link(source.title[:100], source.url) for source in told.sources[:3] if source.url and len(source.url) < 300
    ]
    rest += [escape(told.counted)] if told.counted else []
    rest += [link("On the site", told.link)] if told.link else []
    return _within([bold(escape(told.headline))], [escape(line) for line in told.lines], rest)


def _within(head: list[str], lines: list[str], rest: list[str]) -> str:
    """Return it all, or what leaves room within the smallest limit.

    The last of the lines goes last: it is the health of a digest. Those before it are counted where they are left out.
    """
    room, kept, shown = DISCORD_CHARACTERS - 200, lines, len(lines)
    while shown > 1 and (shown > _LINES or len("\n".join([*head, *kept, *rest])) > room):
        shown -= 1
        kept = [*lines[: shown - 1], f"and {len(lines) - shown} more lines", lines[-1]]
    all_of_it = [*head, *kept, *rest]
    while len("\n".join(all_of_it)) > room and len(all_of_it) > 1:
        all_of_it.pop()
    return "\n".join(all_of_it)


def _brief(told: Passage, style: _Style) -> str:
    escape, bold, link = style
    source = next((source for source in told.sources if source.url and len(source.url) < 300), None)
    lines = [bold(escape(told.headline))]
    if source and source.url:
        lines.append(link(source.title[:100], source.url))
    return "\n".join(lines)


def _left_out(message_id: str, number: int, site_url: str | None, style: _Style) -> str:
    if number <= 0:
        return ""
    escape, _, link = style
    more = escape(f"and {number} more: {show_command(message_id)}")
    return f"{more} {link('on the site', message_link(site_url, message_id))}" if site_url else more
