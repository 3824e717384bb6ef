"""What tests of extraction share: a page in, an article or the reason why there is none out."""

import pytest

from monitor.errors import ParseError
from monitor.extract import extract
from monitor.model import Extracted, Reason

URL = "https://paper.example/2026/story"


def read(html: str | bytes, content_type: str | None = "text/html", url: str = URL) -> Extracted:
    return extract(html.encode("utf-8", "surrogatepass") if isinstance(html, str) else html, content_type, url)


def refusal(html: str | bytes, content_type: str | None = "text/html") -> Reason:
    with pytest.raises(ParseError) as refused:
        read(html, content_type)
    return refused.value.reason


def end_of(body: bytes, content_type: str | None) -> Extracted | Reason:
    try:
        return read(body, content_type)
    except ParseError as error:
        return error.reason


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def linked(data: str) -> str:
    return f'<script type="application/ld+json">{data}</script>'
