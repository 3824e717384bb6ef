"""Whatever character stands in the words of an alert, its letter has exactly the headers we set (D6).

Each of the characters that could end a line, start a word anew or mean something to a mail program, and of all others
as many as the size of the run allows: 400,000 at night.
"""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from random import Random

import pytest
from alert_builders import event, job, message, record
from faults.sizes import Size

from monitor.alerts import letter
from monitor.model import AlertArticle
from monitor.settings import MailChannel

DESK = MailChannel(name="letters", host="mail.example", sender="monitor@desk.example", to=("one@example.org",))
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "MIME-Version", "Content-Type"]
AT_ONCE = 50  # characters in one headline, each before what would be a header of its own
ALL = range(0x110000)


def written(words: str) -> bytes:
    """Return a letter in which all that comes from outside holds these words."""
    articles = (AlertArticle(f"https://news.example/{words}", words, words, words),)
    told = event(quote=words, quote_speaker=words, quote_publisher=words, attribution_speaker=words)
    lead = record(
        headline=words, company=words, rule=words, subject=words, articles=articles, event=told, lines=(words,)
    )
    content = message(lead)
    return letter.write(DESK, job(content), content, None)


def faults(raw: bytes) -> Iterator[str]:
    """Yield what is wrong with the headers of a letter."""
    head = raw.partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line or not line.isascii() or len(line) > 998 for line in lines):
        yield "a line that is none"
    names = [line.partition(b":")[0].decode() for line in lines if not line[:1].isspace()]
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    if not names == list(parsed.keys()) == HEADERS:
        yield f"other headers: {names}"
    if (parsed["To"], parsed["From"], parsed.defects) != ("one@example.org", "monitor@desk.example", []):
        yield "another address"


def harmful() -> list[int]:
    """Return the code points that are neither letters, digits nor ideographs, but private or unassigned ones."""
    return [point for point in ALL if unicodedata.category(chr(point))[0] not in "LNC"] + [
        point for point in ALL if unicodedata.category(chr(point)) in {"Cc", "Cf"}
    ]


def headlines(points: Sequence[int]) -> Iterator[str]:
    for start in range(0, len(points), AT_ONCE):
        yield "cut" + "".join(f"{chr(point)}A:" for point in points[start : start + AT_ONCE])


def test_no_character_adds_a_header(size: Size, luck: Random, counted: Callable[[str, int], None]) -> None:
    first = harmful()
    rest = [point for point in ALL if unicodedata.category(chr(point)) not in {"Cc", "Cf"}]
    drawn = luck.sample(rest, min(len(rest), size.examples * 200))
    found = {
        (fault, ascii(words)) for words in [*headlines(first), *headlines(drawn)] for fault in faults(written(words))
    }
    assert found == set()
    counted("characters in headers", len({*first, *drawn}))


INJECTIONS = (
    "\r\nBcc: all@example.org", "\nBcc: all@example.org", "\rBcc: all@example.org", "\r\n\r\n<script>alert(1)</script>",
    "\x0bBcc: all@example.org", "\x0c\x1c\x1d\x1eBcc: all@example.org", "\x85Bcc: all@example.org",
    "\u2028Bcc: all@example.org", "\u2029Bcc: all@example.org", "\0\ud800\r\n Bcc: all@example.org",
    "=?utf-8?q?=0D=0ABcc:_all@example.org?=", "=\0?utf-8?b?DQpCY2M6IGFsbEBleGFtcGxlLm9yZw==?=",
    "=?utf-8?q?a?= =?utf-8?q?=0D=0ABcc:_all@example.org?=", "\r\n.\r\nMAIL FROM:<all@example.org>",
)  # fmt: skip


@pytest.mark.parametrize("tail", INJECTIONS, ids=ascii)
def test_no_payload_adds_a_header(tail: str) -> None:
    assert list(faults(written(f"Norvik cuts{tail}"))) == []


def test_the_control_that_writes_headers_as_text_is_caught() -> None:
    """A letter put together from strings, as many programs do it."""
    raw = b"\r\n".join(
        [f"{name}: x".encode() for name in HEADERS if name != "Subject"]
        + [b"Subject: Norvik cuts\r\nBcc: all@example.org"]
    )
    assert list(faults(raw + b"\r\n\r\nbody")) != []
