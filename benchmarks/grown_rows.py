"""The rows of a store of any size for `grown.py`: made up, in the shape of the product's own, the same every time."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from random import Random
from typing import Any, Final

from monitor.clock import to_text
from monitor.stories.sketch import SLOTS

UNTIL: Final = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)  # what is asked goes by today
DAYS: Final = 3 * 365
FEEDS: Final = 500
TOLD: Final = 3  # articles of an event
BIG: Final = 1  # the employer with an eighth of all events
LABELS: Final = ("cut", "reversal", "hybrid")
OTHER_KINDS: Final = ("off_topic",) * 12 + ("commentary", "survey", "forecast", "policy_legal", "update", "event")
FUNCTIONS: Final = ("customer service", "software", "content and translation", "finance", "moderation", None)
COUNTRIES: Final = ("US", "GB", "DE", "SE", "IN", "US;GB", None)
QUALIFIERS: Final = ("exact", "about", "at_least", "up_to", "estimate")
STRENGTHS: Final = ("explicit", "implied", "speculative", "disputed", "denied", "none")
LANGUAGES: Final = ("en", "en", "en", "de", "fr", "es", None)
ENDED: Final = ("passed_over",) * 6 + ("duplicate", "refused", "failed")
REASONS: Final = {"refused": ("robots_denied", "blocked_address"), "failed": ("http_4xx", "timed_out", "http_5xx")}
SYLLABLES: Final = ("nor", "vik", "hal", "den", "cor", "bri", "ost", "mer", "tal", "quin", "sol", "rad", "wen", "fal")
FREQUENT: Final = ("jobs", "staff", "ai", "service", "assistant", "rehires")
SENTENCES: Final = 20_000  # different ones; each text has words of its own besides

Table = Callable[["Scale", Random], Iterator[tuple[Any, ...]]]


class Scale:
    """How many rows of each sort a store of so many articles has, and the words they are made of."""

    def __init__(self, articles: int) -> None:
        self.articles = articles
        self.events = max(articles // 50, 8)
        self.companies = max(articles // 100, 50)
        self.told = min(self.events * TOLD, articles)
        random = Random(1)
        words = [*FREQUENT, *("".join(parts) for parts in product(SYLLABLES, repeat=4))][:20_000]
        weights = list(accumulate(1 / rank for rank in range(4, len(words) + 4)))
        self.words = words
        self.sentences = [
            " ".join(random.choices(words, cum_weights=weights, k=random.randint(12, 24))) + "."
            for _ in range(SENTENCES)
        ]

    def text(self, random: Random, number: int) -> str:
        """Return a text of some 200 words, two of them its own."""
        own = f"{self.words[number % len(self.words)]}{number} {self.words[-1 - number % len(self.words)]}{number}"
        return f"{' '.join(random.choices(self.sentences, k=11))} {own}"

    def at(self, number: int, of: int) -> datetime:
        """Return when the row with this number came: numbers grow with time."""
        return UNTIL - timedelta(days=DAYS * (1 - number / of))


def firm(number: int) -> str:
    """Return the name of an employer."""
    return f"Firm {number}"


def _companies(scale: Scale, _: Random) -> Iterator[tuple[Any, ...]]:
    return ((number, firm(number), firm(number).casefold()) for number in range(1, scale.companies + 1))


def _feeds(_scale: Scale, _: Random) -> Iterator[tuple[Any, ...]]:
    due = to_text(UNTIL)
    for number in range(1, FEEDS + 1):
        host = f"paper-{number}.example"
        url, state = f"https://{host}/feed", "failing" if number % 20 == 0 else "ok"
        yield number, url, url, host, host, f"Paper {number}", "added", due, 1800, due, due, due, due, state


def _hosts(_scale: Scale, _: Random) -> Iterator[tuple[Any, ...]]:
    hosts = (f"paper-{number}.example" for number in range(1, FEEDS + 1))
    return ((host, host, "allow_all", to_text(UNTIL)) for host in hosts)


def _polls(scale: Scale, random: Random) -> Iterator[tuple[Any, ...]]:
    polls = scale.articles // 2
    for number in range(1, polls + 1):
        new = 4 if random.random() < 0.8 else 0
        at = to_text(scale.at(number, polls))
        yield number, 1 + number % FEEDS, at, "document" if new else "not_modified", new, new, 0, 0, 20_000, 40


def _events(scale: Scale, random: Random) -> Iterator[tuple[Any, ...]]:
    for number in range(1, scale.events + 1):
        at = scale.at(number, scale.events)
        label, jobs = random.choices(LABELS, (6, 2, 1))[0], random.choice((None, 40, 300, 1200))
        company = BIG if random.random() < 1 / 8 else random.randint(1, scale.companies)
        linked = random.randrange(1, number) if label != "cut" and number > 1 else None
        yield (number, company, label, "event", "layoff", "ai", random.choice(FUNCTIONS), random.choice(COUNTRIES),
               random.choice(("announced", "announced", "completed")), at.date().isoformat(), "day", "live", jobs,
               random.choice(QUALIFIERS) if jobs else "none_stated", random.choice(STRENGTHS), "employer",
               "its jobs go", _told_first(scale, number), linked, "reverses" if linked else None,
               random.randint(1, 4), to_text(at), to_text(at))  # fmt: skip


def _told_first(scale: Scale, event: int) -> int:
    """Return the first article of an event: its articles came when it did."""
    return max(1, (event - 1) * scale.articles // scale.events + 1)


def _event_of(scale: Scale, article: int) -> int | None:
    """Return the event that an article tells of, if it tells of one."""
    event = (article - 1) * scale.events // scale.articles + 1
    return event if 0 <= article - _told_first(scale, event) < TOLD else None


def _articles(scale: Scale, random: Random) -> Iterator[tuple[Any, ...]]:
    companies = {number: row[1] for number, row in enumerate(_events(scale, Random(EVENTS)), 1)}
    labels = {number: row[2] for number, row in enumerate(_events(scale, Random(EVENTS)), 1)}
    for number in range(1, scale.articles + 1):
        event, at = _event_of(scale, number), to_text(scale.at(number, scale.articles))
        paper = random.randint(1, FEEDS)
        url = f"https://paper-{paper}.example/{at[:4]}/{at[5:7]}/story-{number}"
        named = random.random() < 0.3
        company = companies[event] if event else random.randint(1, scale.companies) if named else None
        story = number - 1 if number > 1 and random.random() < 0.1 and not event else number
        facts = json.dumps({"company": firm(company)} if company else {})
        yield (number, url, url, url, f"paper-{paper}.example", scale.sentences[number % SENTENCES][:70] + str(number),
               scale.text(random, number), "full", random.choice(LANGUAGES), at, "moment", at, paper, "live",
               f"{random.getrandbits(256):064x}", random.randint(1, 4), labels[event] if event else "none",
               "event" if event else random.choice(OTHER_KINDS), "high", 0.9, "7", company, facts, "{}", "rules", "9",
               at, story, event, "auto")  # fmt: skip


def _entries(scale: Scale, random: Random) -> Iterator[tuple[Any, ...]]:
    for number in range(1, 2 * scale.articles + 1):
        at = to_text(scale.at(number, 2 * scale.articles))
        feed, article = random.randint(1, FEEDS), number // 2
        outcome = "stored" if number % 2 == 0 else random.choice(ENDED)
        address = f"story-{article}" if outcome in {"stored", "duplicate"} and article else f"other-{number}"
        url = f"https://paper-{feed}.example/{at[:4]}/{at[5:7]}/{address}"
        yield (number, feed, 1 + (number - 1) // 4, f"g{number}", url, url, f"g{number} {url}", f"Story {number}",
               scale.sentences[number % SENTENCES], at, at, outcome, random.choice(REASONS.get(outcome, (None,))), at,
               article if outcome in {"stored", "duplicate"} and article else None,
               number + 1 if outcome == "duplicate" else None)  # fmt: skip


def _evidence(scale: Scale, _: Random) -> Iterator[tuple[Any, ...]]:
    told = (number for number in range(1, scale.articles + 1) if number % 3 == 0 or _event_of(scale, number))
    return ((number, 0, "text", "its jobs go", 0, 9, "cut.layoff", 2.0) for number in told)


def _sketches(scale: Scale, random: Random) -> Iterator[tuple[Any, ...]]:
    runs = (200).to_bytes(4, "little")
    return ((number, runs + random.randbytes(2 * SLOTS)) for number in range(1, scale.articles + 1))


def _event_articles(scale: Scale, _: Random) -> Iterator[tuple[Any, ...]]:
    numbers = range(1, scale.articles + 1)
    told = ((event, number) for number in numbers if (event := _event_of(scale, number)))
    return ((event, number, to_text(scale.at(number, scale.articles))) for event, number in told)


def _corrections(scale: Scale, random: Random) -> Iterator[tuple[Any, ...]]:
    for number in range(1, scale.events + 1):
        at = to_text(scale.at(number, scale.events))
        field, by = random.choice(("status", "jobs_count", "country")), random.choice(("source", "source", "rule"))
        yield number, number, field, None, "300", "an account", by, _told_first(scale, number), at


def _accounts(scale: Scale, random: Random) -> Iterator[tuple[Any, ...]]:
    for number in range(1, scale.events // 5 + 1):
        event = number if number % 2 else None
        kind = "event" if event else random.choice(("productivity_claim", "survey", "forecast", "commentary"))
        day = scale.at(number, scale.events // 5).date().isoformat()
        yield (number, event, f"row-{number}", random.randint(1, scale.companies), "cut" if event else "none", kind,
               day, "day", "{}", f"https://list.example/{number}", "list.example", 3, "imported", day)  # fmt: skip


def _alerts(scale: Scale, random: Random) -> Iterator[tuple[Any, ...]]:
    for number in range(1, scale.events // 2 + 1):
        event = 2 * number
        yield (f"a{number}", number, random.choice(("any", "size", "flip")), f"event {event}", "cut",
               random.randint(1, scale.companies), to_text(scale.at(number, scale.events // 2)), "A cut.", event,
               "any")  # fmt: skip


def _messages(scale: Scale, _: Random) -> Iterator[tuple[Any, ...]]:
    for number in range(1, scale.events // 2 + 1):
        at = to_text(scale.at(number, scale.events // 2))
        yield number, f"a{number}", "mail", 1, at, None, "sent", 1, at, at


def _deliveries(scale: Scale, _: Random) -> Iterator[tuple[Any, ...]]:
    return ((number, f"a{number}", "mail", 1, "pending", None, number) for number in range(1, scale.events // 2 + 1))


EVENTS: Final = "events"
TABLES: Final[dict[str, tuple[str, Table]]] = {
    "companies": ("id, name, name_key", _companies),
    "feeds": (
        (
            "id, url, canonical_url, host, queue, title, origin, added_at, interval_s, next_poll_at, "
            "last_polled_at, last_ok_at, last_document_at, state"
        ),
        _feeds,
    ),
    "hosts": ("host, queue, robots_state, robots_fetched_at", _hosts),
    "polls": (
        "id, feed_id, polled_at, result, parsed, new, known, refused, body_bytes, duration_ms",
        _polls,
    ),
    EVENTS: (
        (
            "id, company_id, label, kind, action, technology, function, country, status, announced_on, "
            "date_precision, origin, jobs_count, jobs_qualifier, attribution_strength, attribution_speaker, "
            "quote, quote_article_id, linked_event_id, link_type, source_tier, first_seen_at, updated_at"
        ),
        _events,
    ),
    "articles": (
        (
            "id, url, canonical_url, final_url, publisher, title, text, text_state, language, published_at, "
            "date_precision, first_seen_at, feed_id, origin, content_hash, source_tier, label, kind, "
            "confidence, probability, rule, company_id, facts, spans, classifier_name, classifier_version, "
            "classified_at, story_id, event_id, review_state"
        ),
        _articles,
    ),
    "entries": (
        (
            "id, feed_id, poll_id, guid, url, canonical_url, identity, title, summary, published_at, "
            "first_seen_at, outcome, reason, ended_at, article_id, duplicate_of"
        ),
        _entries,
    ),
    "evidence": ('article_id, position, place, quote, start, "end", cue, weight', _evidence),
    "sketches": ("article_id, sketch", _sketches),
    "event_articles": ("event_id, article_id, added_at", _event_articles),
    "corrections": ("id, event_id, field, old, new, why, by, source_article_id, corrected_at", _corrections),
    "accounts": (
        (
            "id, event_id, external_id, company_id, label, kind, announced_on, date_precision, facts, url, "
            "publisher, source_tier, origin, added_at"
        ),
        _accounts,
    ),
    "alerts": (
        "id, sequence, rule, subject, label, company_id, raised_at, headline, event_id, kind",
        _alerts,
    ),
    "messages": (
        "id, message_id, channel, recipient, composed_at, content, state, attempts, last_attempt_at, ended_at",
        _messages,
    ),
    "deliveries": ("id, alert_id, channel, recipient, state, due_at, message_id", _deliveries),
}
