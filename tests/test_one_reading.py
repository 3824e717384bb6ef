"""One address, one reading: the host the guard judged is the host every library below would go to."""

from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import yarl
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.errors import FetchError
from monitor.fetch import Gate
from monitor.guard import read_target
from monitor.settings import NetworkSettings

ANYWHERE = NetworkSettings(allow_private=("0.0.0.0/0:*", "[::]/0:*"))
TRICKY = st.text(alphabet="ab.:/@\\?#[]%-_0127xX2e\u3002\uff11\u00e9\u00df \t&=;,!~^{|}<>\"'\u200d\u2100", max_size=24)


@given(TRICKY, st.sampled_from(["http://", "https://", "HTTP://", "http:"]))
@example("a@b", "http://")
@example("127.0.0.1#@news.example", "http://")
@example("news.example\u2100.127.0.0.1", "http://")
def test_all_parsers_agree_on_the_host_of_an_address_that_passed(text: str, start: str) -> None:
    try:
        sent = Gate(ANYWHERE)._checked(start + text).url
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
        Gate(ANYWHERE)._checked(text)
