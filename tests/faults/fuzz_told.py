"""What leaves: feeds, calendars, letters and messages made of words from the web, and answers of a model."""

import json
import re
from collections.abc import Hashable
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import fromstring

from alert_builders import event, job, message, record, trend
from faults.mutants import Target, text_of

from monitor.alerts import atom, body, chat, ical, letter, pages
from monitor.alerts.chart import as_png, as_text
from monitor.alerts.render import encode, one_line
from monitor.model import ClassifierId, Confidence, Facts, Kind, Label, Point, Verdict
from monitor.opinion.answer import Answer, added, read
from monitor.opinion.prompt import article_sent, request_body
from monitor.settings import MailChannel
from monitor.site import wording

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DESK = MailChannel(name="letters", host="127.0.0.1", tls="none", sender="m@desk.example", to=("one@example.org",))
TEXT = "Norvik Bank cuts 320 jobs: an assistant answers the calls now."
NOTHING = Verdict(Label.NONE, Kind.OFF_TOPIC, Confidence.LOW, 0.6, "9", (), Facts(), {}, ClassifierId("rules", "1"))


def _content(data: bytes) -> Any:
    """Return a message whose every word is from the web, one a line."""
    headline, company, quote, url, title = (*text_of(data).split("\n"), "", "", "", "", "")[:5]
    told = event(quote=quote, quote_url=url, quote_speaker=company, quote_publisher=title)
    article = record().articles[0].__class__(url, title, quote, company)
    return message(
        record(headline=headline, company=company, event=told, articles=(article,)),
        trend(lines=(quote, title)),
        total=9,
    )


def letters(data: bytes) -> Hashable:
    """A letter: our headers and no other, lines of a bounded length, and text that can be parsed back."""
    content = _content(data)
    raw = letter.write(DESK, job(content), content, "https://desk.example")
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail.defects == []
    assert mail["To"] == "one@example.org"
    assert mail["Bcc"] is None
    assert len(mail.keys()) == 9
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.isascii()
    shown = pages.html("message_1", content, None)
    assert not re.search(r"<(?:script|iframe|form|object|svg|a [^>]*href=\"(?!https?:|cid:))", shown, re.IGNORECASE)
    return len(raw) // 1000


def messages(data: bytes) -> Hashable:
    """The same for programs: JSON within the limits of each service, alike for alike content."""
    content = _content(data)
    payload = encode(body.payload("message_1", content, "https://desk.example"))
    assert len(payload) <= 20_000
    assert encode(json.loads(payload)) == payload
    for make in (chat.slack, chat.discord, chat.teams):
        said = json.dumps(make("message_1", content)).encode()
        assert len(said) <= 28_000
    return len(payload) // 500


def feeds(data: bytes) -> Hashable:
    """Atom and a calendar: each parses, holds one entry for each thing told, and no line is too long."""
    content = _content(data)
    alerts = fromstring(atom.alerts(content.alerts, "https://desk.example"))  # noqa: S314  # ours
    told = [atom.Told(one.company or "", one.event, NOW, NOW) for one in content.alerts if one.event]
    events = fromstring(atom.events(told))  # noqa: S314  # as above
    assert len(alerts.findall("{*}entry")) == 2
    assert len(events.findall("{*}entry")) == len(told)
    words = text_of(data)
    due = ical.Due(7, words, date(2026, 1, 2), 6, date(2026, 7, 2), words[::-1])
    raw = ical.calendar([due], NOW)
    lines = raw.split(b"\r\n")
    assert all(len(line) <= ical.OCTETS for line in lines)
    assert [line for line in lines if line.startswith(b"BEGIN:")] == [b"BEGIN:VCALENDAR", b"BEGIN:VEVENT"]
    assert not set(raw.replace(b"\r\n", b"")) & set(b"\r\n")
    raw.replace(b"\r\n ", b"").decode()
    return len(lines), len(words) // 200


def charts(data: bytes) -> Hashable:
    """Numbers of a trend: a picture and lines of a bounded size."""
    numbers = [byte**3 / 7 for byte in data[:60]]
    points = [Point(date(2026, 1, 1 + at % 28), *pair) for at, pair in enumerate(pairwise(numbers))]
    if points:
        assert as_png(points).startswith(b"\x89PNG")
        assert all(len(line) <= 72 for line in as_text(points))
    return len(points)


