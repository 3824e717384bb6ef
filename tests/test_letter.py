"""What a mail says and how: headers nobody can add to, text for 72 columns, HTML with everything escaped."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from alert_builders import SEEN, event, job, message, record, trend
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import letter
from monitor.model import AlertArticle, MessageContent, TextState
from monitor.settings import MailChannel

DESK = MailChannel(
    name="letters",
    host="127.0.0.1",
    tls="none",
    sender="monitor@desk.example",
    to=("one@example.org", "two@example.org"),
)
HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "MIME-Version", "Content-Type"),
]


def written(content: MessageContent, site: str | None = None, **changes: Any) -> EmailMessage:
    found = message_from_bytes(letter.write(DESK, job(content, **changes), content, site), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def plain(content: MessageContent, site: str | None = None) -> str:
    return body(written(content, site), "plain")


def page(content: MessageContent, site: str | None = None) -> str:
    return body(written(content, site), "html")


# --- headers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "lines"),
    [("headline_only summary", 1), ("paywalled", 1), ("summary full", 0), ("abstract", 0), ("", 0)],
)
def test_a_letter_says_that_no_article_could_be_read_whole(states: str, lines: int) -> None:
    articles = tuple(
        AlertArticle("https://e.example/a", "Norvik cuts", text_state=TextState(state)) for state in states.split()
    )
    assert plain(message(record(articles=articles))).count("Read: no whole article") == lines


def test_the_headers_are_those_of_an_alert() -> None:
    mail = written(message())
    assert (mail["From"], mail["To"]) == ("monitor@desk.example", "one@example.org")
    assert mail["Subject"] == "Norvik Bank: cut of about 320 jobs"
    assert mail["Date"].datetime == SEEN
    assert mail["Message-ID"] == "<alert_1.letters.1@desk.example>"
    assert mail["List-Id"] == "layoff-monitor alerts <alerts.layoff-monitor.desk.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["In-Reply-To"] is None


def test_each_recipient_has_a_letter_of_its_own() -> None:
    mail = written(message(), recipient=2)
    assert (mail["To"], mail["Message-ID"]) == ("two@example.org", "<alert_1.letters.2@desk.example>")


def test_a_later_letter_on_the_same_event_hangs_below_the_first() -> None:
    mail = written(message(record(2), thread="alert_1"))
    assert mail["In-Reply-To"] == mail["References"] == "<alert_1.letters.1@desk.example>"


def test_every_attempt_has_the_same_bytes() -> None:
    content = message(trend(), record(2))
    again = SEEN + timedelta(days=2)
    attempts = (job(content), job(content, attempts=5, first_attempt_at=again))
    first, later = (letter.write(DESK, one, content, None) for one in attempts)
    assert first == later


INJECTIONS = ["\r\nBcc: all@example.org", "\nX: y", "\rX: y", "\x0bX: y", "\x0cX: y", "\x85X: y", "\u2028X: y",
              "\u2029X: y", "\0X: y", "\ud800X: y"]  # fmt: skip


@pytest.mark.parametrize("tail", INJECTIONS, ids=ascii)
def test_no_headline_can_add_a_header(tail: str) -> None:
    mail = written(message(record(headline=f"cut{tail}", company=f"Norvik{tail}", rule=f"mine{tail}")))
    assert list(mail.keys()) == HEADERS
    assert str(mail["Subject"]).startswith("cut")


@given(st.text(st.characters(), max_size=400))
def test_whatever_a_headline_holds_the_headers_are_ours(headline: str) -> None:
    content = message(record(headline=headline))
    raw = letter.write(DESK, job(content), content, None)
    mail = message_from_bytes(raw, policy=policy.default)
    assert list(mail.keys()) == HEADERS
    assert mail.defects == []
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    raw.decode("ascii")


# --- text ------------------------------------------------------------------------------------------------------


def test_the_text_says_what_happened_in_whose_words_and_how_to_stop_it() -> None:
    assert (
        plain(message())
        == f"""\
Norvik Bank: cut of about 320 jobs
==================================

Jobs: about 320 jobs
Announced: 2025-03-09
Tie to AI: explicit, said by employer

  “320 posts go because the assistant answers the calls”
  - The Daily Ledger, https://news.example/a?b=1

What is known of this employer:
  2024-01-02  reversal, announced, number not stated
  2025-03-09  cut, announced, about 320 jobs

1 article, 1 independent report:
  Norvik cuts
  https://news.example/a?b=1

--{" "}
You get this because of the rule "every event".
To mute one of these for a week, where the monitor runs:
  layoff-monitor alerts mute 'every event' --until 7d --why REASON
  layoff-monitor alerts mute 'Norvik Bank' --until 7d --why REASON
