"""Stories that feeds tell again and again, as entries and as they are read, and a store that follows two feeds."""

from functools import partial
from pathlib import Path
from pipes import WordJudge, settings
from typing import Any

from store_builders import NOW, added, entry, write

from monitor.classify import publishers
from monitor.model import ClassifierId, Extracted, FeedEntry, PageRead, TextState, Verdict
from monitor.record import Recorder
from monitor.store import Store
from monitor.store.rows import scalar

FEEDS = (1, 2)
VERBS = ("drops", "rehires", "splits", "greets")
PUBLISHERS = publishers.load()


class OtherJudge(WordJudge):
    """The same judge in another version, which takes one verb for another."""

    id = ClassifierId("word", "2")

    def classify(self, title: str, text: str, published_on: Any) -> Verdict:
        return super().classify(title.replace("splits", "drops"), text, published_on)


def story(number: int) -> FeedEntry:
    """Return the entry that all feeds have of a story."""
    return entry(number, title=f"Firm{number % 5} {VERBS[number % 4]} {number}", published_at=NOW)


def read(entry_id: int, number: int, judge: WordJudge) -> PageRead:
    """Return a story as it was read."""
    title = story(number).title
    text = f"{title}. " + " ".join(f"w{number}x{word}" for word in range(60))
    article = Extracted(title, text, TextState.FULL, published_at=NOW)
    return PageRead(entry_id, article, judge.classify(title, text, NOW.date()), f"https://news.example/story/{number}")


def made_template(path: Path) -> Path:
    """Return a store with two feeds and the seeds, closed."""
    with Store.open(path, clock=lambda: NOW) as store:
        recorder = Recorder(settings(path), PUBLISHERS, WordJudge())
        write(store, lambda db: recorder.load_seeds(db, NOW))
        for number in FEEDS:
            write(store, partial(added, url=f"https://desk{number}.example/feed"))
        assert store.read_now(lambda db: scalar(db, "select count(*) from feeds")) == len(FEEDS)
    return path
