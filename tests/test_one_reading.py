"""One address, one reading: the host the guard judged is the host every library below would go to."""

from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest
import yarl
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.errors import FetchError
from monitor.fetch.places import place_of, written
from monitor.guard import Guard, read_target
from monitor.settings import NetworkSettings

ANYWHERE = Guard.of(NetworkSettings(allow_private=("0.0.0.0/0:*", "[::]/0:*")))
PIECES = st.sampled_from(
    ["a", "B", "news", ".", "..", "/", "//", "?", "??", "=", "&", "#", "%41", "%", "~", "'", "(", "+", "_", "-", "1",
     "xn--", "xn--e1a", ":", ":80", ":443", ":080", ":8080", ":99999", "127.0.0.1", "999.1.1.1", "\u00e9", "[", "|"]
)  # fmt: skip
STARTS = st.sampled_from(["http://", "https://", "http://news.example/", "https://news.example:8443/a"])
TRICKY = st.text(alphabet="ab.:/@\\?#[]%-_0127xX2e\u3002\uff11\u00e9\u00df \t&=;,!~^{|}<>\"'\u200d\u2100", max_size=24)


@given(TRICKY, st.sampled_from(["http://", "https://", "HTTP://", "http:"]))
@example("a@b", "http://")
@example("127.0.0.1#@news.example", "http://")
@example("news.example\u2100.127.0.0.1", "http://")
def test_all_parsers_agree_on_the_host_of_an_address_that_passed(text: str, start: str) -> None:
    try:
        sent = place_of(ANYWHERE, start + text).url
    except FetchError:
        return
    target = read_target(sent)
    readings = {
        httpx.URL(sent).raw_host.decode(),
        yarl.URL(sent).raw_host,
        urlsplit(sent).hostname,
    }

    assert {str(reading).rstrip(".").strip("[]") for reading in readings} == {target.host}
    assert {httpx.URL(sent).port or target.port, yarl.URL(sent).port} == {target.port}


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_fetch_error(text: str) -> None:
    with suppress(FetchError):
        place_of(ANYWHERE, text)


def as_httpx_writes_it(url: str) -> str | None:
    try:
        parsed = httpx.URL(url, fragment=None)
        _ = parsed.host
        ANYWHERE.check_url(str(parsed))
    except (FetchError, httpx.InvalidURL, UnicodeError):
        return None
    return str(parsed)


@given(STARTS, st.lists(PIECES, max_size=12))
@example("http://", ["news", ".", "a", ":80", "/", "a"])
@example("https://news.example/", ["a", "//", "..", "/", "a"])
@example("https://", ["xn--", ".", "a", "/"])
def test_an_address_is_sent_as_httpx_writes_it(start: str, pieces: list[str]) -> None:
    url = start + "".join(pieces)
    with suppress(FetchError):
        ANYWHERE.check_url(url)
        sent = None
        with suppress(FetchError):
            sent = place_of(ANYWHERE, url).url
        assert sent == as_httpx_writes_it(url)


def test_what_most_feeds_are_called_is_not_read_by_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(httpx, "URL")
    for url in ("https://www.news.example/rss/world.xml?edition=uk&n=2", "http://127.0.0.1:8080/feed/7"):
        assert written(url) == url
