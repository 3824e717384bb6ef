"""The *result* transaction: what one page result does to the store, all of it or none of it.

Article or failure, classification, event, alerts and outbox rows are written in one unit of the one writer. Seeds
and imports take the same way, and never alert.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor import alerts, events, retelling
from monitor.alerts import hours
from monitor.classify import Classifier
from monitor.classify.publishers import Publishers
from monitor.identity import publisher_of
from monitor.model import (
    AlertDraft,
    BatchResult,
    ClassifierId,
    EventState,
    FeedEntry,
    Label,
    NotTried,
    Origin,
    Outcome,
    PageFailed,
    PageMoved,
    PageRead,
    PageResult,
    Past,
    Reason,
    TextState,
    Verdict,
)
from monitor.settings import RuleSettings, Settings, recipients
from monitor.store import Database, articles, entries, revisions, seeds, stories
from monitor.store import alerts as alert_store
from monitor.store import events as event_store
from monitor.store import rules as rule_store
from monitor.store.articles import NewArticle
from monitor.store.entries import Ending, Entry
from monitor.store.rows import Row, moment, rows
from monitor.store.seeds import Seed

RETRY_AFTER: Final = tuple(
    timedelta(minutes=minutes) for minutes in (5, 30, 120, 480, 1440)
)  # after attempt 1, 2, ...; one attempt more, then the entry has failed
LONGEST_WAIT: Final = timedelta(days=1)  # RELIABILITY.md H10
CHANGED: Final = "its article changed"
REFUSALS: Final = frozenset(
    {Reason.ROBOTS_DENIED, Reason.BLOCKED_ADDRESS, Reason.BLOCKED_SCHEME, Reason.BLOCKED_PORT, Reason.REFUSED_VALUE}
)  # not asked for, by a rule; whatever else ends without a text has failed


def next_attempt(page: PageFailed, attempts: int, now: datetime) -> datetime | None:
    """Return when to try an entry again after its `attempts`-th failure, or None when it has failed for good.

    A server's Retry-After lengthens the wait, up to a day.
    """
    if not page.retryable or attempts > len(RETRY_AFTER):
        return None
    asked = timedelta(seconds=min(page.retry_after_s or 0, LONGEST_WAIT.total_seconds()))
    return now + max(RETRY_AFTER[max(attempts, 1) - 1], asked)


@dataclass(frozen=True, slots=True)
class Recorder:
    """What the result transaction needs beside the store."""

    settings: Settings
    publishers: Publishers
    classifier: Classifier
    event_of: Callable[[Database, int], int | None] = stories.event_of  # the event of its copies

    def worth_fetching(self, entry: FeedEntry) -> bool:
        """Return whether a new entry's page is to be fetched: the first look, unless it is turned off."""
        return not self.settings.process.first_look or self.classifier.first_look(entry.title, entry.summary)

    def page(self, db: Database, page: PageResult, now: datetime, lease: str | None = None) -> str:
        """Write one page result and return what became of its entry, as a tally counts it.

        Idempotent: an entry that has already ended is left as it is ("late"), whoever brings the result. A stale
        lease may still bring an article where there is none yet, and changes nothing else.
        """
        entry = entries.get(db, page.entry_id)
        stale = lease is not None and entry.lease != lease
        if entry.outcome is not None or (stale and (entry.article_id is not None or not isinstance(page, PageRead))):
            return "late"
        match page:
            case NotTried():
                entries.release(db, entry.id, lease)
                return "not_tried"
            case PageMoved(url=url):
                return entries.move(db, entry.id, url, now)
            case PageFailed():
                return _failed(db, entry, page, now)
            case PageRead() if entry.article_id is not None:
                return self._read_again(db, entry, page, entry.article_id, now)
            case PageRead():
                return self._read(db, entry, page, now)

    def batch_end(self, db: Database, result: BatchResult, now: datetime) -> None:
        """Give the host free again, with what was learnt of it; a stale lease moves nothing."""
        hold_s = min(result.hold_s or 0, LONGEST_WAIT.total_seconds())
        entries.close_lease(
            db,
            result.lease,
            now=now,
            next_allowed_at=now + timedelta(seconds=self.settings.network.host_delay_s if result.host else 0),
            robots=result.robots,
            hold_until=now + timedelta(seconds=hold_s) if hold_s else None,
        )

    def load_seeds(self, db: Database, now: datetime) -> int:
        """Write the seed articles that are not in the store yet, judged like all others; return how many."""
        written = 0
        for seed in seeds.missing(db):
            verdict = self.classifier.classify(seed.title, seed.text, None)
            article_id, was_new = seeds.insert_seed(db, seed, verdict, now)
            if was_new:
                stories.assign(db, article_id, now)
                self._seed_event(db, seed, article_id, verdict, now)
                written += 1
        return written

    def seed_text(self, db: Database, seed_id: str, title: str, text: str, now: datetime) -> None:
        """Put the operator's own full text into a seed's record and judge it anew, unless a person has judged it."""
        verdict = self.classifier.classify(title, text, None)
        article_id = seeds.attach_text(db, seed_id, title, text, verdict, now)
        stories.assign(db, article_id, now)
        seed = next(seed for seed in seeds.read_seeds() if seed.seed_id == seed_id)
        before = event_store.told_by(db, article_id)
        if seeds.is_reviewed(db, article_id):
            return
        if before is not None:
            event_store.leave(db, before, article_id)
        self._seed_event(db, replace(seed, text_state=TextState.FULL), article_id, verdict, now)
        if before is not None:
            event_store.rebuild(db, before, now, "the seed's own text came in")
            event_store.relink(db, event_store.as_known(db, before).company, now)

    def _seed_event(self, db: Database, seed: Seed, article_id: int, verdict: Verdict, now: datetime) -> None:
        if seed.published_at is None or seed.date_precision is None:
            return  # an event without a date has no place in a history
        draft = events.draft(
            verdict,
            published_at=events.first_moment(seed.published_at),
            first_seen_at=now,
            source_tier=seeds.SEED_TIER,
            text_state=seed.text_state,
            date_precision=seed.date_precision,
        )
        if draft is not None:
            retelling.tell(db, draft, article_id, self.event_of(db, article_id), Origin.SEED, now)

    def _read(self, db: Database, entry: Entry, page: PageRead, now: datetime) -> str:
        article_id, was_new = articles.upsert(db, self._article(entry, page), now)
        outcome = Outcome.STORED if was_new else Outcome.DUPLICATE
        entries.end(db, entry.id, Ending(outcome, page.reason, article_id=article_id), now)
        if not was_new:
            return outcome
        stories.assign(db, article_id, now)
        copied = self.event_of(db, article_id)
        draft = events.draft(
            event_store.of_an_employer(db, page.verdict, copied),
            published_at=page.article.published_at,
            first_seen_at=entry.first_seen_at,
            source_tier=self._tier(entry, page),
            text_state=page.article.text_state,
            unlabelled=True,
        )
        draft = retelling.accountable(draft, page.verdict, self.settings)
        if draft is not None and draft.label is not Label.NONE:
            event, tied = retelling.tell(db, draft, article_id, copied, entry.origin, now)
            if self._may_alert(entry, page.article.published_at) and not event.excluded:
                self._alert(db, event.id, article_id, now)
            self._flips(db, entry, tied, now)
        elif (event_id := event_store.also_told(db, draft, copied)) is not None:
            event_store.add_article(db, event_id, article_id, now)
        return outcome

    def _read_again(self, db: Database, entry: Entry, page: PageRead, article_id: int, now: datetime) -> str:
        """Put what a page says now in the place of its article, which keeps its number; return what became of it.

        Events follow. It alerts only where it is judged to be something else than before, and something: by the same
        judge, for what another finds in the same words is history.
        """
        entries.end(db, entry.id, Ending(Outcome.STORED, page.reason), now)
        before = revisions.replace(db, article_id, self._article(entry, page), now)
        if before is None:
            revisions.was_idle(db, entry.id)
            return "unchanged"
        stories.assign(db, article_id, now)
        [row] = rows(db, "select * from articles where id = ?", [article_id])
        copied = self.event_of(db, article_id)
        draft = retelling.account(db, row, page.verdict, copied, self.settings)
        event_id, touched = retelling.retell(db, row, draft, retelling.as_copies(db, draft, copied), now)
        tied = retelling.settle(db, touched, CHANGED, now)
        newly = page.verdict.label not in {Label.NONE, self._label_of(before, page.verdict)}
        counts = event_id is not None and draft is not None and not event_store.as_known(db, event_id).excluded
        if counts and event_id is not None and newly and self._may_alert(entry, page.article.published_at):
            self._alert(db, event_id, article_id, now)
        self._flips(db, entry, tied, now)
        return "revised"

    def _label_of(self, before: Row, verdict: Verdict) -> Label:
        """Return what the words of before are to the judge of this verdict."""
        if ClassifierId(before["classifier_name"], before["classifier_version"]) == verdict.classifier:
            return Label(before["label"])
        return self.classifier.classify(before["title"], before["text"], None).label

    def _article(self, entry: Entry, page: PageRead) -> NewArticle:
        read, final_url = page.article, page.final_url or None
        return NewArticle(
            title=read.title,
            text=read.text,
            text_state=read.text_state,
            verdict=page.verdict,
            origin=entry.origin,
            source_tier=self._tier(entry, page),
            first_seen_at=entry.first_seen_at,
            url=entry.url,
            canonical_url=articles.canonical_of(read.canonical_url, final_url, entry.canonical_url),
            final_url=final_url,
            stated_canonical=read.canonical_url,
            publisher=read.site or (publisher_of(final_url) if final_url else None),
            author=read.author,
            language=read.language,
            published_at=read.published_at,
            modified_at=read.modified_at,
            feed_id=entry.feed_id,
        )

    def _tier(self, entry: Entry, page: PageRead) -> int:
        """Return the tier of the article's source, 1 to 4, by the operator's word or by where it was read.

        What a page calls itself does not count; what an aggregator calls the source of a link does.
        """
        if entry.source_tier is not None:
            return entry.source_tier
        if page.reason is Reason.UNRESOLVED_AGGREGATOR or not page.final_url:
            return self.publishers.tier(entry.publisher or "")
        return self.publishers.tier(publisher_of(page.final_url))

    def _may_alert(self, entry: Entry, published_at: datetime | None) -> bool:
        return alerts.may_alert(
            origin=entry.origin,
            first_document=entry.first_document,
            first_document_setting=self.settings.alerts.first_document,
            published_at=published_at,
            first_seen_at=entry.first_seen_at,
            date_guessed=published_at is None,
        )

    def _flips(self, db: Database, entry: Entry, tied: Iterable[int], now: datetime) -> None:
        """Raise the flips of events that are news, and were read before the cut that they undo.

        Whichever comes first, a flip is told once. An import raises nothing, of what others brought neither.
        """
        flips = [rule for rule in self.settings.rules if rule.kind == "flip"]
        for event_id in tied if flips and entry.origin is Origin.LIVE else ():
            for row in rule_store.lately(db, event_id, now - alerts.FRESH):
                if self._may_alert(entries.get(db, row["entry_id"]), moment(row["published_at"])):
                    self._alert(db, event_id, row["article_id"], now, flips)
                    break

    def _alert(
        self, db: Database, event_id: int, article_id: int, now: datetime, rules: Sequence[RuleSettings] | None = None
    ) -> None:
        """Raise what the rules ask for; alert and deliveries are rows of this transaction."""
        zone = hours.zone_of(self.settings.alerts.time_zone)

        def past(rule: RuleSettings, event: EventState) -> Past:
            today = hours.midnight(now, zone)
            found = rule_store.past(db, rule.name, event, now=now, midnight=today, cool_down_h=rule.cool_down_h)
            return replace(found, shadow=alerts.shadow_of(rule, rule_store.new_since(db, rule.name)))

        event = rule_store.state(db, event_id, article_id)
        chosen = self.settings.rules if rules is None else rules
        for alert in alerts.decide(chosen, event, past, now=now, zone=zone):
            raise_alert(db, self.settings, alert, now)


def raise_alert(db: Database, settings: Settings, alert: AlertDraft, now: datetime) -> str | None:
    """Store an alert with a delivery for each recipient of its rule; return its id, or None if it is there already."""
    asked = next(rule.channels for rule in settings.rules if rule.name == alert.rule)
    channels = [(name, recipients(settings.channels[name])) for name in asked or settings.channels]
    return alert_store.insert(db, alert, channels, now)


def _failed(db: Database, entry: Entry, page: PageFailed, now: datetime) -> str:
    again = next_attempt(page, entry.attempts, now)
    if again is not None:
        entries.retry(db, entry.id, page.reason, page.detail, again)
        return "retrying"
    outcome = Outcome.REFUSED if page.reason in REFUSALS else Outcome.FAILED
    entries.end(db, entry.id, Ending(outcome, page.reason, page.detail), now)
    return outcome if entry.article_id is None else "unchanged"