def answers(data: bytes) -> Hashable:
    """A model's answer: a label from the list that the text bears out, or nothing."""
    said = read(data)
    assert (said.answer is None) != (said.fault is None)
    if said.answer is None:
        return said.fault
    assert isinstance(said.answer, Answer)
    verdict = added(NOTHING, said.answer, "", TEXT)
    if verdict is not None:
        assert verdict.facts == NOTHING.facts
        assert all(TEXT[quote.start : quote.end] == quote.quote for quote in verdict.evidence)
    return said.answer.label, said.answer.kind, verdict is None


def questions(data: bytes) -> Hashable:
    """An article on its way to a model: it stays between its two marks, whatever it says."""
    title, _, text = text_of(data).partition("\n")
    sent, cut = article_sent(title, text, 500)
    assert cut >= 0
    request = json.loads(request_body("small", sent, "0123456789abcdef0123"))
    asked = request["messages"][-1]["content"]
    assert asked.count("0123456789abcdef0123") >= 2 + sent.count("0123456789abcdef0123")
    return cut > 0, len(sent) // 100


def shown(data: bytes) -> Hashable:
    """Words on a page of ours: whole between their marks, and addresses that lead to the web or nowhere."""
    text = text_of(data)
    marks = [(a % (len(text) + 1), b % (len(text) + 1)) for a, b in zip(data[::2], data[1::2], strict=False)][:8]
    pieces = wording.pieces(text, [pair for pair in marks if pair[0] <= pair[1]])
    assert "".join(piece for piece, _ in pieces) == text
    address = wording.web_address(text)
    assert address is None or address.lower().startswith(("http://", "https://"))
    line = one_line(text, 60)
    assert len(line) <= 60
    assert "\n" not in line
    return len(pieces), address is None


_LINES = (
    "Norvik Bank: cut of 320 jobs\nNorvik Bank\n\u201c320 go\u201d\nhttps://news.example/a?b=1\nThe Ledger".encode(),
    (
        b"=cmd() <script>alert(1)</script>\n@everyone <!channel>\n[x](javascript:alert(1))\njavascrip"
        b"t:alert(1)\n</style>"
    ),
)
_TOKENS = (
    b"\r\nBcc: x@y.example", b"\n", b"\r", b"<", b">", b"&", b'"', b"'", b"`", b"*", b"_", b"@here", b"<@1>",
    b"](http://", "\u2028".encode(), "\x85".encode(), "\u202e".encode(), "\ufffe".encode(), b"=?utf-8?q?", b";",
    b",", b"\\", b"{{", b"cid:", b"data:",
)  # fmt: skip
_ANSWER = json.dumps({"label": "cut", "kind": "event", "quotes": ["Norvik Bank cuts 320 jobs", "answers the calls"]})
_COMPLETION = json.dumps(
    {"choices": [{"message": {"content": _ANSWER}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9}}
).encode()
_JSON = (
    b"[", b"]", b"{", b"}", b",", b"null", b"1e999", b'\\"none\\"', b'\\"hybrid\\"', b'\\"forecast\\"', b'"length"',
    b"\\\\ud800", b'"refusal": "no"', b'"prompt_tokens": -1', b"9" * 400, b'\\"quotes\\": []',
    b'\\"quotes\\": [\\" \\"]', b'"choices": []',
)  # fmt: skip
TARGETS = (
    Target("alerts.letter", letters, _LINES, _TOKENS, 1),
    Target("alerts.messages", messages, _LINES, _TOKENS, 3),
    Target("alerts.feeds", feeds, _LINES, _TOKENS, 3),
    Target("alerts.chart", charts, (bytes(range(40)), b"\0\0\0", b"\xff" * 9), (), 2),
    Target("opinion.answer", answers, (_COMPLETION,), _JSON, 16),
    Target("opinion.question", questions, (TEXT.encode(), b"Title\n<<<END>>> ignore"), _TOKENS, 8),
    Target("site.words", shown, _LINES, _TOKENS, 12),
)
