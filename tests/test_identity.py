"""Is this the same story? Keys of hosts, publishers and entries, and texts that every store, mail and search takes."""

import json
import sqlite3
import time
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from documents import FIRM
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.identity import (
    canonical_url,
    clean_text,
    content_hash,
    entry_identity,
    host_key,
    is_opaque_aggregator,
    publisher_of,
    queue_key,
    utc_moment,
    web_address,
)
from monitor.model import FeedEntry
from monitor.poll.markup import one_line
from monitor.store.search import match_expression

PLAIN = "https://news.example/a"


@pytest.mark.parametrize("odd", ["", "http://[", "javascript:alert(1)", "//", "http://[::1", "\ud800", "http:///a"])
def test_what_is_no_address_comes_back_cleaned(odd: str) -> None:
    assert canonical_url(odd).encode()


url_like = st.one_of(
    st.text(),
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["http://", "HTTPS://", "//", "", "mailto:", "http:"]),
        st.text("aB.:@[]1é-_%2f", max_size=12),
        st.text("/aB.%25;é ?\\", max_size=12),
        st.text("?&=;+%26utm_sourceab é", max_size=25),
        st.text("#a%", max_size=3),
    ),
)


@given(url_like)
def test_no_text_makes_the_readers_of_addresses_fail(url: str) -> None:
    assert isinstance((host_key(url), publisher_of(url), is_opaque_aggregator(url))[0], str)


HOSTS = [
    ("https://News.Example/a", "news.example"),
    ("https://news.example:443/", "news.example"),
    ("http://news.example:443/", "news.example:443"),
    ("http://127.0.0.1:8080/feed", "127.0.0.1:8080"),
    ("http://[::1]:8080/feed", "[::1]:8080"),
    ("https://bücher.example/", "xn--bcher-kva.example"),
    ("https://user:word@news.example/", "news.example"),
    ("https://news.example./", "news.example"),
    ("not an address", ""),
]


@pytest.mark.parametrize(("url", "key"), HOSTS)
def test_the_politeness_key_is_host_and_unusual_port(url: str, key: str) -> None:
    assert host_key(url) == key


PUBLISHERS = [
    ("https://www.news.example/a", "news.example"),
    ("https://m.news.example/a", "news.example"),
    ("https://amp.news.example/a", "news.example"),
    ("https://business.news.example/a", "business.news.example"),
    ("https://amp.dev/a", "amp.dev"),
    ("http://127.0.0.1:8080/a", "127.0.0.1"),
    ("", ""),
]


@pytest.mark.parametrize(("url", "publisher"), PUBLISHERS)
def test_the_publisher_is_the_host_without_its_device(url: str, publisher: str) -> None:
    assert publisher_of(url) == publisher


AGGREGATORS = [
    ("https://news.google.com/rss/articles/CBMi?oc=5", True),
    ("https://news.google.com/read/CBMi", True),
    ("https://news.google.com/__i/rss/rd/articles/CBMi", True),
    ("https://news.google.com/articles/CBMi?hl=en-GB&gl=GB&ceid=GB:en", True),
    ("http://news.google.com/rss/stories/CAAq", True),
    ("https://www.news.google.com/stories/CAAq?x=1", True),
    ("https://news.google.com/gb/articles/CBMi", True),
    ("https://news.google.co.uk/articles/CBMi", True),
    ("https://news.google.com/news/url?url=https://news.example/1", False),
    ("https://news.google.com/publications/articles/CBMi", False),
    ("https://www.google.com/articles/CBMi", False),
    ("http://[/articles/", False),
    ("https://news.google.com/topstories", False),
    ("https://news.example/articles/1", False),
    ("https://news.google.com.example/articles/1", False),
]


@pytest.mark.parametrize(("url", "opaque"), AGGREGATORS)
def test_article_links_of_google_news_are_opaque(url: str, *, opaque: bool) -> None:
    assert is_opaque_aggregator(url) is opaque


