"""Is this the same story? Tables of pairs that must and must not share an address, and what always holds."""

import json
import sqlite3
import time

import pytest
from documents import FIRM
from hypothesis import given
from hypothesis import strategies as st

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

PLAIN = "https://news.example/a"
SAME = {
    "campaign": (f"{PLAIN}?utm_source=x&utm_medium=y", PLAIN),
    "campaign among others": (f"{PLAIN}?id=5&utm_campaign=z&page=2", f"{PLAIN}?id=5&page=2"),
    "campaign in capitals": (f"{PLAIN}?UTM_Source=x", PLAIN),
    "campaign, encoded name": (f"{PLAIN}?utm%5Fsource=x", PLAIN),
    "click of one network": (f"{PLAIN}?fbclid=abc", PLAIN),
    "click of another": (f"{PLAIN}?gclid=abc&dclid=d", PLAIN),
    "click of a third": (f"{PLAIN}?msclkid=abc", PLAIN),
    "click of a fourth": (f"{PLAIN}?twclid=abc&igshid=2", PLAIN),
    "ocid": (f"{PLAIN}?ocid=msedge", PLAIN),
    "cmpid": (f"{PLAIN}?cmpid=rss", PLAIN),
    "smid": (f"{PLAIN}?smid=tw-share", PLAIN),
    "_hsenc": (f"{PLAIN}?_hsenc=p2&_hsmi=9", PLAIN),
    "newsletter": (f"{PLAIN}?mc_cid=1&mc_eid=2", PLAIN),
    "newsletter, another": (f"{PLAIN}?mkt_tok=1", PLAIN),
    "broadcaster": (f"{PLAIN}?at_medium=RSS&at_campaign=KARANGA", PLAIN),
    "analytics": (f"{PLAIN}?_ga=1.2&_gl=3", PLAIN),
    "share of a gift": (f"{PLAIN}?unlocked_article_code=q&smid=url-share", PLAIN),
    "pk_campaign": (f"{PLAIN}?pk_campaign=x", PLAIN),
    "xtor": (f"{PLAIN}?xtor=RSS-1", PLAIN),
    "guce": (f"{PLAIN}?guccounter=1&guce_referrer=a", PLAIN),
    "fragment": (f"{PLAIN}#comments", PLAIN),
    "empty query": (f"{PLAIN}?", PLAIN),
    "order of parameters": (f"{PLAIN}?b=2&a=1", f"{PLAIN}?a=1&b=2"),
    "default port": ("https://news.example:443/a", PLAIN),
    "default port of http": ("http://news.example:80/a", "http://news.example/a"),
    "host in capitals": ("https://News.EXAMPLE/a", PLAIN),
    "scheme in capitals": ("HTTPS://news.example/a", PLAIN),
    "no path": ("https://news.example", "https://news.example/"),
    "case of percent forms": ("https://news.example/%c3%a9", "https://news.example/%C3%A9"),
    "letters and their percent form": ("https://news.example/é", "https://news.example/%C3%A9"),
    "needless percent form": ("https://news.example/%61", PLAIN),
    "host in its own script": ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    "dots in the path": ("https://news.example/b/../a", PLAIN),
    "space around it": (f"  {PLAIN}\n", PLAIN),
    "control characters": (f"{PLAIN}\x00", PLAIN),
}
DIFFERENT = {
    "scheme": (PLAIN, "http://news.example/a"),
    "www": (PLAIN, "https://www.news.example/a"),
    "mobile host": (PLAIN, "https://m.news.example/a"),
    "amp host": (PLAIN, "https://amp.news.example/a"),
    "amp path": (PLAIN, f"{PLAIN}/amp"),
    "amp parameter": (PLAIN, f"{PLAIN}?amp=1"),
    "trailing slash": (PLAIN, f"{PLAIN}/"),
    "case of the path": (PLAIN, "https://news.example/A"),
    "number in the path": ("https://news.example/1", "https://news.example/2"),
    "id": (f"{PLAIN}?id=1", f"{PLAIN}?id=2"),
    "story": (f"{PLAIN}?story=1", f"{PLAIN}?story=2"),
    "p": (f"{PLAIN}?p=1", f"{PLAIN}?p=2"),
    "page": (f"{PLAIN}?page=1", f"{PLAIN}?page=2"),
    "cid": (f"{PLAIN}?cid=1", f"{PLAIN}?cid=2"),
    "ref": (f"{PLAIN}?ref=1", f"{PLAIN}?ref=2"),
    "source": (f"{PLAIN}?source=1", f"{PLAIN}?source=2"),
    "s": (f"{PLAIN}?s=1", f"{PLAIN}?s=2"),
    "mc": (f"{PLAIN}?mc=1", f"{PLAIN}?mc=2"),
    "pk_id": (f"{PLAIN}?pk_id=1", f"{PLAIN}?pk_id=2"),
    "at": (f"{PLAIN}?at=1", f"{PLAIN}?at=2"),
    "utm without its underscore": (f"{PLAIN}?utm=1", f"{PLAIN}?utm=2"),
    "case of a value": (f"{PLAIN}?id=a", f"{PLAIN}?id=A"),
    "value or none": (f"{PLAIN}?print=1", f"{PLAIN}?print"),
    "one value or two": (f"{PLAIN}?tag=1", f"{PLAIN}?tag=1&tag=2"),
    "plus and its percent form": (f"{PLAIN}?q=a%2Bb", f"{PLAIN}?q=a+b"),
    "slash and its percent form": ("https://news.example/a/b", "https://news.example/a%2Fb"),
    "another port": (PLAIN, "https://news.example:8443/a"),
    "http's port under https": (PLAIN, "https://news.example:80/a"),
    "another host": (PLAIN, "https://news2.example/a"),
    "a label less": ("https://uk.news.example/a", PLAIN),
    "tracker's name as a value": (f"{PLAIN}?q=utm_source", PLAIN),
    "tracker's name in the path": ("https://news.example/utm_source=1", PLAIN),
    "path parameter": (f"{PLAIN};v=1", f"{PLAIN};v=2"),
    "extension": (f"{PLAIN}.html", PLAIN),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_these_are_one_story(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_these_are_two_stories(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


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
def test_the_canonical_form_of_a_canonical_form_is_itself(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


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