"""
    )


def test_no_line_is_longer_than_72_columns_but_an_address() -> None:
    words = "a sentence that goes on for very much longer than a line of a terminal has room for, and then some more"
    articles = (AlertArticle("https://e.example/" + "x" * 99, words),)
    long = record(headline=words, lines=(words,), event=event(quote=words), articles=articles)
    text = plain(message(long, *(record(number, headline=words) for number in range(2, 9))))
    assert [line for line in text.splitlines() if len(line) > 72 and "https://" not in line] == []


def test_20_copies_are_counted_as_one_report() -> None:
    copies = tuple(AlertArticle(f"https://news-{n}.example/a", f"Copy {n}") for n in range(20))
    text = plain(message(record(articles=copies, articles_total=20)))
    assert "20 articles, 1 independent report:" in text


def test_a_trend_is_drawn_in_the_text() -> None:
    text = plain(message(trend()))
    assert "2025-02-24 " in text
    assert "(expected 4)" in text
    assert "Counted 12, expected 4" in text


def test_a_digest_lists_its_lines_in_order() -> None:
    lines = ("Norvik Bank: cut of 320 jobs", "Everything runs: 12 of 12 feeds answer")
    text = plain(message(trend(kind="digest", chart=(), lines=lines)))
    assert [line[2:] for line in text.splitlines() if line.startswith("- ")] == list(lines)


def test_many_alerts_are_listed_and_all_can_be_shown() -> None:
    text = plain(message(*(record(n, headline=f"cut {n}") for n in range(1, 201)), total=10_000), "https://m.example")
    assert sum(line.startswith("* cut ") for line in text.splitlines()) == 199
    assert "and 9800 more." in text
    assert "layoff-monitor alerts show message_1" in text
    assert "https://m.example/monitor/deliveries_view?message_id=message_1" in text


def test_a_message_of_several_names_all_rules_that_raised_it() -> None:
    text = plain(message(record(rule="flips", kind="flip"), record(2, rule="cuts"), record(3, rule="cuts")))
    assert 'You get this because of the rules "flips", "cuts".' in text
    mutes = [line.split("--until")[0].split("mute ")[1] for line in text.splitlines() if "--until" in line]
    assert mutes == ["flips ", "cuts ", "'Norvik Bank' "]


def test_an_event_that_several_rules_tell_of_is_told_once() -> None:
    flip = record(rule="flips", kind="flip", headline="Norvik Bank took people back")
    new = record(4, lines=("jobs: 320 -> 400",))
    content = message(flip, record(2), record(3, rule="size", kind="size"), new, trend(id="alert_5"), total=8)
    text = plain(content)
    assert text.count("Norvik Bank took people back\n") == 1
    assert text.count("Norvik Bank: cut of about 320 jobs\n") == 1
    assert "All 6:" in text
    assert 'the rules "flips", "every event", "size", "surge".' in " ".join(text.split())
    assert written(content)["Subject"] == "Norvik Bank took people back (and 5 more)"
    assert page(content).count("Norvik Bank: cut of about 320 jobs") == 1


def test_a_test_links_to_no_alert_for_none_is_stored() -> None:
    assert "https://m.example" not in plain(message(record(kind="test", rule="test")), "https://m.example")


def test_a_title_cannot_turn_our_words_round() -> None:
    title = "Norvik \u202ecuts\u2066 jobs"
    text = plain(message(record(headline=title, articles=(AlertArticle("https://e.example/a", title),))))
    assert not set("\u202e\u2066") & set(text)
    assert "Norvik cuts jobs" in text


def test_a_message_about_deliveries_cannot_be_muted() -> None:
    text = plain(message(record(kind="delivery", rule="delivery", company=None)))
    assert "You get this because it is about the delivery of alerts." in text
    assert "mute" not in text


def test_the_subject_counts_the_others() -> None:
    two = message(record(), record(2, event_id=8))
    assert written(two)["Subject"] == "Norvik Bank: cut of about 320 jobs (and 1 more)"


# --- HTML ------------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]


OURS = {*("html", "head", "meta", "body", "h2", "h3", "p", "ul", "li", "blockquote", "br", "hr", "code", "a", "img")}


@given(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=100))
def test_whatever_the_web_says_the_page_has_only_our_tags_and_web_links(words: str, url: str) -> None:
    evil = "<script>alert(1)</script>" + words
    articles = [
        AlertArticle(address, evil)
        for address in (
            url,
            "javascript:alert(1)",
            "javascript://e.example/%0aalert(1)",
            "ftp://e.example/x",
            'https://e.example/"><b>',
        )
    ]
    quoted = event(quote=evil, quote_url=url, quote_publisher=evil)
    named = {"headline": evil, "company": evil, "rule": evil}
    told = record(**named, lines=(evil,), event=quoted, articles=tuple(articles))
    tags = Tags()
    tags.feed(page(message(told)))
    assert tags.tags <= OURS
    assert all(link.startswith(("http://", "https://")) for link in tags.links)


def test_a_trend_has_its_picture_inside_the_letter() -> None:
    mail = written(message(trend()))
    [picture] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<chart0.layoff-monitor>"
    assert 'src="cid:chart0.layoff-monitor"' in body(mail, "html")
    assert re.search(r'alt="4 bars from 2025-02-03 to 2025-02-24; the last is 12, expected 4"', body(mail, "html"))
    assert "Bars from 2025-02-03 to 2025-02-24: counted. Line: expected." in body(mail, "html")
    assert picture.get_payload(decode=True).startswith(b"\x89PNG")


def test_every_trend_that_is_told_in_full_has_its_picture() -> None:
    mail = written(message(trend(), record(2), trend(id="alert_3")))
    pictures = [part["Content-ID"] for part in mail.walk() if part.get_content_type() == "image/png"]
    assert pictures == ["<chart0.layoff-monitor>", "<chart2.layoff-monitor>"]
    assert all(f'src="cid:{name[1:-1]}"' in body(mail, "html") for name in pictures)
    assert plain(message(trend(), trend(id="alert_3"))).count("2025-02-24 ") == 2


def test_a_letter_without_a_trend_has_no_picture() -> None:
    assert [part.get_content_type() for part in written(message()).walk()] == [
        *("multipart/alternative", "text/plain", "text/html"),
    ]


def test_a_letter_links_to_the_site_where_there_is_one() -> None:
    assert "https://m.example/monitor/alerts_view?id=alert_1" in page(message(replace(record())), "https://m.example/")
