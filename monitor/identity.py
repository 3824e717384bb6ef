"""Is this the same story? Texts, moments and addresses from outside in one form, identities and hashes; pure.

Used wherever a value from outside is compared or kept: by `poll` and `extract` at the border of the worker
process, by the ledger for its keys.
"""

import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final
from urllib.parse import SplitResult, unquote_plus, urljoin, urlsplit, urlunsplit

from tld import get_tld
from w3lib.url import canonicalize_url

from monitor.model import FeedEntry

# Parameters that only say where a reader came from. Exact names and prefixes; each one has a case in the tests.
# Left out on purpose, because somewhere they name the story: ref, source, s, id, cid, p, page, src, from, at, mc.
_TRACKERS: Final = frozenset(
    """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh li_fat_id epik rdt_cid
    srsltid ocid cmpid cmp_id smid smtyp _hsenc _hsmi __hstc __hssc __hsfp hsctatracking mc_cid mc_eid mkt_tok
    _ga _gl vero_id vero_conv oly_anon_id oly_enc_id ns_campaign ns_source ns_mchannel ns_linkname ns_fee
    at_medium at_campaign at_custom1 at_custom2 at_custom3 at_custom4 at_link_id at_link_type at_link_origin
    at_format at_ptr_name at_bbc_team wt.mc_id wt_mc wtmc s_kwcid s_cid ef_id guccounter guce_referrer
    guce_referrer_sig ncid sref sfmc_id dicbo unlocked_article_code giftcopy ceid emci emdi xtor
    pk_campaign pk_kwd pk_source pk_medium pk_content pk_cid
    """.split()  # noqa: SIM905  # a list of fifty quoted words is harder to read and to keep in order
)
_TRACKER_PREFIXES: Final = ("utm_", "hsa_", "mtm_", "piwik_", "matomo_")

_GOOGLE_NEWS: Final = re.compile(r"(?:www\.)?news\.google\.[a-z]{2,3}(?:\.[a-z]{2})?")
_GOOGLE_ARTICLE: Final = re.compile(r"\A(?:/[a-z]{2})?/(?:rss/)?(?:articles|read|stories|__i)(?:/|\Z)")
_CONSENT_HOST: Final = re.compile(r"(?:(?:my)?consent|guce|cmp\w*|(?:my)?privacy(?:-mgmt|wall)?|privacy-gate)\.")
_CONSENT_PATH: Final = re.compile(r"/(?:consent/?\?|(?:privacy-?(?:gate|wall)|cookie-?wall|collectconsent)(?:/|\?|\Z))")
_DEEPEST: Final = 20
_MOST_REPEATED: Final = 3
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_WIDE: Final = (  # byte order marks, then "<" without one; the longer patterns first
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_HIGH_RUN: Final = re.compile(r"[^\x00-\u02ff]{11,}")  # the only place for more than 30 marks: one can stand for three
_MOST_MARKS: Final = 30  # on one letter; Unicode UAX 15, stream-safe text
_NO_PART: Final = {9: None, 10: None}  # of an address: where a document broke its lines (WHATWG URL, 4.4)
_PLAIN: Final = re.compile(r"(https?://[A-Za-z0-9.-]+(?::\d{1,5})?)(?:[/?#][!-~]*)?")  # no doubt where its host ends
_FIRST_FEEDS: Final = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(hours=24)  # of our clock; somebody east of us is a day ahead
# Absolute, and of characters that no parser, joiner or writer of addresses changes.
_SIMPLE: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9/._~!$'()*+,:@%=&-]*)?"
    r"(?:\?[A-Za-z0-9/._~!$'()*+,:@%=&?-]+)?(?:#[A-Za-z0-9/._~!$'()*+,:@%=&?-]+)?"
)
# A name that stays as it is, without a default port.
_CLEAR_HOST: Final = r"(?:[a-z0-9]{1,20}[.-]){0,9}[a-z0-9]{1,20}(?::[1-9][0-9]{3}|:[1-5][0-9]{4})?"
# Of simple addresses, those that are in canonical form: no query, nothing to unquote.
_CANONICAL: Final = re.compile(rf"https?://{_CLEAR_HOST}(?:/|(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?)")
_CLEAR: Final = re.compile(rf"https?://({_CLEAR_HOST})(?:[/?#][!-Z^-~]*)?")  # whatever follows changes no host
_ROUNDS: Final = 4  # what still changes after so many rounds is no address anybody uses, and has no other form