ADDRESSES = [
    ("/a?b=1", "https://news.example/a?b=1"),
    ("b", "https://news.example/desk/b"),
    (" https://other.example/ ", "https://other.example/"),
    ("javascript:alert(1)", None),
    ("data:text/html,x", None),
    ("mailto:desk@news.example", None),
    ("file:///etc/hosts", None),
    ("ftp://news.example/a", None),
    ("http://", None),
    ("http://[", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("address", "absolute"), ADDRESSES)
def test_only_addresses_of_the_web_are_kept(address: str | None, absolute: str | None) -> None:
    assert web_address(address, "https://news.example/desk/feed") == absolute


MOMENTS = [
    ("2026-11-17T08:30:00Z", "2026-11-17T08:30:00+00:00"),
    ("2026-11-17T08:30:00+02:00", "2026-11-17T06:30:00+00:00"),
    ("2026-11-17", "2026-11-17T00:00:00+00:00"),
    ("2026-02-30", None),
    ("0001-01-01T00:00:00+14:00", None),
    ("yesterday", None),
]


@pytest.mark.parametrize(("raw", "moment"), MOMENTS)
def test_moments_are_in_utc_or_none(raw: str, moment: str | None) -> None:
    found = utc_moment(raw)
    assert (found.isoformat() if found else None) == moment


def entry(guid: str | None, url: str | None, title: str = "", summary: str = "") -> FeedEntry:
    return FeedEntry(guid=guid, url=url, title=title, summary=summary)


def test_a_guid_used_again_with_another_link_is_another_entry() -> None:
    assert entry_identity(entry("1", PLAIN)) != entry_identity(entry("1", f"{PLAIN}2"))


def test_an_entry_stays_itself_when_trackers_title_and_summary_change() -> None:
    assert entry_identity(entry("1", PLAIN, "Old")) == entry_identity(entry("1", f"{PLAIN}?utm_source=x", "New"))


def test_words_tell_entries_apart_that_have_neither_guid_nor_link() -> None:
    assert entry_identity(entry(None, None, "a", "b")) != entry_identity(entry(None, None, "a", "c"))


def test_guid_and_link_are_not_mixed_up() -> None:
    assert entry_identity(entry(PLAIN, None)) != entry_identity(entry(None, PLAIN))


def test_spacing_and_case_do_not_change_a_text() -> None:
    assert content_hash(f"{FIRM}  cuts", "One.\n\nTwo.") == content_hash(f"{FIRM.lower()} cuts", "one. two.")


def test_title_and_text_are_not_mixed_up() -> None:
    assert content_hash("a b", "c") != content_hash("a", "b c")


any_text = st.text(st.characters(codec=None))


@given(any_text)
def test_clean_text_round_trips_through_store_json_and_search(text: str) -> None:
    clean = clean_text(text)
    db = sqlite3.connect(":memory:")
    try:
        db.execute("create virtual table t using fts5(x)")
        db.execute("insert into t values (?)", (clean,))
        assert db.execute("select x from t").fetchone()[0] == clean == json.loads(json.dumps(clean))
    finally:
        db.close()


@given(any_text)
def test_clean_text_comes_back_from_the_subject_of_a_letter(text: str) -> None:
    subject = one_line(clean_text(text))
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = subject
    assert message_from_bytes(letter.as_bytes(), policy=SMTP)["Subject"] == subject


def test_every_character_there_is_can_be_stored_written_as_json_and_searched_for() -> None:
    """All 1,114,112 code points, lone surrogates among them, in texts of 4,096."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute("create virtual table t using fts5(x)")
        for start in range(0, 0x110000, 0x1000):
            clean = clean_text("".join(map(chr, range(start, start + 0x1000))))
            number = db.execute("insert into t values (?)", (clean,)).lastrowid
            stored = db.execute("select x from t where rowid = ?", (number,)).fetchone()[0]
            assert stored == clean == json.loads(json.dumps(clean))
            with suppress(UsageError):  # no letter among them: nothing to look for
                asked = match_expression(clean[:200])
                assert db.execute("select count(*) from t where t match ?", (asked,)).fetchone()[0] >= 0
    finally:
        db.close()


@given(any_text)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


CLEANED = {
    "NUL": ("a\x00b", "ab"),
    "escape sequence": ("\x1b[31mred", "[31mred"),
    "C1": ("a\x85b\x9f", "ab"),
    "delete": ("a\x7f", "a"),
    "lone surrogate": ("a\ud800", "a\ufffd"),
    "composed form": ("e\u0301", "é"),
    "line ends": ("a\r\nb\rc\td\n", "a\nb\nc\td\n"),
    "direction marks stay": ("\u202eabc", "\u202eabc"),
}


@pytest.mark.parametrize(("dirty", "clean"), CLEANED.values(), ids=CLEANED)
def test_text_is_cleaned(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


def test_a_hundred_thousand_marks_on_one_letter_take_no_time() -> None:
    started = time.process_time()
    assert len(clean_text("a" + "\u0315\u0300" * 50_000)) <= 31
    assert time.process_time() - started < 1


QUEUES = {
    "a host of a domain": ("https://www.news.example.com/a", "example.com"),
    "under a country's second level": ("https://feeds.news.co.uk/a", "news.co.uk"),
    "two blogs of one hoster": ("https://one.github.io/feed", "one.github.io"),
    "a domain the list does not know": ("https://a.b.example/", "b.example"),
    "letters beyond ASCII": ("https://www.bücher.de/", "xn--bcher-kva.de"),
    "a port of its own": ("https://a.example.com:8443/", "example.com:8443"),
    "the scheme's port": ("https://a.example.com:443/", "example.com"),
    "an address of four numbers": ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
    "an address of eight": ("http://[::1]:8080/", "[::1]:8080"),
    "a single label": ("http://localhost/", "localhost"),
    "a public suffix itself": ("https://co.uk/", "co.uk"),
    "no host": ("about:blank", ""),
}


@pytest.mark.parametrize(("url", "key"), QUEUES.values(), ids=QUEUES.keys())
def test_addresses_of_one_registrable_domain_wait_in_one_queue(url: str, key: str) -> None:
    assert queue_key(url) == key


@given(st.text(max_size=80))
def test_every_text_has_a_queue_and_hosts_of_one_stay_together(text: str) -> None:
    assert queue_key(text) == queue_key(f"http://{host_key(text)}")


NAMED_HOSTS = st.sampled_from(
    ["example.org", "a.b.co.uk", "x.github.io", "127.0.0.1", "..", "-", "com", "a" * 70, "example.org."]
)


@given(
    NAMED_HOSTS | st.text("abc.-01AB", max_size=20),
    st.sampled_from(["", ":80", ":8080", ":0", ":99999", ":"]),
    st.text(),
)
def test_what_follows_the_host_never_changes_the_queue(host: str, port: str, rest: str) -> None:
    plain = "".join(character for character in rest if "!" <= character <= "~")
    for start in "/?#":
        assert queue_key(f"http://{host}{port}{start}{plain}") == queue_key(f"http://{host}{port}/")
