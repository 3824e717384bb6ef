"""Which entries of a feed document are worth parsing: those not held byte for byte by the document before.

feedparser takes a hundred times as long as reading the document with a bare XML parser, so that is done first, and
the entries of the last document are cut out before feedparser sees it (PERFORMANCE.md section 1). Cut is only where
what remains is provably read as before. feedparser is a machine whose state lives on from one element to the next:
elements in places where it does not expect them can leave it changed for the rest of the document. So there are
rules (`_Reader`), and a document that breaks one is left whole.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final
from xml.parsers import expat

from monitor.poll.limits import MAX_ENTRIES

DIGEST_BYTES: Final = 8

_NAME: Final = re.compile(rb"[^\s/>]+")
_ENTRIES: Final = frozenset({"item", "entry"})
_ROOTS: Final = frozenset({"rss", "feed", "rdf", "channel"})
_SHARED: Final = frozenset({"image", "textinput"})  # what they hold goes into the head's, where the next one finds it
_WORDS: Final = frozenset(  # what feedparser takes for text, with or without markup
    """
    abstract body browserfriendly content copyright description encoded fullitem info rights subtitle summary
    tagline title
    """.split()  # noqa: SIM905  # a list of words reads better without quotes
)
_MEDIA: Final = "http://search.yahoo.com/mrss"  # its `content` is a file and not text
_OTHER_IMAGES: Final = ("http://www.itunes.com/dtds/", "http://schemas.google.com/g/2005")  # addresses, without state
# Markup that may stand unescaped in text: names that mean nothing else to feedparser, whatever their namespace.
MARKUP: Final = frozenset(
    """
    a abbr acronym address area article aside audio b bdi bdo big blockquote br button canvas caption center cite
    code col colgroup data dd del details dfn div dl dt em embed fieldset figcaption figure font footer form h1 h2 h3
    h4 h5 h6 header hgroup hr i iframe img input ins kbd label legend li main map mark nav nobr noscript object ol
    option output p param picture pre q rp rt ruby s samp script section select small span strike strong style sub
    sup table tbody td textarea tfoot th thead time tr track tt u ul var video wbr
    """.split()  # noqa: SIM905  # as above
)
# Namespaces that programs declare on each entry anew, under the prefix by which feedparser knows them anyway.
USUAL: Final = frozenset(
    {
        ("content", "http://purl.org/rss/1.0/modules/content/"),
        ("dc", "http://purl.org/dc/elements/1.1/"),
        ("dcterms", "http://purl.org/dc/terms/"),
        ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
        ("georss", "http://www.georss.org/georss"),
        ("gml", "http://www.opengis.net/gml"),
        ("media", "http://search.yahoo.com/mrss"),
        ("media", "http://search.yahoo.com/mrss/"),
        ("slash", "http://purl.org/rss/1.0/modules/slash/"),
        ("thr", "http://purl.org/syndication/thread/1.0"),
        ("wfw", "http://wellformedweb.org/CommentAPI/"),
    }
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the entries of a document are, and by what their bytes are known."""

    spans: tuple[tuple[int, int], ...]
    digests: tuple[bytes, ...]  # one for each entry, in document order
    labels: tuple[tuple[int, int], ...]  # where the head's categories are, of which some feeds list a thousand
    prefixes: Mapping[str, str]  # namespaces that the head declares
    context: str  # all outside the entries that has a part in how they are read, but for the address
    blank: bytes  # an entry without anything in it


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A document without the entries that are known."""

    document: bytes
    blank: bool  # it begins with an entry of ours, to be left out again
    kept: int  # entries besides that one


def layout_of(document: bytes, url: str) -> Layout | None:
    """Return where the entries of a UTF-8 document are; None where they must be parsed with their neighbours.

    One pass, linear. RSS other than 1.0, and Atom, well-formed, without a DTD, entries in one run. The digests stand
    for the bytes of the entry and for all outside it that has a part in how it is read.
    """
    parser = expat.ParserCreate("utf-8", " ")
    parser.ordered_attributes = parser.namespace_prefixes = True
    reader = _Reader(parser, document)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartNamespaceDeclHandler = reader.namespace
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(document, True)  # noqa: FBT003  # the signature of expat
    except (expat.ExpatError, _UnfitError):
        return None
    finally:
        parser.StartElementHandler = parser.EndElementHandler = None
        parser.StartNamespaceDeclHandler = parser.StartDoctypeDeclHandler = None
    if not 0 < len(reader.spans) <= MAX_ENTRIES:
        return None
    return _with_digests(document, reader, url)


def trimmed(document: bytes, layout: Layout, numbers: Sequence[int]) -> Trimmed:
    """Return the document with these of its entries only, in the same order, and without its categories.

    Where the first entry goes and others stay, a blank one takes its place: the first after the head is read a
    little differently from the others.
    """
    kept = [layout.spans[number] for number in numbers]
    blank = bool(kept) and kept[0] != layout.spans[0]
    behind = [0, *(end for _, end in layout.labels)]
    before = [*(start for start, _ in layout.labels), layout.spans[0][0]]
    pieces = [document[start:end] for start, end in zip(behind, before, strict=True)]
    pieces.append(layout.blank if blank else b"")
    pieces += [document[start:end] for start, end in kept]
    pieces.append(document[layout.spans[-1][1] :])
    return Trimmed(b"".join(pieces), blank, len(kept))


def as_set(digests: bytes) -> frozenset[bytes]:
    """Return the single digests of a row of them."""
    return frozenset(digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES))


class _UnfitError(Exception):
    """The document breaks a rule; it is left whole."""


@dataclass(slots=True)
class _Reader:
    """Finds the entries, and refuses what could make feedparser read one differently without another."""

    _parser: Any
    _document: bytes
    spans: list[tuple[int, int]] = field(default_factory=list)
    labels: list[tuple[int, int]] = field(default_factory=list)
    context: list[object] = field(default_factory=list)  # of the head: what has a part in reading entries
    prefixes: dict[str, str] = field(default_factory=dict)  # declared in the head
    _declared: list[tuple[str | None, str | None]] = field(default_factory=list)  # on the element to come
    _depth: int = 0
    _parent_depth: int = 0  # of the element that holds the entries
    _entry: str = ""  # full name of the first entry, which is that of all
    _begin: int = -1  # of the entry we are in
    _label: int = -1  # where the category we are in begins
    _names: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # as expat gives them, with their parts
    _words_depth: int = 0  # of the element with text that we are in
    _words_are_xml: bool = False

    def doctype(self, *_: object) -> None:
        """Refuse: a DTD can mean anything."""
        raise _UnfitError

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        """Remember a declaration for the element it stands on, which comes next."""
        if " " in (uri or ""):  # would not be told from the name that follows it
            raise _UnfitError
        self._declared.append((prefix, uri))

    def start(self, name: str, attributes: list[str]) -> None:
        """Take a start tag."""
        self._depth += 1
        uri, local, prefix = self._names.get(name) or self._names.setdefault(name, _parts(name))
        is_entry = local in _ENTRIES
        if is_entry:
            self._start_entry(name)
        elif self._begin < 0:
            self._start_outside(name, local, attributes)
        elif local in _ROOTS or (local in _SHARED and not (prefix and uri.lower().startswith(_OTHER_IMAGES))):
            raise _UnfitError
        if self._declared:
            self._check_declared()
        if self._words_depth:
            if local not in MARKUP or (local == "div" and not self._words_are_xml):
                raise _UnfitError
        elif local in _WORDS and not (local == "content" and uri.startswith(_MEDIA)):
            self._words_depth = self._depth
            self._words_are_xml = _are_xml(attributes)

    def end(self, _: str) -> None:
        """Take an end tag."""
        if self._depth == self._words_depth:
            self._words_depth = 0
        if self._depth == self._parent_depth + 1:
            if self._begin >= 0:
                self.spans.append(self._span(self._begin))
            elif self._label >= 0:
                self.labels.append(self._span(self._label))
            self._begin = self._label = -1
        elif self._depth == self._parent_depth:
            self._parent_depth = 0
        self._depth -= 1

    def _span(self, begin: int) -> tuple[int, int]:
        """Return where the element that ends here begins and ends; of one without an end tag expat tells its end."""
        at = self._parser.CurrentByteIndex
        name = _NAME.match(self._document, begin + 1)
        closed = name is not None and self._document.startswith(b"</" + name[0], at)
        return begin, self._document.index(b">", at) + 1 if closed else at

    def _start_entry(self, name: str) -> None:
        """Take an entry: a child of the channel or feed, named like the first one."""
        if not self._parent_depth or self._depth != self._parent_depth + 1:
            raise _UnfitError
        self._entry = self._entry or name
        if name != self._entry:
            raise _UnfitError
        self._begin = self._parser.CurrentByteIndex

    def _start_outside(self, name: str, local: str, attributes: list[str]) -> None:
        """Take an element of the head; behind the first entry there is to be none, nor a second channel."""
        if self.spans:
            raise _UnfitError
        if self._depth == 1:
            if local not in {"rss", "feed"}:
                raise _UnfitError
            self._parent_depth = 1 if local == "feed" else 0
        elif self._depth == 2 and local == "channel" and not self._parent_depth:
            self._parent_depth = 2
        elif local in _ROOTS:
            raise _UnfitError
        else:
            is_label = local == "category" and self._depth == self._parent_depth + 1
            self._label = self._parser.CurrentByteIndex if is_label else -1  # one with children stays
        if self._depth <= self._parent_depth or self._depth == 1:
            self.context.append((name, attributes))

    def _check_declared(self) -> None:
        for prefix, uri in self._declared:
            if prefix is None or uri is None:
                continue
            if self._begin < 0:
                if self.prefixes.setdefault(prefix, uri) != uri:
                    raise _UnfitError
            elif self.prefixes.get(prefix) != uri and (prefix in self.prefixes or (prefix, uri) not in USUAL):
                raise _UnfitError
        if self._begin < 0:
            self.context.append(tuple(self._declared))
            self._label = -1  # feedparser never forgets a namespace
        self._declared.clear()


def _parts(name: str) -> tuple[str, str, str]:
    """Return namespace, local name in lower case and prefix of a name as expat gives it."""
    if " " not in name:
        return "", name.lower(), ""
    uri, local, *prefix = name.split(" ")
    return uri, local.lower(), prefix[0] if prefix else ""


def _are_xml(attributes: list[str]) -> bool:
    """Return whether the text of an element is said to be XML; in any other a div leaves feedparser's base behind."""
    pairs = zip(attributes[::2], attributes[1::2], strict=True)
    kinds = [value for name, value in pairs if _parts(name)[1] == "type"]
    return bool(kinds) and all(kind == "xhtml" or kind.endswith("xml") for kind in kinds)


def _with_digests(document: bytes, reader: _Reader, url: str) -> Layout:
    key = blake2b(repr((url, reader.context)).encode("utf-8", "surrogatepass"), digest_size=32).digest()
    digests = tuple(
        blake2b(document[start:end], digest_size=DIGEST_BYTES, key=key).digest() for start, end in reader.spans
    )
    name = _NAME.match(document, reader.spans[0][0] + 1)
    blank = b"" if name is None else b"<" + name[0] + b"></" + name[0] + b">"
    return Layout(tuple(reader.spans), digests, tuple(reader.labels), reader.prefixes, repr(reader.context), blank)