def canonical_url(url: str) -> str:
    """Return the form of an address under which two entries are the same story; the original is kept elsewhere.

    w3lib's canonical form without trackers, fragment and default port. Scheme, `www.`, AMP and trailing slash
    are left alone: those pairs are candidates, not copies. Idempotent; what is no address is returned cleaned.
    """
    if _CANONICAL.fullmatch(url):
        return url
    form = given = clean_text(url).strip()
    for _ in range(_ROUNDS):
        try:
            again = _without_noise(urlsplit(canonicalize_url(form)))
        except (ValueError, IndexError):
            return form
        if again == form:
            return form
        form = again
    return given


def host_key(url: str) -> str:
    """Return the politeness key of an address: `example.org`, `127.0.0.1:8080`; "" for what has no host.

    Lower case, punycode, with the port unless it is the scheme's own.
    """
    clear = _CLEAR.fullmatch(url)
    if clear:
        return clear[1]
    try:
        parts = urlsplit(canonicalize_url(clean_text(url).strip()))
    except (ValueError, IndexError):
        return ""
    return _host(parts).removesuffix(".")


def queue_key(url: str) -> str:
    """Return whose turn an address waits for: its registrable domain, `bbc.co.uk`; "" for what has no host.

    By the public suffix list, its private part included: two blogs of one hoster are two. Under a top-level domain
    that is not in the list it is the last two labels (publicsuffix.org: the prevailing rule is then `*`). An IP
    address stands for itself; a port that is not the scheme's own is kept.
    """
    plain = _PLAIN.fullmatch(url)
    return _queue_of(plain[1]) if plain else _queue_of.__wrapped__(url)


@lru_cache(maxsize=1 << 14)  # asked at every request: remembered by host, for of pages there is no end
def _queue_of(url: str) -> str:
    host = host_key(url)
    name, colon, port = host.partition(":")
    if host.startswith("[") or not name.strip("0123456789."):
        return host
    found = get_tld(f"http://{name}", as_object=True, fail_silently=True, search_private=True)
    return (getattr(found, "fld", None) or ".".join(name.split(".")[-2:])) + colon + port


def crawl_trap(url: str) -> str | None:
    """Return what makes an address look like one of endlessly many that a server makes up, or None; pure.

    More than 20 levels, or one segment more than 3 times: `/a/b/a/b/a/b/a/b` (RELIABILITY.md A6).
    """
    try:
        segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    except ValueError:
        return None
    if len(segments) <= _MOST_REPEATED:
        return None
    if len(segments) > _DEEPEST:
        return f"a path of {len(segments)} levels, more than {_DEEPEST}, looks like a crawl trap"
    segment, times = max(Counter(segments).items(), key=lambda found: found[1], default=("", 0))
    if times > _MOST_REPEATED:
        return f"a path with {segment[:40]!r} in it {times} times looks like a crawl trap"
    return None


def is_consent_address(url: str) -> bool:
    """Return whether an address is one of those that only ever ask for consent; pure."""
    return bool(_CONSENT_HOST.match(host_key(url)) or _CONSENT_PATH.search(url.lower()))


def publisher_of(url: str) -> str:
    """Return the outlet an address belongs to: its host without port and without `www.`, `m.`, `amp.`."""
    host = re.sub(r":\d+\Z", "", host_key(url))
    for prefix in ("www.", "m.", "amp.", "mobile."):
        rest = host.removeprefix(prefix)
        if rest != host and "." in rest:
            return rest
    return host


def web_address(address: str | None, base: str) -> str | None:
    """Return an address of the web made absolute against `base`; None for any other that a document may name."""
    if not address:
        return None
    if is_simple_address(address):
        return address
    try:
        whole = urljoin(base, clean_text(address).strip().translate(_NO_PART))
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole if parts.scheme in {"http", "https"} and parts.hostname else None


def is_simple_address(text: str) -> bool:
    """Return whether a text is an absolute address of the web that reads the same to everybody; pure."""
    return _SIMPLE.fullmatch(text) is not None


