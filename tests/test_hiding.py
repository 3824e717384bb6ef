"""What a server repeats is kept without the secrets in it, however it writes them."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.hiding import EXCERPT, HIDDEN, scrubbed

SECRET = "canary/7f3a9c+"

SAID = {
    "as it is": SECRET,
    "in base64": base64.b64encode(SECRET.encode()).decode(),
    "percent-encoded": quote(SECRET, safe=""),
    "with a control character inside": "canary/7\x1bf3a9c+",
    "with a mark that turns the text inside": "canary/7\u202ef3a9c+",
    "twice": f"{SECRET}{SECRET}",
    "where the text breaks off": f"no hook at {SECRET[:-1]}",
    "where it breaks off early": f"no hook at {SECRET[:4]}",
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_no_form_of_a_secret_is_left(said: str) -> None:
    kept = scrubbed(f"refused: {said}", [SECRET])
    assert HIDDEN in kept
    assert "canary/" not in kept
    assert "cana" not in kept


def test_a_secret_that_was_percent_encoded_in_the_address_is_known_decoded() -> None:
    assert scrubbed("no /a b c/d", ["a%20b%20c"]) == "no /[…]/d"


def test_short_words_and_none_hide_nothing() -> None:
    assert scrubbed("a bad gateway", ["a", "bad", "", None]) == "a bad gateway"


@given(st.text(max_size=50), st.text(max_size=50), st.text("abcXYZ/+=%-_", min_size=6, max_size=20))
def test_whatever_stands_around_it_the_secret_is_gone(before: str, after: str, secret: str) -> None:
    kept = scrubbed(f"{before} {secret} {after}", [secret])
    assert secret not in kept.replace(HIDDEN, "\n")
    assert len(kept) <= EXCERPT
