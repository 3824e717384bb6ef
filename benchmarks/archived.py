"""The store that `archive.py` measures: two years of made-up articles, events and feeds, written with plain SQL."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from zlib import crc32

from story_builders import report

from monitor.clock import to_text
from monitor.model import (
    ClassifierId,
    Confidence,
    Evidence,
    Extracted,
    Facts,
    Kind,
    Label,
    PageRead,
    TextState,
    Verdict,
)
from monitor.store import Database, candidates
from monitor.stories import keys
from monitor.stories.sketch import SLOTS

UNTIL: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAYS: Final = 730
FEEDS: Final = 50
COPIES: Final = 20
BIG: Final = "Firm 0"
BIG_SHARE: Final = 0.15  # of all events
TEXTS: Final = 400  # different ones; what is stored of the others is a sketch of their own
FUNCTIONS: Final = ("customer service", "software", "sales and marketing", "mixed", None)
COUNTRIES: Final = ("US", "GB", "DE", "IN", None)


def firm(number: int) -> str:
    """Return the name of an employer."""
    return f"Firm {number}"


def page_of(  # all that sorts of articles differ in
    number: int,
    label: Label,
    company: str | None,
    *,
    kind: str | None = None,
    copy: int = 0,
    words: int = 0,
    **facts: Any,
) -> PageRead:
    """Return one page as read and judged; copies of a number are one text at different publishers."""
    key = crc32(f"{number} {label} {company} {words}".encode())
    title = f"{company or 'Somebody'} lets programs advise its customers {key}"
    kind = kind or ("off_topic" if label is Label.NONE else "event")
    host = f"paper{key % 997}-{copy}.example"
    verdict = Verdict(
        label=label,
        kind=Kind(kind),
        confidence=Confidence.HIGH,
        probability=0.9,
        rule="7",
        evidence=(Evidence("title", "programs", 0, 8, "cue", 1.0),),
        facts=Facts(company=company, announced_on=UNTIL.date(), **facts),
        spans={},
        classifier=ClassifierId("given", "1"),
    )
    article = Extracted(title, report(key, 300), TextState.FULL, published_at=UNTIL)
    return PageRead(0, article, verdict, f"https://{host}/story/{key}")


def fill(db: Database, articles: int) -> None:
    """Write a store of so many articles."""
    draw = Random(5)
    db.execute("drop trigger articles_ai")  # the full-text index is not what is measured
    firms = max(articles * 3 // 100, 10)
    db.conn.executemany(
        "insert into companies (id, name, name_key) values (?, ?, ?)",
        [(number + 1, firm(number), firm(number).casefold()) for number in range(firms)],
    )
    _feeds(db)
    texts = [report(number, 300) for number in range(TEXTS)]
    events = articles // 5
    chosen = [_event(db, number + 1, firms, draw) for number in range(events)]
    told = [*chosen, *(draw.choice(chosen) for _ in range(events))]  # two articles each on average
    others = articles - len(told)
    plan: list[dict[str, Any] | None] = [*told, *([None] * others)]
    moments = [UNTIL - timedelta(days=draw.random() * DAYS) for _ in range(others)]
    dated = [
        (event["at"] + timedelta(hours=draw.expovariate(1 / 20)) if event else moments.pop(), event) for event in plan
    ]
    dated.sort(key=lambda one: one[0])
    for number, (at, event) in enumerate(dated, 1):
        _article(db, number, at, event, firms, draw, texts)
    _answers(db)


def _feeds(db: Database) -> None:
    now = to_text(UNTIL)
    for number in range(1, FEEDS + 1):
        url = f"https://feed{number}.example/rss"
        db.execute(
            """
            insert into feeds (id, url, canonical_url, host, origin, added_at, interval_s, next_poll_at, last_ok_at,
              last_polled_at) values (?, ?, ?, ?, 'added', ?, 1800, ?, ?, ?)
            """,
            [number, url, url, url, to_text(UNTIL - timedelta(DAYS)), now, now, now],
        )
        days = [to_text(UNTIL - timedelta(days=day)) for day in range(DAYS, 0, -1)]
        db.conn.executemany(
            "insert into polls (feed_id, polled_at, result) values (?, ?, 'not_modified')",
            [(number, day) for day in days],
        )


def _firm(firms: int, draw: Random) -> int:
    """Return an employer: the first one often, the others the seldomer the higher their number."""
    return 0 if draw.random() < BIG_SHARE else min(int(firms ** draw.random()), firms - 1)


def _event(db: Database, number: int, firms: int, draw: Random) -> dict[str, Any]:
    employer = _firm(firms, draw) if number % 5 else draw.randrange(firms)
    at = UNTIL - timedelta(days=draw.random() * DAYS)
    event = {
        "id": number, "firm": employer, "at": at, "label": draw.choices(("cut", "reversal", "hybrid"), (8, 1, 1))[0],
        "jobs": draw.choice((None, *range(20, 4000, 7))), "function": draw.choice(FUNCTIONS),
        "country": draw.choice(COUNTRIES),
    }  # fmt: skip
    db.execute(
        """
        insert into events (id, company_id, label, kind, status, stated_status, announced_on, date_precision, origin,
          jobs_count, jobs_qualifier, function, country, attribution_strength, source_tier, first_seen_at, updated_at)
        values (?, ?, ?, 'event', 'announced', 'announced', ?, 'day', 'live', ?, 'about', ?, ?, 'explicit', ?, ?, ?)
        """,
        [number, employer + 1, event["label"], at.date().isoformat(), event["jobs"], event["function"],
         event["country"], draw.choice((2, 3, 3, 4)), to_text(at), to_text(at)],
    )  # fmt: skip
    return event


def _article(  # noqa: PLR0913, PLR0917  # all of a row
    db: Database, number: int, at: datetime, event: dict[str, Any] | None, firms: int, draw: Random, texts: list[str]
) -> None:
    employer = event["firm"] if event else _firm(firms, draw) if draw.random() < 0.5 else None
    label = event["label"] if event else "none"
    kind = "event" if event or draw.random() < 0.3 else "off_topic"
    facts: dict[str, Any] = {"company": None if employer is None else firm(employer)}
    if event:
        facts |= {"jobs_count": event["jobs"], "jobs_qualifier": "about", "function": event["function"],
                  "country": event["country"], "attribution_strength": "explicit"}  # fmt: skip
    elif kind == "event":
        facts |= {"jobs_count": draw.choice((None, *range(20, 4000, 7)))}
    host, title = f"n{draw.randrange(900)}.example", f"{draw.choice(texts)[:60]} {number}"
    url, moment = f"https://{host}/{number}", to_text(at)
    db.execute(
        """
        insert into articles (id, url, canonical_url, final_url, publisher, title, text, text_state, published_at,
          date_precision, first_seen_at, origin, content_hash, source_tier, label, kind, confidence, probability, rule,
          company_id, facts, spans, classifier_name, classifier_version, classified_at, feed_id, story_id, event_id)
        values (:id, :url, :url, :url, :publisher, :title, :text, 'full', :at, 'moment', :at, 'live', :hash, :tier,
          :label, :kind, 'high', 0.9, '7', :company, :facts, '{}', 'given', '1', :at, :feed, :id, :event)
        """,
        {"id": number, "url": url, "publisher": host, "title": title, "text": draw.choice(texts), "at": moment,
         "hash": str(number), "tier": draw.choice((2, 3, 3, 4)), "label": label, "kind": kind,
         "company": None if employer is None else employer + 1, "facts": json.dumps(facts),
         "feed": draw.randint(1, FEEDS), "event": event and event["id"]},
    )  # fmt: skip
    db.execute(
        """
        insert into entries (feed_id, url, canonical_url, identity, title, first_seen_at, outcome, ended_at, article_id)
        values (?, ?, ?, ?, ?, ?, 'stored', ?, ?)
        """,
        [draw.randint(1, FEEDS), url, url, url, title, moment, moment, number],
    )
    db.execute("insert into evidence values (?, 0, 'title', ?, 0, 5, 'cue', 1.0)", [number, title[:5]])
    if event:
        db.execute("insert into event_articles values (?, ?, ?)", [event["id"], number, moment])
    telling = candidates._telling({  # noqa: SLF001  # what the store itself reads of a row
        "url": url, "canonical_url": url, "final_url": url, "stated_canonical": None, "title": title, "publisher": host,
        "published_at": moment, "first_seen_at": moment, "facts": json.dumps(facts),
        "sketch": (300).to_bytes(4, "little") + draw.randbytes(2 * SLOTS),
    })  # fmt: skip
    db.execute("insert into sketches values (?, ?)", [number, telling.sketch])
    db.conn.executemany(
        "insert or ignore into story_keys values (?, ?, ?)", [(band, value, number) for band, value in keys(telling)]
    )


def _answers(db: Database) -> None:
    """Link each reversal and hybrid to the newest cut of its employer before it."""
    db.execute(
        """
        update events as e set link_type = 'reverses', linked_event_id = (
          select c.id from events c where c.company_id = e.company_id and c.label = 'cut'
            and c.announced_on <= e.announced_on order by c.announced_on desc, c.id desc limit 1)
        where label <> 'cut'
        """
    )
    db.execute("update events set link_type = null where linked_event_id is null")