def is_opaque_aggregator(url: str) -> bool:
    """Tell whether an address is a Google News article link, which leads nowhere without running its scripts."""
    try:
        path = urlsplit(clean_text(url).strip()).path
    except ValueError:
        return False
    return _GOOGLE_NEWS.fullmatch(host_key(url)) is not None and _GOOGLE_ARTICLE.search(path) is not None


def entry_identity(entry: FeedEntry, canonical: str | None = None) -> str:
    """Return what tells an entry from the others of its feed: hex SHA-256 of guid and address, or of its words.

    A guid used again with another link is another entry. Of an entry with neither guid nor link, title and
    summary decide. `canonical` is the canonical form of its address, if that is known.
    """
    if entry.guid or entry.url:
        return _digest("link", entry.guid or "", canonical or canonical_url(entry.url or ""))
    return _digest("words", entry.title, entry.summary)


def content_hash(title: str, text: str) -> str:
    """Return the hex SHA-256 of an article's words, the same for every spacing and case of them."""
    return _digest("text", _folded(title), _folded(text))


def clean_text(text: str) -> str:
    r"""Return text that every store, mail and search takes: NFC, no control characters but `\n` and `\t`.

    Lone surrogates become U+FFFD; marks that change the direction of writing stay. Idempotent. Combining marks
    beyond the thirtieth on one letter are dropped: normalising them takes time quadratic in their number
    (200 kB: 6 s, November 2026).
    """
    if text.isascii() and text.isprintable():
        return text
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    sound = _NOT_TEXT.sub("", unix)
    if sound.isascii():
        return sound
    return unicodedata.normalize("NFC", _HIGH_RUN.sub(_bounded_marks, _SURROGATE.sub("\ufffd", sound)))


def utc_moment(raw: str) -> datetime | None:
    """Return the moment of an ISO 8601 text, taken as UTC if it names no zone; None if it is none."""
    try:
        moment = datetime.fromisoformat(raw.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_plausible(moment: datetime, seen_at: datetime) -> bool:
    """Return whether a story can have been published then: not before there were feeds, nor a day after it was seen.

    Epoch zeros, year 1 and clocks that run ahead are not dates (RELIABILITY.md F8).
    """
    return _FIRST_FEEDS <= moment <= seen_at + _AHEAD


def tidy_text(text: str) -> str:
    """Return cleaned text with single spaces and without empty lines."""
    clean = clean_text(text)
    if "\n" not in clean:
        return " ".join(clean.split())
    return "\n".join(filter(None, [" ".join(line.split()) for line in clean.split("\n")]))


def wide_encoding(body: bytes) -> str | None:
    """Return the encoding of a body in UTF-16 or UTF-32, known by its mark or by the zeros beside a `<`, else None."""
    return next((encoding for start, encoding in _WIDE if body.startswith(start)), None)


def wide_text(body: bytes) -> str | None:
    """Return a body in UTF-16 or UTF-32 as text; None for others."""
    encoding = wide_encoding(body)
    return None if encoding is None else body.decode(encoding, "replace").removeprefix("\ufeff")


def _without_noise(parts: SplitResult) -> str:
    query = "&".join(piece for piece in parts.query.split("&") if not _is_tracker(piece))
    return urlunsplit((parts.scheme, _host(parts, userinfo=True), parts.path, query, ""))


def _host(parts: SplitResult, *, userinfo: bool = False) -> str:
    user, at, host = parts.netloc.rpartition("@")
    host = host.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, "\0"))
    return user + at + host if userinfo else host


def _is_tracker(piece: str) -> bool:
    name = unquote_plus(piece.partition("=")[0]).lower()
    return name in _TRACKERS or name.startswith(_TRACKER_PREFIXES)


def _bounded_marks(run: re.Match[str]) -> str:
    kept: list[str] = []
    before = run.string[max(0, run.start() - 1) : run.start()]
    marks = len(unicodedata.normalize("NFD", before)[1:])
    for character in run.group():
        for part in unicodedata.normalize("NFD", character):  # some are marks within
            marks = marks + 1 if unicodedata.combining(part) else 0
            if marks <= _MOST_MARKS:
                kept.append(part)
    return "".join(kept)


def _folded(text: str) -> str:
    return " ".join(clean_text(text).split()).casefold()


def _digest(*parts: str) -> str:
    whole = sha256()
    for part in parts:
        data = clean_text(part).encode()
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()
