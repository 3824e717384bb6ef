"""Full text over titles and texts of articles: a person's words become a query that SQLite can never misread.

Every word is cleaned, told apart by the same rule as SQLite tells words apart, and quoted (RELIABILITY.md S13).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from sqlite_utils import Database

from monitor.errors import UsageError
from monitor.events import employer_key
from monitor.identity import clean_text
from monitor.model import Kind, Label
from monitor.store.rows import Row, rows

MOST_TERMS: Final = 50  # what a person types; also far below the depth at which FTS5 gives up on an expression
LONGEST: Final = 4000  # characters of a query
_SNIPPET_TOKENS: Final = 24
_BEGIN, _END = "\x02", "\x03"  # marks round a match: `clean_text` lets neither into the store
_TERM: Final = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))(\*?)')
_MARK: Final = re.compile(f"[{_BEGIN}{_END}]")

# What a page shows of hits that were chosen before: `:match` marked in title and text, the last stored first.
# A range, and no list, of numbers is what the index is asked for: it then reads its lists once and not for each number.
SHOWN_HIT: Final = f"""
    select a.id, a.published_at, a.date_precision, a.first_seen_at, a.publisher, a.label, a.kind, a.confidence,
      c.name as company, a.company_id, a.event_id, coalesce(a.final_url, a.url, a.canonical_url) as url,
      highlight(articles_fts, 0, '{_BEGIN}', '{_END}') as title,
      snippet(articles_fts, 1, '{_BEGIN}', '{_END}', '...', {_SNIPPET_TOKENS}) as snippet
    from articles_fts cross join articles a on a.id = articles_fts.rowid left join companies c on c.id = a.company_id
    where articles_fts match :match and articles_fts.rowid between :first and :last
      and +articles_fts.rowid in (select value from json_each(:ids))
    order by articles_fts.rowid desc
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must be, beside holding the words; None asks for nothing."""

    label: Label | None = None
    kind: Kind | None = None
    company: str | None = None  # a part of the employer's name
    since: str | None = None  # ISO 8601 date: published then or later, or first seen if no date is known


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: words in this order, the last perhaps only begun."""

    words: str
    begins: bool = False
    unwanted: bool = False


def terms(query: str) -> list[Term]:
    """Return what a query asks for: `word`, `"exact phrase"`, `begin*`, and `-word` for what must not be there; pure.

    What holds no letter or digit asks for nothing and is left out.
    """
    found = []
    for minus, phrase, word, star in _TERM.findall(clean_text(query)):
        words = phrase or word.rstrip("*")
        if any(_is_token(character) for character in words):
            found.append(Term(words, begins=bool(star) or word.endswith("*"), unwanted=bool(minus)))
    return found


def match_expression(query: str) -> str:
    """Return the query as FTS5 takes it; raises UsageError, with what would be right, if it asks for nothing; pure."""
    if len(query) > LONGEST:
        raise UsageError(f"this query has {len(query)} characters; {LONGEST} are the most")
    asked = terms(query)
    wanted = [_quoted(term) for term in asked if not term.unwanted]
    unwanted = [_quoted(term) for term in asked if term.unwanted]
    if len(asked) > MOST_TERMS:
        raise UsageError(f"this query has {len(asked)} words; {MOST_TERMS} are the most")
    if not wanted:
        only = " besides what must not be there" if unwanted else ""
        raise UsageError(f'a search needs a word to look for{only}; for example: klarna "voice assistant" rehir* -bank')
    without = f" NOT ({' OR '.join(unwanted)})" if unwanted else ""
    return f"({' AND '.join(wanted)}){without}"


def search(
    db: Database, query: str, filters: Filters, *, order: Literal["date", "rank"] = "date", limit: int = 20
) -> list[Row]:
    """Return the articles that hold the words, at most `limit`: the last stored or, by rank, the best first.

    Each has `snippet`, the most telling words of its text, and `marks` and `title_marks`, the matches in snippet and
    title as [start, end]; both stand on one line. Raises UsageError as `match_expression` does.
    """
    asked = {
        "match": match_expression(query),
        "label": filters.label,
        "kind": filters.kind,
        "company": filters.company and employer_key(clean_text(filters.company)),
        "since": filters.since,
        "limit": limit,
    }
    found = rows(db, _hits(filters, "f.rank" if order == "rank" else "f.rowid desc"), asked)
    for row in found:
        row["title"], row["title_marks"] = marked(row["title"])
        row["snippet"], row["marks"] = marked(row["snippet"])
    return found


def _hits(filters: Filters, order: str) -> str:
    """Return the statement: first which articles, by the index alone; then, for these few, what is shown of them."""
    conditions = "".join(f" and {_CONDITIONS[name]}" for name in _CONDITIONS if getattr(filters, name) is not None)
    joined = "join articles a on a.id = f.rowid" if conditions else ""
    return f"""
        with hits as materialized (
          select f.rowid as id, f.rank as rank from articles_fts f {joined}
          where articles_fts match :match{conditions} order by {order} limit :limit
        )
        select a.id, coalesce(a.published_at, a.first_seen_at) as date, a.published_at, a.first_seen_at, a.publisher,
          a.label, a.kind, c.name as company, coalesce(a.url, a.canonical_url) as url,
          highlight(articles_fts, 0, '{_BEGIN}', '{_END}') as title,
          snippet(articles_fts, 1, '{_BEGIN}', '{_END}', '...', {_SNIPPET_TOKENS}) as snippet
        from hits f cross join articles_fts on articles_fts match :match and articles_fts.rowid = f.id
        join articles a on a.id = f.id left join companies c on c.id = a.company_id
        order by {order.replace("rowid", "id")}
    """


# An article's row holds its text first: what has an index of its own is looked up there.
_CONDITIONS: Final = {
    "label": "a.id in (select id from articles where label = :label)",
    "kind": "a.kind = :kind",
    "company": "a.company_id in (select id from companies where instr(name_key, :company))",
    "since": "coalesce(a.published_at, a.first_seen_at) >= :since",
}


def _is_token(character: str) -> bool:
    """Return whether SQLite's tokeniser `unicode61` makes words of it: letters, numbers, private use."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Co"


def _quoted(term: Term) -> str:
    """Return a term as an FTS5 string, in which nothing has a meaning but the quotation mark."""
    words = term.words.replace('"', '""')
    return f'"{words}"{" *" if term.begins else ""}'


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text on one line without the marks round its matches, and where the matches are in it."""
    plain, begun = "", 0
    matches: list[tuple[int, int]] = []
    for piece, mark in _pieces(re.sub(r"\s+", " ", text).strip()):
        plain += piece
        if mark == _BEGIN:
            begun = len(plain)
        elif mark == _END:
            matches.append((begun, len(plain)))
    return plain, matches


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield each stretch of text with the mark that ends it, "" at the end."""
    at = 0
    for mark in _MARK.finditer(text):
        yield text[at : mark.start()], mark[0]
        at = mark.end()
    yield text[at:], ""
