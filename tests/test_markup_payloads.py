"""RELIABILITY.md F14: whatever markup a feed carries, what is kept is words; nothing of it is left to run."""

import json
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

import pytest
from documents import item, rss

from monitor.model import FeedEntry
from monitor.poll import parse_feed

URL = "https://news.example/feed"
WORDS = "Roles go"
# Each runs something in a careless reader; the words beside it are what a person reads.
PAYLOADS = {
    "script": "<script>alert(1)</script>",
    "script in capitals": "<SCRIPT SRC=//a.example/x></SCRIPT>",
    "script without an end": "<b>x</b><script>alert(1)",
    "picture that fails": "<img src=x onerror=alert(1)>",
    "picture without quotes or blanks": "<img/src='x'/onerror='alert(1)'>",
    "drawing that loads": "<svg onload=alert(1)></svg>",
    "drawing with a link": '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "drawing with an animation": "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "form": '<form action="javascript:alert(1)"><button>Send</button></form>',
    "button with an action": '<button formaction="javascript:alert(1)">Send</button>',
    "field that takes the focus": "<input autofocus onfocus=alert(1)>",
    "link to a script": '<a href="javascript:alert(1)">here</a>',
    "link to a script with a tab": '<a href="java&#9;script:alert(1)">here</a>',
    "link to data": '<a href="data:text/html,<script>alert(1)</script>">here</a>',
    "frame": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "object": '<object data="javascript:alert(1)"></object>',
    "embedded": "<embed src=//a.example/x.swf>",
    "base": '<base href="//a.example/">',
    "refresh": '<meta http-equiv=refresh content="0;url=javascript:alert(1)">',
    "style": "<style>@import '//a.example/x.css';</style>",
    "style of an element": '<p style="background:url(javascript:alert(1))">x</p>',
    "details that open": "<details open ontoggle=alert(1)>x</details>",
    "formula": '<math><maction actiontype="statusline" xlink:href="javascript:alert(1)">x</maction></math>',
}
# What a browser reads otherwise once it has been written out and read again.
MUTATING = {
    "style in a drawing": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "style in a formula": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x'",
    "paragraph in a formula": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "comment that ends early": "<b>x</b><!--><img src=x onerror=alert(1)>-->",
    "CDATA": "<svg><![CDATA[><img src=x onerror=alert(1)>]]></svg>",
    "template": "<template><img src=x onerror=alert(1)></template>",
    "title within": "<title><img src=x onerror=alert(1)></title>",
}  # fmt: skip
ALL = PAYLOADS | MUTATING


def atom(markup: str) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><id>1</id>'
        f'<title type="html">{escape(markup)}</title><content type="html">{escape(markup)}</content></entry></feed>'
    )


def json_feed(markup: str) -> str:
    listed = {"id": "1", "title": markup, "content_html": markup}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [listed]})


WAYS: dict[str, Callable[[str], str]] = {
    "RSS": lambda markup: rss(item(title=markup, summary=markup)),
    "RSS in CDATA": lambda markup: rss(item(title="PUT", summary="PUT")).replace(
        "PUT", f"<![CDATA[{markup.replace(']]>', ']]]]><![CDATA[>')}]]>"
    ),
    "Atom": atom,
    "JSON Feed": json_feed,
}


class Tags(HTMLParser):
    """Notes what a browser would make elements of."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def only(text: str) -> FeedEntry:
    (entry,) = parse_feed(text.encode(), None, URL).entries
    return entry


def test_there_are_twenty_three_and_those_that_mutate() -> None:
    assert len(PAYLOADS) == 23


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("payload", ALL.values(), ids=ALL)
def test_no_element_is_left_of_a_payload_and_the_words_before_it_are(way: Callable[[str], str], payload: str) -> None:
    entry = only(way(f"{WORDS} {payload}"))
    for kept in (entry.title, entry.summary):
        assert kept.startswith(WORDS)
        assert "javascript:" not in kept
        assert Tags(kept).found == []


@pytest.mark.parametrize("payload", ALL.values(), ids=ALL)
def test_the_payloads_do_bring_elements(payload: str) -> None:
    """The control: as they are they do, or would inside what they hide in."""
    assert Tags(payload).found


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/hosts"])
def test_a_link_that_runs_something_is_none(scheme: str) -> None:
    assert only(rss(item(link=scheme, guid=None))).url is None
