"""RELIABILITY.md F5: twelve encodings under right, wrong and missing declarations; what goes in comes out."""

from unicodedata import normalize

import pytest
from documents import item, rss
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.model import FeedDocument, FeedEntry
from monitor.poll import parse_feed

URL = "https://news.example/desk/feed.xml"


def parsed(body: bytes) -> FeedDocument:
    return parse_feed(body, None, URL)


def only(body: bytes) -> FeedEntry:
    (entry,) = parsed(body).entries
    return entry


WORDS = {
    "utf-8": "Zürich — 日本語 😀", "utf-16": "Zürich — 日本語 😀", "utf-16-le": "Zürich — 日本語 😀",
    "utf-16-be": "Zürich — 日本語 😀", "utf-32": "Zürich — 日本語 😀", "iso-8859-1": "Zürich",
    "windows-1252": "Zürich — “a”",
    "windows-1251": "Цюрих", "koi8-r": "Цюрих", "shift_jis": "日本語", "gb18030": "苏黎世 😀", "big5": "蘇黎世",
}  # fmt: skip


@pytest.mark.parametrize("encoding", WORDS)
def test_a_declared_encoding_is_read(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{rss(item(title=WORDS[encoding]))}'
    assert only(text.encode(encoding)).title == WORDS[encoding]


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "utf-16", "ebcdic-of-old", None])
@pytest.mark.parametrize("encoding", WORDS)
def test_under_a_wrong_or_missing_encoding_all_that_is_ascii_is_read(encoding: str, declared: str | None) -> None:
    """12 encodings under 5 declarations; which letters come through is the table of lies in test_poll_dialects."""
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    document = parsed((declaration + rss(item(7, title=WORDS[encoding]))).encode(encoding))
    assert (document.title, [entry.guid for entry in document.entries]) == ("Local news", ["id-7"])
    assert document.encoding


# What an encoding can write, and what a title keeps: no blanks to trim, no markup, already in the form that is kept.
SCRIPTS = {
    "Latin": (st.characters(min_codepoint=0xC0, max_codepoint=0x24F), ["utf-8", "utf-16", "utf-32"]),
    "Western": (st.characters(codec="cp1252", min_codepoint=0xC0), ["utf-8", "windows-1252"]),
    "Cyrillic": (st.characters(codec="cp1251", min_codepoint=0x410), ["utf-8", "windows-1251", "utf-16"]),
    "Chinese and Japanese": (st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), ["utf-8", "gb18030", "utf-16"]),
    "emoji": (st.characters(min_codepoint=0x1F300, max_codepoint=0x1F64F), ["utf-8", "gb18030", "utf-32"]),
}


def is_utf8(body: bytes) -> bool:
    """Tell whether bytes happen to be sound UTF-8, and are read as such whoever calls them otherwise."""
    try:
        return bool(body.decode())
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("script", SCRIPTS)
@given(data=st.data())
def test_words_come_back_from_every_encoding_that_can_write_them(script: str, data: st.DataObject) -> None:
    letters, encodings = SCRIPTS[script]
    word = normalize("NFC", data.draw(st.text(letters, min_size=1, max_size=40)))
    for encoding in encodings:
        assume(encoding.startswith("utf") or not is_utf8(word.encode(encoding)))
        entry = only((f'<?xml version="1.0" encoding="{encoding}"?>' + rss(item(title=f"a{word}z"))).encode(encoding))
        assert entry.title == f"a{word}z"


UNDECODABLE = {
    "sound": (rss(item(title="Zürich")).encode(), "utf-8", 0),
    "cut inside a character": (rss(item(title="Zürich äöü X")).encode().replace(b"X", b"\xc3"), "utf-8", 1),
    "Latin": (rss(item(title="Zürich")).encode("latin-1"), "cp1252", 0),
    "UTF-16 cut": (rss(item(title="Zürich")).encode("utf-16-le")[:-1], "utf-16-le", 1),
}


@pytest.mark.parametrize(("body", "encoding", "undecodable"), UNDECODABLE.values(), ids=UNDECODABLE)
def test_what_it_was_decoded_as_and_what_could_not_be_is_told(body: bytes, encoding: str, undecodable: int) -> None:
    document = parsed(body)
    assert (document.encoding, document.undecodable) == (encoding, undecodable)
