"""Feed bytes -> text, whatever server and document say about their encoding; no XML parser stumbles over the result.

Decided here and not in feedparser, so that an entry reads the same whichever of its neighbours are parsed with it,
and whether or not a library that guesses encodings happens to be installed.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from w3lib.encoding import resolve_encoding

from monitor.identity import wide_encoding

_DECLARATION: Final = re.compile(r"\A<\?xml[\s?][^>]*>\s*")
_DECLARED: Final = re.compile(rb"""\A\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET: Final = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_EBCDIC: Final = "<?xm".encode("cp037")  # XML 1.0, appendix F
_MULTIBYTE: Final = ("big5", "cp932", "cp949", "cp950", "euc_", "gb", "hz", "iso2022", "johab", "shift_jis")
# Python has them, but no document is written in them: they smuggle markup, take quadratic time or raise as they like.
_NO_ENCODINGS: Final = frozenset({"utf-7", "punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
_WIDE: Final = ("utf-16", "utf-32")
_NO_CHARACTERS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0, section 2.2
_REFERENCE: Final = re.compile(r"&#([xX][0-9a-fA-F]+|[0-9]+);?")
_HALF: Final = re.compile(r"[\ud800-\udfff]")
_SPACE: Final = "\ufeff\u200b \t\r\n"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document as text, and how it came to be that."""

    text: str
    encoding: str  # by Python's name
    undecodable: int = 0  # characters that are U+FFFD because their bytes were none


def feed_text(body: bytes, content_type: str | None) -> Decoded:
    """Return a feed document as text: decoded, without XML declaration and without what XML does not allow.

    Control characters and references to them go; halves of a character, which some programs write as two
    references, become the whole one, a lone half U+FFFD. Never raises, whatever the bytes.
    """
    wide = wide_encoding(body)
    if wide is not None:
        read = _with_gaps(body, wide)
    else:
        read = _narrow_text(body.removeprefix(codecs.BOM_UTF8), content_type)
    text = _NO_CHARACTERS.sub("", read.text).lstrip(_SPACE)
    return Decoded(_mended(_DECLARATION.sub("", text, count=1)), read.encoding, read.undecodable)


def _with_gaps(body: bytes, encoding: str) -> Decoded:
    text = body.decode(encoding, "replace")
    return Decoded(text, encoding, text.count("\ufffd"))


def _narrow_text(body: bytes, content_type: str | None) -> Decoded:
    """Return the text of bytes that are neither UTF-16 nor UTF-32.

    Bytes that are sound UTF-8 are read as such, except where a declared encoding of several bytes a character can
    read them too: by chance that happens to short texts of those, and never to Cyrillic or Latin ones.
    """
    if body.startswith(_EBCDIC):
        return _with_gaps(body, "cp037")
    utf8 = _decoded(body, "utf-8")
    for encoding in _declared(body, content_type):
        if utf8 is None or encoding.startswith(_MULTIBYTE):
            text = _decoded(body, encoding)
            if text is not None:
                return Decoded(text, encoding)
    if utf8 is not None:
        return Decoded(utf8, "utf-8")
    with_gaps = _with_gaps(body, "utf-8")  # one summary cut inside a character must not spoil all accents
    gaps = with_gaps.undecodable
    if gaps < sum(not character.isascii() for character in with_gaps.text) - gaps:
        return with_gaps
    windows = _decoded(body, "cp1252")
    return Decoded(body.decode("latin-1"), "latin-1") if windows is None else Decoded(windows, "cp1252")


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """Return the encodings that the server and the document name, in that order, by Python's names."""
    by_server = _CHARSET.search(content_type or "")
    by_document = _DECLARED.match(body)
    names = [by_server[1] if by_server else "", by_document[1].decode("ascii", "replace") if by_document else ""]
    return [encoding for name in names if (encoding := _python_name(name, wide=b"\0" in body[:64]))]


def _python_name(label: str, *, wide: bool) -> str | None:
    """Return the encoding documents under this label are really in, often a superset; None for what is none."""
    name = resolve_encoding(label)
    if name is None or name in _NO_ENCODINGS or (name.startswith(_WIDE) and not wide):
        return None
    return name


def _decoded(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeError, LookupError):  # LookupError: a codec that is none for text
        return None


def _mended(text: str) -> str:
    if "&#" not in text:
        return text
    text = _REFERENCE.sub(_character, text)
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _character(reference: re.Match[str]) -> str:
    """Return a reference as it is if XML allows it, a half character as that, and nothing or U+FFFD for others."""
    digits = reference[1]
    number = (int(digits[1:], 16) if digits[0] in "xX" else int(digits)) if len(digits) < 10 else -1
    if 0xD800 <= number <= 0xDFFF:
        return chr(number)
    if number in {9, 10, 13} or 0x20 <= number < 0xFFFE or 0x10000 <= number <= 0x10FFFF:
        return reference[0]
    return "" if 0 <= number < 0x20 else "\ufffd"
