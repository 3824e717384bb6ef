"""The judgement stage: one article in, one verdict with its evidence out.

It stands between `extract` and `events`. A classifier is anything that keeps this protocol; `rules` has ours.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol, runtime_checkable

from monitor.model import ClassifierId, Verdict


@runtime_checkable
class Classifier(Protocol):
    """A judge of articles; the same words always get the same verdict."""

    @property
    def id(self) -> ClassifierId:
        """Return the name and version that every verdict carries; another version may judge differently."""
        ...

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        """Return the verdict on one article.

        Both strings are taken as given: evidence and spans count their characters, before any cleaning. Either
        may be empty. Never raises for what a text says, and ends in bounded time for any length.
        """
        ...

    def first_look(self, title: str, summary: str) -> bool:
        """Return whether the page behind a feed entry is worth fetching; high in recall, and True when in doubt."""
        ...

    def second_look(self, title: str, summary: str, paragraphs: Sequence[str]) -> bool:
        """Return whether a fetched page is worth extracting, by what is seen of it at a glance.

        False only where `classify` would give its article no label; True when in doubt.
        """
        ...
